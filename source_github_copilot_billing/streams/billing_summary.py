"""Stream `billing_summary`: GitHub's own totals of a month over all cost centers, by product, SKU, unit and price.

They prove that the line items of `usage` are all there.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.github.response import Item, Response
from source_github_copilot_billing.resources.month_sums import MonthSum
from source_github_copilot_billing.resources.shared import Resources
from source_github_copilot_billing.streams.account_columns import account_columns
from source_github_copilot_billing.streams.period import (
    FINAL_AFTER_DAYS,
    first_of_next_month,
    is_final_month,
    month_of,
    refuse_another_period,
)
from source_github_copilot_billing.streams.spelling import canonical, canonical_names, row_id
from source_github_copilot_billing.sync.slice import Slice, slices_of_months
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec

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
    """One row: GitHub's items of one key, added up. Of several spellings the first in the alphabet is kept."""

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


class BillingSummary:
    spec: ClassVar[StreamSpec] = StreamSpec("billing_summary")

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> "SummaryOfAccount":
        return SummaryOfAccount(account, self._resources, context)


class SummaryOfAccount:
    """A slice is a calendar month, whole also where the start date is in the middle of it: GitHub adds up months."""

    mode: str | None = None

    def __init__(self, account: Account, resources: Resources, context: Context) -> None:
        self._account = account
        self._resources = resources
        self._context = context
        self._products = canonical_names(context.products)

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """A month is read once more when it is final, however short the lookback is."""
        earliest = max(self._context.start_date.replace(day=1), first_whole_month(self._context.today))
        not_final = since - timedelta(days=FINAL_AFTER_DAYS)
        return slices_of_months(max(not_final, earliest), until, earliest)

    def read(self, slice: Slice) -> Iterator[Row]:
        month = slice.first
        period = month_of(month)
        response = self._account.github.send(self._account.billing("usage/summary", period))
        refuse_another_period(response, period)
        if response.fields.values.get("costCenter") is not None:
            response.refuse("is about one cost center, and all of them were asked for")
        totals = added_up(response)
        is_final = is_final_month(month, self._context.today)
        for key, total in totals.items():
            yield summary_row(self._account, month, key, total, is_final)
        if is_final:
            self._resources.month_sums.report_total(
                self._account.id,
                month,
                month_sum(totals.values(), self._products),
                self._context.products,
                self._context.logger,
            )


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


def summary_row(account: Account, month: date, key: Key, total: Total, is_final: bool) -> Row:
    *names, price = key
    plain_price = f"{price.normalize():f}"  # 0.010 is the same price as 0.01
    return {
        "id": row_id(
            "billing_summary", account.id.account_type, account.id.key, month.isoformat(), *names, plain_price
        ),
        **account_columns(account),
        "date": month.isoformat(),
        "is_final": is_final,
        "product": total.product,
        "sku": total.sku,
        "unit_type": total.unit_type,
        # The sums are exact decimals until here; a JSON number holds the nearest double, 15 to 17 digits of them.
        "price_per_unit": float(total.price_per_unit),
        **{amount.name: float(getattr(total.amounts, amount.name)) for amount in fields(total.amounts)},
    }
