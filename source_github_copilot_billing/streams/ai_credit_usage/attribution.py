"""Rows of who used how much of which model on a day, and a day's total shared out over users; no request."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import neg
from typing import Literal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import ZERO, BillItem, add_up, as_number, credit_key
from source_github_copilot_billing.sync.stream import Row, new_row

USED_UP = Decimal("0.000001")  # credits or US dollars: GitHub rounds a user's share and the total apart from each other
Attribution = Literal["user", "unattributed", "account"]


@dataclass(frozen=True)
class Details:
    """What only the report export gives beside the amounts; all None in the other ways.

    Tokens are counts; `monthly_quota` is in AI credits. The path of a workflow stands in the detailed report alone, and
    `exceeds_quota` in that of premium requests.
    """

    organization_name: str | None = None
    cost_center_name: str | None = None
    repository_name: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    monthly_quota: Decimal | None = None
    workflow_path: str | None = None
    exceeds_quota: bool | None = None


NO_DETAILS = Details()


def natural_key(item: BillItem, details: Details) -> tuple[str | None, ...]:
    """The values by which a user's rows of a day differ.

    What came later takes part only where there is one (a product: where it is not Copilot; a quota: where it is
    exceeded), so that the other rows keep their ids.
    """
    *key, product = credit_key(item)
    newest = (details.workflow_path,) if details.workflow_path else ("exceeds_quota",) if details.exceeds_quota else ()
    later = (details.repository_name, product, *newest) if details.repository_name or product or newest else ()
    return (*key, details.organization_name, details.cost_center_name, *later)


def record(
    account: Account,
    day: str,
    login: str | None,
    attribution: Attribution,
    item: BillItem,
    details: Details = NO_DETAILS,
    cost_center_id: str | None = None,
    stream: str = "ai_credit_usage",
) -> Row:
    """A row of who used how much.

    :param day: as YYYY-MM-DD, UTC
    """
    return {
        **new_row(stream, account, day, attribution, login, *natural_key(item, details)),
        "organization_name": details.organization_name if account.is_enterprise else account.id.name,
        "repository_name": details.repository_name,
        "cost_center_id": cost_center_id,
        "cost_center_name": details.cost_center_name,
        "login": login,
        "attribution": attribution,
        "model": item.model,
        **item.columns,
        "price_per_unit": as_number(item.price_per_unit),
        **item.amounts.as_columns(),
        "input_tokens": details.input_tokens,
        "output_tokens": details.output_tokens,
        "cache_read_tokens": details.cache_read_tokens,
        "cache_write_tokens": details.cache_write_tokens,
        "monthly_quota": as_number(details.monthly_quota),
        **({"workflow_path": details.workflow_path} if details.workflow_path else {}),
    }


class DayShare:
    """What of a day's total is not yet given to a user."""

    def __init__(self, total: Iterable[BillItem]) -> None:
        self._left = add_up(total, credit_key)

    def take(self, items: Iterable[BillItem]) -> None:
        """Give a user's items their part. What exceeds the total leaves a negative rest: the sum stays GitHub's."""
        for item in items:
            taken = replace(item, amounts=item.amounts.each(neg))
            key = credit_key(item)
            known = self._left.get(key)
            # The rest keeps the total's own names and price.
            self._left[key] = taken if known is None else replace(known, amounts=known.amounts + taken.amounts)

    @property
    def is_used_up(self) -> bool:
        """Whether every model's gross and net are given away."""
        return all(
            abs(value or ZERO) <= USED_UP
            for item in self._left.values()
            for value in (
                item.amounts.gross_quantity,
                item.amounts.net_quantity,
                item.amounts.gross_amount,
                item.amounts.net_amount,
            )
        )

    @property
    def is_overdrawn(self) -> bool:
        """Whether users have more than the total."""
        return any(
            min(item.amounts.gross_quantity, item.amounts.gross_amount) < -USED_UP for item in self._left.values()
        )

    def remainder(self) -> list[BillItem]:
        """One item for each model and SKU of the day, also where nothing is left.

        A row of 0 overwrites what a later read finds attributed; without it the old remainder would count twice.
        """
        return list(self._left.values())


def without_negatives(item: BillItem) -> BillItem:
    """For a day that is still filling: users are fetched after the total, so that their parts can exceed it."""
    return replace(item, amounts=item.amounts.each(lambda value: max(value, ZERO)))
