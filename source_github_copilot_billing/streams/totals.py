"""GitHub's own totals over all cost centers, and what they prove where GitHub refuses a list.

A 403 or 404 can mean that there is nothing, and it can hide what a credential may not see. The totals tell which: only
where they have nothing to add is a list believed to be empty.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.period import (
    Period,
    first_of_next_month,
    refuse_another_period,
)
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.github.request import Params
from source_github_copilot_billing.github.response import Item, Response
from source_github_copilot_billing.streams.month_sums import MonthSum

YEARS_KEPT = 2  # GitHub refuses a month that began earlier

Key = tuple[str, str, str, Decimal]


@dataclass
class Amounts:
    """Quantities in the row's unit, amounts in US dollars, as GitHub answered: gross - discount is not always net."""

    gross_quantity: Decimal
    discount_quantity: Decimal
    net_quantity: Decimal
    gross_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal

    def add(self, other: "Amounts") -> None:
        for amount in fields(self):
            setattr(self, amount.name, getattr(self, amount.name) + getattr(other, amount.name))


@dataclass
class Total:
    """GitHub's items of one key, added up. Of several spellings the first in the alphabet is kept."""

    product: str
    sku: str
    unit_type: str
    price_per_unit: Decimal
    amounts: Amounts

    @property
    def key(self) -> Key:
        return canonical(self.product), canonical(self.sku), canonical(self.unit_type), self.price_per_unit

    def add(self, other: "Total") -> None:
        self.amounts.add(other.amounts)
        self.product = min(self.product, other.product)
        self.sku = min(self.sku, other.sku)
        self.unit_type = min(self.unit_type, other.unit_type)


def fetch_totals(account: Account, period: Period, has_no_cost_center: bool = False) -> dict[Key, Total]:
    """The totals of a UTC day or calendar month over all cost centers, by their keys.

    :param has_no_cost_center: the totals of what has no cost center, instead

    :raises ConnectorError: GitHub refuses them, or the answer is about something else
    """
    params: Params = {**period, "cost_center_id": "none"} if has_no_cost_center else period
    response = account.github.send(account.billing("usage/summary", params))
    refuse_another_period(response, period)
    if not has_no_cost_center and response.fields.values.get("costCenter") is not None:
        response.refuse("is about one cost center, and all of them were asked for")
    return added_up(response)


def first_whole_month(today: date) -> date:
    """The first day of the earliest month that GitHub keeps whole."""
    return first_of_next_month(date(today.year - YEARS_KEPT, today.month, 1))


def added_up(response: Response) -> dict[Key, Total]:
    """The totals of an answer by their keys.

    :raises ConnectorError: unexpected_answer, when a field is missing or unreadable
    """
    totals: dict[Key, Total] = {}
    for item in response.items("usageItems"):
        total = _total(item)
        if total.key in totals:
            totals[total.key].add(total)
        else:
            totals[total.key] = total
    return totals


def _total(item: Item) -> Total:
    return Total(
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


def month_sum(totals: Iterable[Total], products: Set[str]) -> MonthSum:
    """:param products: the names of those to add up, as `canonical` makes them"""
    gross = net = Decimal(0)
    for total in totals:
        if canonical(total.product) in products:
            gross += total.amounts.gross_amount
            net += total.amounts.net_amount
    return MonthSum(gross, net)
