"""GitHub's line items as rows of the stream `usage`: read from an answer, added up by key."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.cost_centers import CostCenter
from source_github_copilot_billing.endpoints.spelling import COPILOT, canonical, row_id
from source_github_copilot_billing.github.response import Item, Response
from source_github_copilot_billing.streams.account_columns import account_columns
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Row
from source_github_copilot_billing.time_stamps import utc_day

Key = tuple[date, str, str, str, str, str, str]


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


@dataclass
class LineItems:
    """What an answer holds.

    :param items: those of the products that the user reads
    :param left_out: how many there are of each other product
    """

    items: list[LineItem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def extend(self, other: "LineItems") -> None:
        self.items += other.items
        self.left_out += other.left_out


def line_items(
    response: Response,
    account: Account,
    slice: Slice,
    cost_center: CostCenter | None,
    products: Collection[str],
    asked_day: date | None = None,
) -> LineItems:
    """The line items of an answer, those of the slice's days alone.

    :param products: the names of those to read, as `canonical` makes them
    :param asked_day: where a single day was asked for, and not the month
    :raises ConnectorError: unexpected_answer, when a field is missing or unreadable, or a day was not asked for
    """
    found = LineItems()
    for item in response.items("usageItems"):
        product = item.text("product")
        if canonical(product) not in products:
            found.left_out[product.lower()] += 1
            continue
        day = _utc_day(item)
        if (day.year, day.month) != (slice.first.year, slice.first.month):
            # Another month's slice would answer it too, and one of the two would replace the other.
            item.refuse("date", "is outside the month that was asked for")
        if asked_day is not None and day != asked_day:
            item.refuse("date", "is not the day that was asked for")  # its own day's answer has it too
        if not slice.first <= day <= slice.last:
            continue  # a day that began while the sync runs: the next sync reads it
        found.items.append(_line_item(item, product, day, account, cost_center))
    return found


def _line_item(item: Item, product: str, day: date, account: Account, cost_center: CostCenter | None) -> LineItem:
    return LineItem(
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


def add_up(account: Account, items: Iterable[LineItem], rows: dict[Key, LineItem]) -> None:
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
    product = canonical(item.product)
    return (
        item.date,
        (item.organization_name or "").lower() if account.is_enterprise else "",  # else the account says it
        (item.repository_name or "").lower(),
        canonical(item.sku),
        canonical(item.unit_type),
        item.cost_center.id if item.cost_center else "",
        "" if product == COPILOT else product,
    )


def usage_row(account: Account, key: Key, item: LineItem) -> Row:
    day, *rest, product = key
    # Other products came later: they take part where there is one, so that Copilot's rows keep their ids.
    later = (product,) if product else ()
    return {
        "id": row_id("usage", account.id.account_type, account.id.key, day.isoformat(), *rest, *later),
        **account_columns(account),
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
