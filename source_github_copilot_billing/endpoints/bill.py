"""What GitHub bills, in three answers: line items by day, its own totals, AI credits (or premium requests) by model.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import utc_day
from source_github_copilot_billing.endpoints.answers import Fields
from source_github_copilot_billing.endpoints.cost_centers import CostCenter
from source_github_copilot_billing.endpoints.period import Period, refuse_another_period
from source_github_copilot_billing.endpoints.spelling import (
    COPILOT,
    ChargeType,
    Meter,
    canonical,
    charge_type_of,
    meter_of,
    plan_of,
)
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.request import Params
from source_github_copilot_billing.github.response import Item, Response

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)

ZERO = Decimal(0)
# Of one answer: GitHub bills about twenty products, each in a few spellings, of some hundred SKUs. They are kept for a
# whole sync.
MOST_PRODUCTS, MOST_TOTALS = 1_000, 10_000
LINE_ITEM = frozenset(
    {
        *("date", "product", "sku", "quantity", "unitType", "pricePerUnit", "grossAmount", "discountAmount"),
        *("netAmount", "organizationName", "repositoryName"),
    }
)


@dataclass(slots=True)  # an answer can have hundreds of thousands
class Amounts:
    """Quantities in the item's unit, amounts in US dollars, as GitHub answered: gross - discount is not always net.

    A quantity is None where GitHub gives no way to know it: line items have no discounted and no net one.
    """

    gross_quantity: Decimal
    discount_quantity: Decimal | None
    net_quantity: Decimal | None
    gross_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal

    def __add__(self, other: "Amounts") -> "Amounts":
        """An unknown part makes the sum unknown: it must not look like a smaller sum."""
        pairs = zip(self._by_name().values(), other._by_name().values(), strict=True)
        sums = [None if value is None or more is None else value + more for value, more in pairs]
        return Amounts(*sums)  # type: ignore[arg-type]  # only quantities are unknown

    def each(self, change: Callable[[Decimal], Decimal]) -> "Amounts":
        """Every known number, changed."""
        return Amounts(*(None if value is None else change(value) for value in self._by_name().values()))  # type: ignore[arg-type]

    def as_columns(self) -> dict[str, float | None]:
        return {name: as_number(value) for name, value in self._by_name().items()}

    def _by_name(self) -> dict[str, Decimal | None]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class BillItem:
    """An item of GitHub's answers, or all items of one key, added up. It is a value: nothing changes it.

    Where these differ in spelling, the first one in the alphabet is kept, so that nothing depends on their order.
    `price_per_unit` is None when they differ in price: no single price is true then.
    """

    product: str
    sku: str
    unit_type: str
    price_per_unit: Decimal | None
    amounts: Amounts
    day: date | None = None
    organization_name: str | None = None
    repository_name: str | None = None
    cost_center: CostCenter | None = None
    model: str | None = None
    other_fields: Mapping[str, Any] | None = None

    @property
    def product_key(self) -> str:
        return canonical(self.product)

    @property
    def sku_key(self) -> str:
        return canonical(self.sku)

    @property
    def unit_key(self) -> str:
        return canonical(self.unit_type)

    @property
    def charge_type(self) -> ChargeType:
        return charge_type_of(self.product, self.sku, self.unit_type)

    @property
    def meter(self) -> Meter | None:
        return meter_of(self.product, self.sku, self.unit_type)

    @property
    def plan_type(self) -> str | None:
        """The plan of a seat; None for what is no seat, and for a seat that names no plan."""
        return plan_of(self.sku) if self.charge_type is ChargeType.SEAT else None

    @property
    def columns(self) -> dict[str, str]:
        """What it is for: in GitHub's own words, and in one spelling for all endpoints."""
        return {
            "product": self.product,
            "sku": self.sku,
            "unit_type": self.unit_type,
            "product_key": self.product_key,
            "sku_key": self.sku_key,
            "charge_type": self.charge_type.value,
        }

    @property
    def other_product(self) -> str:
        """The product's part of an id: "" for Copilot. Other products came later, and Copilot's rows keep their ids."""
        return "" if self.product_key == COPILOT else self.product_key

    def __add__(self, other: "BillItem") -> "BillItem":
        """Both together, where their keys are equal: with the names and the price by which both are known."""
        return replace(
            self,
            amounts=self.amounts + other.amounts,
            price_per_unit=self.price_per_unit if self.price_per_unit == other.price_per_unit else None,
            product=min(self.product, other.product),
            sku=min(self.sku, other.sku),
            unit_type=min(self.unit_type, other.unit_type),
            organization_name=first_spelling(self.organization_name, other.organization_name),
            repository_name=first_spelling(self.repository_name, other.repository_name),
            model=first_spelling(self.model, other.model),
            other_fields=_joined(self.other_fields, other.other_fields),
        )


