"""Stream `usage`: GitHub's Copilot line items, by day, organization, repository, SKU and cost center.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pendulum

from source_github_copilot_billing.accounts import Account, CostCenter, items_of
from source_github_copilot_billing.streams.answered_item import AnsweredItem
from source_github_copilot_billing.streams.spelling import COPILOT, canonical, row_id
from source_github_copilot_billing.streams.watermark import Window

# The parser alone would take "now", and a month for its first day.
TIME_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")

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


class UsageReader:
    """A window is a calendar month: one request answers all its days; a year alone would answer months."""

    name = "usage"

    def earliest(self, start_date: date) -> date:
        return start_date

    def method(self, account: Account) -> str | None:
        return None

    def windows(self, account: Account, begin: date, start_date: date, today: date) -> Sequence[Window]:
        """Whole months, the one that holds `begin` first: re-reading its other days costs no request."""
        windows = []
        month = pendulum.date(begin.year, begin.month, 1)
        while month <= today:
            windows.append(Window(max(month, start_date), min(month.end_of("month"), today)))
            month = month.add(months=1)
        return windows

    def read(self, account: Account, window: Window, read_at: str) -> Iterator[dict[str, Any]]:
        rows: dict[Key, LineItem] = {}
        # GitHub's call without a cost center answers only what has none: all of it is that call and one for each.
        for cost_center in (None, *account.cost_centers()):
            for item in _ask(account, window, cost_center):
                # A day that begins while the sync runs is outside the window that the rows tell of: the next sync's.
                if window.first <= item.date <= window.last:
                    key = _key(account, item)
                    if key in rows:
                        rows[key].add(item)
                    else:
                        rows[key] = item
        for key, item in rows.items():
            yield _record(account, key, item, read_at)


def _ask(account: Account, window: Window, cost_center: CostCenter | None) -> Iterator[LineItem]:
    params: dict[str, str | int] = {"year": window.first.year, "month": window.first.month}
    if cost_center is not None:
        params["cost_center_id"] = cost_center.id
    answer = account.github.get(f"{account.billing_path}/usage", params)
    for fields in items_of(account.github, answer, "usageItems"):
        item = AnsweredItem(fields, account.github, answer)
        product = item.text("product")
        if canonical(product) != COPILOT:
            continue
        day = _day(item)
        if (day.year, day.month) != (window.first.year, window.first.month):
            # Another month's window would answer it too, and one of the two would replace the other.
            item.refuse("date", "is outside the month that was asked for")
        yield LineItem(
            date=day,
            # An organization's own name is known better than its items spell it.
            organization_name=item.optional_text("organizationName") if account.is_enterprise else account.name,
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


def _day(item: AnsweredItem) -> date:
    """The UTC day of a day or a time stamp."""
    text = item.text("date")
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        if TIME_STAMP.match(text):
            moment = pendulum.parse(text)
            if isinstance(moment, pendulum.DateTime):
                return moment.in_timezone("UTC").date()
    except (ValueError, OverflowError):
        pass
    item.refuse("date", "is no day and no time stamp")


def _key(account: Account, item: LineItem) -> Key:
    return (
        item.date,
        (item.organization_name or "").lower() if account.is_enterprise else "",  # else the account says it
        (item.repository_name or "").lower(),
        canonical(item.sku),
        canonical(item.unit_type),
        item.cost_center.id if item.cost_center else "",
    )


def _record(account: Account, key: Key, item: LineItem, read_at: str) -> dict[str, Any]:
    day, *rest = key
    return {
        "id": row_id("usage", account.account_type, account.key, day.isoformat(), *rest),
        "account_type": account.account_type,
        "enterprise_slug": account.name if account.is_enterprise else None,
        "organization_id": account.organization_id,
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
        "read_at": read_at,
    }
