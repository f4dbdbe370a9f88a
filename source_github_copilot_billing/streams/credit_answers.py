"""GitHub's answers on AI credits: the total of a day or month, or one user's part of it.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections.abc import Mapping
from datetime import date

from source_github_copilot_billing.accounts import Account, items_of
from source_github_copilot_billing.github.client import Answer
from source_github_copilot_billing.streams.ai_credit_usage.row import Amounts, CreditItem
from source_github_copilot_billing.streams.answered_item import AnsweredItem
from source_github_copilot_billing.streams.spelling import COPILOT, canonical


def ask_day(account: Account, day: date, user: str | None = None) -> list[CreditItem]:
    """Copilot's AI credits of one UTC day: of the whole account, or of one user.

    :raises Refused: 404 for an unknown user, 403 where GitHub does not filter by user
    """
    return _ask(account, {"year": day.year, "month": day.month, "day": day.day}, user)


def ask_month(account: Account, month: date, user: str | None = None) -> list[CreditItem]:
    """The same of the calendar month that holds a day, so far."""
    return _ask(account, {"year": month.year, "month": month.month}, user)


def _ask(account: Account, period: dict[str, int], user: str | None) -> list[CreditItem]:
    params: dict[str, str | int] = {**period}
    if user is not None:
        params["user"] = user
    answer = account.github.get(f"{account.billing_path}/ai_credit/usage", params)
    items = items_of(account.github, answer, "usageItems")
    _require_the_question(account, answer, period, user)
    answered = [AnsweredItem(fields, account.github, answer) for fields in items]
    return [_item(item) for item in answered if canonical(item.text("product")) == COPILOT]


def _require_the_question(account: Account, answer: Answer, period: Mapping[str, int], user: str | None) -> None:
    """Items carry no day and no user: what the answer says of its own question is the only proof that it fits."""
    told = answer.body.get("timePeriod")
    if not isinstance(told, dict) or {name: value for name, value in told.items() if value is not None} != period:
        account.github.unexpected(answer, "does not say that it is about the time that was asked for")
    told_user = str(answer.body.get("user") or "")
    if told_user.lower() != (user or "").lower():
        # Also when it names nobody: were the filter passed over, one user would get everybody's credits.
        account.github.unexpected(answer, "does not say that it is about the user who was asked for")


def _item(item: AnsweredItem) -> CreditItem:
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