def _joined(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Unknown fields of two items: a field that has several values has the list of them, whatever their order."""
    if not one or not other or one == other:
        return one or other
    joined = dict(one)
    for name, value in other.items():
        known = joined.get(name, value)
        if known != value:
            values = [each for both in (known, value) for each in (both if isinstance(both, list) else [both])]
            joined[name] = list({json.dumps(each): each for each in sorted(values, key=json.dumps)}.values())
        else:
            joined[name] = value
    return joined


def first_spelling(one: str | None, other: str | None) -> str | None:
    """The first one in the alphabet, so that a row does not depend on the order of its items."""
    return min(one, other) if one and other else one or other


def as_number(value: Decimal | None) -> float | None:
    """As a row holds it: sums are exact decimals until here, and a JSON number holds the nearest double."""
    return None if value is None else float(value)


def add_up(
    items: Iterable[BillItem], key_of: Callable[[BillItem], K], sums: dict[K, BillItem] | None = None
) -> dict[K, BillItem]:
    """One item for each key: GitHub answers one key in several items.

    :param sums: what was added up before; it is added to
    """
    sums = {} if sums is None else sums
    for item in items:
        key = key_of(item)
        known = sums.get(key)
        sums[key] = item if known is None else known + item
    return sums


@dataclass
class LineItems:
    """The line items of an answer.

    :param items: those of the products that were asked for
    :param left_out: how many there are of each other product
    """

    items: list[BillItem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def fetch_line_items(
    account: Account, period: Period, products: Collection[str], cost_center: CostCenter | None = None
) -> LineItems:
    """The line items of a UTC day or calendar month, of one cost center or of what has no cost center.

    :param products: the names of those to read, as `canonical` makes them
    :raises ConnectorError: GitHub refuses, a field is missing or unreadable, or a line item is of another time
    """
    params: Params = period if cost_center is None else {**period, "cost_center_id": cost_center.id}
    return parse_line_items(
        account.github.send(account.billing("usage", params)), account, period, products, cost_center
    )


def parse_line_items(
    response: Response, account: Account, period: Period, products: Collection[str], cost_center: CostCenter | None
) -> LineItems:
    found = LineItems()
    spellings: set[str] = set()
    days: dict[str, date | None] = {}
    known: dict[Any, Any] = {}

    def once(value: V) -> V:
        """The same value of an earlier item: hundreds of thousands of items have a few dozen."""
        return known.setdefault(value, value)  # type: ignore[no-any-return]

    for item in response.items("usageItems"):
        product = item.text("product")
        spellings.add(product)
        if len(spellings) > MOST_PRODUCTS:
            response.refuse(f"has more than {MOST_PRODUCTS:,} products")
        if canonical(product) not in products:
            found.left_out[product.lower()] += 1
            continue
        day = days.get(written := item.text("date"))
        if day is None:
            day = days[written] = utc_day(written)
            if day is None:
                item.refuse("date", "is no day and no time stamp")
            if any(getattr(day, part) != asked for part, asked in period.items()):
                # The slice that holds the day would read it too, and one of the two would replace the other.
                item.refuse("date", "is outside the time that was asked for")
        found.items.append(
            BillItem(
                product=once(product),
                sku=once(item.text("sku")),
                unit_type=once(item.text("unitType")),
                price_per_unit=once(item.number("pricePerUnit")),
                amounts=_amounts(item, item.number("quantity")),
                day=day,
                # An organization's own name is known better than its items spell it.
                organization_name=once(
                    item.optional_text("organizationName") if account.is_enterprise else account.id.name
                ),
                repository_name=item.optional_text("repositoryName"),
                cost_center=cost_center,
                other_fields=None if item.values.keys() <= LINE_ITEM else Fields(item, LINE_ITEM).other(),
            )
        )
    return found


TotalKey = tuple[str, str, str, Decimal | None]


def fetch_totals(account: Account, period: Period, has_no_cost_center: bool = False) -> dict[TotalKey, BillItem]:
    """GitHub's own totals of a UTC day or calendar month over all cost centers, by product, SKU, unit and price.

    :param has_no_cost_center: the totals of what has no cost center, instead
    :raises ConnectorError: GitHub refuses them, or the answer is about something else
    """
    params: Params = {**period, "cost_center_id": "none"} if has_no_cost_center else period
    response = account.github.send(account.billing("usage/summary", params))
    refuse_another_period(response, period)
    if not has_no_cost_center and response.fields.values.get("costCenter") is not None:
        response.refuse("is about one cost center, and all of them were asked for")
    return parse_totals(response)


def parse_totals(response: Response) -> dict[TotalKey, BillItem]:
    items = map(_item, response.items("usageItems"))
    totals = add_up(items, lambda item: (item.product_key, item.sku_key, item.unit_key, item.price_per_unit))
    if len(totals) > MOST_TOTALS:
        response.refuse(f"has more than {MOST_TOTALS:,} totals")
    return totals


class AnotherUser(ConnectorError):
    """GitHub's answer is about another user than the one who was asked for."""

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(error.code, error.sentence)


@dataclass(frozen=True)
class Credits:
    """AI credits (or premium requests) of an account or of a user, by model.

    :param names_user: whether the answer says whose they are. Items carry no user: where the answer does not say it
        either, GitHub may have ignored the filter by user
    :param left_out: items of the other meter: each stands in one stream
    """

    items: list[BillItem]
    names_user: bool
    left_out: tuple[BillItem, ...] = ()


PATHS = {Meter.AI_CREDITS: "ai_credit/usage", Meter.PREMIUM_REQUESTS: "premium_request/usage"}


def fetch_credits(
    account: Account, period: Period, user: str | None = None, meter: Meter = Meter.AI_CREDITS
) -> Credits:
    """The AI credits (or what else the meter counts) of a UTC day or calendar month: of an account, or of one user.

    :raises HttpError: 404 for an unknown user, 403 where GitHub does not filter by user
    :raises AnotherUser: the answer is about another user
    :raises ConnectorError: the answer is about another time, or a field is missing or unreadable
    """
    params: Params = period if user is None else {**period, "user": user}
    response = account.github.send(account.billing(PATHS[meter], params, user))
    found = [_item(item) for item in response.items("usageItems")]
    items = [item for item in found if item.meter in (meter, None)]
    left_out = tuple(item for item in found if item.meter not in (meter, None))
    refuse_another_period(response, period)
    named = response.fields.optional_text("user")
    if named and named.lower() != (user or "").lower():
        raise AnotherUser(response.unexpected("is about another user than the one who was asked for"))
    return Credits(items, bool(named), left_out)


def credit_key(item: BillItem) -> tuple[str, str, str, str]:
    """SKU, unit, model, and the product where it is not Copilot."""
    return item.sku_key, item.unit_key, (item.model or "").lower(), item.other_product


def is_billed(items: Iterable[BillItem]) -> bool:
    """Whether a report must have a line for them: GitHub's reports have no line for what is 0."""
    return any(item.amounts.gross_quantity or item.amounts.net_amount for item in items)


def _item(item: Item) -> BillItem:
    """An item of the answers that have no day."""
    return BillItem(
        product=item.text("product"),
        sku=item.text("sku"),
        unit_type=item.text("unitType"),
        price_per_unit=item.number("pricePerUnit"),
        amounts=_amounts(item, *map(item.number, ("grossQuantity", "discountQuantity", "netQuantity"))),
        model=item.optional_text("model"),
    )


def _amounts(item: Item, gross: Decimal, discount: Decimal | None = None, net: Decimal | None = None) -> Amounts:
    """An item's amounts, and its quantities as they are given."""
    return Amounts(gross, discount, net, *map(item.number, ("grossAmount", "discountAmount", "netAmount")))
