"""Stream `usage`: GitHub's Copilot line items, by day, organization, repository, SKU and cost center.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.http_error import may_have_smaller_answer
from source_github_copilot_billing.github.response import Item, Response
from source_github_copilot_billing.resources.cost_centers import CostCenter, CostCenters
from source_github_copilot_billing.resources.shared import Resources
from source_github_copilot_billing.streams.spelling import COPILOT, canonical, row_id
from source_github_copilot_billing.sync.parallel import side_by_side
from source_github_copilot_billing.sync.slice import Slice, slices_of_months
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec
from source_github_copilot_billing.time_stamps import utc_day

Key = tuple[date, str, str, str, str, str]


@dataclass
class LineItem:
    """One row: all of GitHub's items of one key, added up.

    Where they differ in spelling the first in the alphabet is kept, so that the row does not depend on their order.
    `price_per_unit` is None when they differ in price: no single price is true then.
    """

    date: date
    organization_name: str | None
    repository_name: str | None
    cost_center: CostCenter | None
    product: str
    sku: str
    unit_type: str
    price_per_unit: Decimal | None
    quantity: Decimal
    gross_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal

    def add(self, other: "LineItem") -> None:
        self.quantity += other.quantity
        self.gross_amount += other.gross_amount
        self.discount_amount += other.discount_amount
        self.net_amount += other.net_amount
        if self.price_per_unit != other.price_per_unit:
            self.price_per_unit = None
        self.product = min(self.product, other.product)
        self.sku = min(self.sku, other.sku)
        self.unit_type = min(self.unit_type, other.unit_type)
        if self.organization_name and other.organization_name:
            self.organization_name = min(self.organization_name, other.organization_name)
        if self.repository_name and other.repository_name:
            self.repository_name = min(self.repository_name, other.repository_name)


class Usage:
    spec: ClassVar[StreamSpec] = StreamSpec("usage")

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> "UsageOfAccount":
        return UsageOfAccount(account, self._resources.cost_centers, context)


class UsageOfAccount:
    """A slice is a calendar month: one request answers all its days; a year alone would answer months."""

    mode: str | None = None

    def __init__(self, account: Account, cost_centers: CostCenters, context: Context) -> None:
        self._account = account
        self._cost_centers = cost_centers
        self._context = context

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Whole months: reading their other days again costs no request."""
        return slices_of_months(since, until, self._context.start_date)

    def read(self, slice: Slice) -> Iterator[Row]:
        """:raises ConnectorError: a cost center's usage cannot be had; the rows of the others are given out before"""
        # GitHub's call without a cost center answers only what has no cost center: all of it is that call and one for
        # each.
        parts = (None, *self._cost_centers.of(self._account))
        rows: dict[Key, LineItem] = {}
        failures: list[ConnectorError] = []
        for part in side_by_side(partial(self._fetch, slice), parts, self._context.num_workers):
            if isinstance(part, ConnectorError):
                failures.append(part)
            else:
                add_up(self._account, part, rows)
        for key, item in rows.items():
            yield usage_row(self._account, key, item)
        if failures:
            raise failures[0]

    def _fetch(self, slice: Slice, cost_center: CostCenter | None) -> "list[LineItem] | ConnectorError":
        """The line items of one cost center, or why they cannot be had.

        :raises ConnectorError: what would fail the other cost centers alike
        """
        try:
            try:
                return self._fetch_period(slice, cost_center, month_of(slice.first))
            except ConnectorError as error:
                if not may_have_smaller_answer(error):
                    raise
            self._context.logger.info(
                f"{self._account.id}: GitHub does not answer {slice}{_of(cost_center)} at once: it is read day by day."
            )
            return [item for day in slice.days for item in self._fetch_period(slice, cost_center, day_of(day))]
        except ConnectorError as error:
            if error.stops_account or cost_center is None:
                raise
            return ConnectorError(error.code, f"{error.sentence} This is the usage{_of(cost_center)}.")

    def _fetch_period(
        self, slice: Slice, cost_center: CostCenter | None, period: dict[str, str | int]
    ) -> "list[LineItem]":
        params = period if cost_center is None else {**period, "cost_center_id": cost_center.id}
        response = self._account.github.send(self._account.billing("usage", params))
        return list(line_items(response, self._account, slice, cost_center))


