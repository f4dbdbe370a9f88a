"""GitHub's AI credits, or premium requests, of a day or month: of a whole account, or of one user.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from dataclasses import dataclass
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.period import Period, day_of, month_of, refuse_another_period
from source_github_copilot_billing.endpoints.spelling import Meter, is_premium_request
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.response import Item, Response
from source_github_copilot_billing.streams.ai_credit_usage.row import Amounts, CreditItem


class AnotherUser(ConnectorError):
    """GitHub's answer is about another user than the one who was asked for."""

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(error.code, error.sentence)


@dataclass(frozen=True)
class Credits:
    """:param names_user: whether the answer says whose credits these are. Items carry no user: where the answer does
    not say it either, GitHub may have ignored the filter by user
    """

    items: list[CreditItem]
    names_user: bool


PATHS = {Meter.AI_CREDITS: "ai_credit/usage", Meter.PREMIUM_REQUESTS: "premium_request/usage"}


def fetch_day(account: Account, day: date, user: str | None = None, meter: Meter = Meter.AI_CREDITS) -> Credits:
    """The AI credits (or what else the meter counts) of one UTC day: of the whole account, or of one user.

    :raises HttpError: 404 for an unknown user, 403 where GitHub does not filter by user
    """
    return _fetch(account, day_of(day), user, meter)


def fetch_month(account: Account, month: date, user: str | None = None, meter: Meter = Meter.AI_CREDITS) -> Credits:
    """The same of the calendar month that holds a day, so far."""
    return _fetch(account, month_of(month), user, meter)


def _fetch(account: Account, period: Period, user: str | None, meter: Meter) -> Credits:
    params: dict[str, str | int] = {**period}
    if user is not None:
        params["user"] = user
    response = account.github.send(account.billing(PATHS[meter], params))
    items = list(response.items("usageItems"))
    refuse_another_period(response, period)
    _refuse_another_user(response, user)
    return Credits(
        # Every product that is billed in AI credits, not only Copilot. Premium requests are the unit before them.
        [
            _credit_item(item)
            for item in items
            if is_premium_request(item.text("sku")) == (meter is Meter.PREMIUM_REQUESTS)
        ],
        bool(response.fields.optional_text("user")),
    )


def _refuse_another_user(response: Response, user: str | None) -> None:
    """Items carry no user: what the answer says of its own question must not contradict it.

    :raises AnotherUser: it does
    """
    answered_user = response.fields.optional_text("user")
    if answered_user and answered_user.lower() != (user or "").lower():
        raise AnotherUser(response.unexpected("is about another user than the one who was asked for"))


def _credit_item(item: Item) -> CreditItem:
    return CreditItem(
        model=item.optional_text("model"),
        product=item.text("product"),
        sku=item.text("sku"),
        unit_type=item.text("unitType"),
        price_per_unit=item.number("pricePerUnit"),
        amounts=Amounts(
            item.number("grossQuantity"),
            item.number("discountQuantity"),
            item.number("netQuantity"),
            item.number("grossAmount"),
            item.number("discountAmount"),
            item.number("netAmount"),
        ),
    )