def month_of(day: date) -> dict[str, str | int]:
    return {"year": day.year, "month": day.month}


def day_of(day: date) -> dict[str, str | int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _of(cost_center: CostCenter | None) -> str:
    return f" of the cost center {cost_center.name}" if cost_center else ""


def line_items(
    response: Response, account: Account, slice: Slice, cost_center: CostCenter | None
) -> "Iterator[LineItem]":
    """Copilot's line items of an answer, those of the slice's days alone.

    :raises ConnectorError: unexpected_answer, when a field is missing or unreadable, or a day is of another month
    """
    for item in response.items("usageItems"):
        product = item.text("product")
        if canonical(product) != COPILOT:
            continue
        day = _utc_day(item)
        if (day.year, day.month) != (slice.first.year, slice.first.month):
            # Another month's slice would answer it too, and one of the two would replace the other.
            item.refuse("date", "is outside the month that was asked for")
        if not slice.first <= day <= slice.last:
            continue  # a day that began while the sync runs: the next sync reads it
        yield LineItem(
            date=day,
            # An organization's own name is known better than its items spell it.
            organization_name=item.optional_text("organizationName") if account.is_enterprise else account.id.name,
            repository_name=item.optional_text("repositoryName"),
            cost_center=cost_center,
            product=product,
            sku=item.text("sku"),
            unit_type=item.text("unitType"),
            price_per_unit=item.number("pricePerUnit"),
            quantity=item.number("quantity"),
            gross_amount=item.number("grossAmount"),
            discount_amount=item.number("discountAmount"),
            net_amount=item.number("netAmount"),
        )


def add_up(account: Account, items: "Iterable[LineItem]", rows: "dict[Key, LineItem]") -> None:
    """Add items to the rows of their keys: GitHub answers one key in several items."""
    for item in items:
        key = _key(account, item)
        if key in rows:
            rows[key].add(item)
        else:
            rows[key] = item


def _utc_day(item: Item) -> date:
    day = utc_day(item.text("date"))
    if day is None:
        item.refuse("date", "is no day and no time stamp")
    return day


def _key(account: Account, item: LineItem) -> Key:
    return (
        item.date,
        (item.organization_name or "").lower() if account.is_enterprise else "",  # else the account says it
        (item.repository_name or "").lower(),
        canonical(item.sku),
        canonical(item.unit_type),
        item.cost_center.id if item.cost_center else "",
    )


def usage_row(account: Account, key: Key, item: LineItem) -> Row:
    day, *rest = key
    return {
        "id": row_id("usage", account.id.account_type, account.id.key, day.isoformat(), *rest),
        "account_type": account.id.account_type,
        "enterprise_slug": account.id.name if account.is_enterprise else None,
        "organization_id": account.id.organization_id,
        "organization_name": item.organization_name,
        "repository_name": item.repository_name,
        "cost_center_id": item.cost_center.id if item.cost_center else None,
        "cost_center_name": item.cost_center.name if item.cost_center else None,
        "date": day.isoformat(),
        "product": item.product,
        "sku": item.sku,
        "unit_type": item.unit_type,
        # The sums are exact decimals until here; a JSON number holds the nearest double, 15 to 17 digits of them.
        "price_per_unit": None if item.price_per_unit is None else float(item.price_per_unit),
        "quantity": float(item.quantity),
        "gross_amount": float(item.gross_amount),
        "discount_amount": float(item.discount_amount),
        "net_amount": float(item.net_amount),
    }
