"""What the lines of a report have in common: a report of a million lines has a few dozen kinds.

All that does not differ from line to line is made once a kind: what it counts, its part of the id, and the constant
half of its rows.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import Amounts, BillItem
from source_github_copilot_billing.endpoints.spelling import Meter, meter_of
from source_github_copilot_billing.row_ids import key_text
from source_github_copilot_billing.streams.ai_credit_usage.report_fields import (
    UnreadableField,
    decimal_or_none,
    parse_number,
)
from source_github_copilot_billing.streams.ai_credit_usage.row import (
    Details,
    natural_key,
    record,
)

KIND_COLUMNS = (
    "product",
    "sku",
    "model",
    "unit_type",
    "applied_cost_per_quantity",
    "organization",
    "repository",
    "cost_center_name",
    "total_monthly_quota",
)
MOST_KINDS = 20_000  # kept at once: repositories or prices could differ from line to line
# Prices at which a quantity is the amount with its decimal point moved: so many places to the right.
PLAIN_PRICES = {Decimal("0.01"): "e2", Decimal("0.1"): "e1", Decimal(1): "e0"}


@dataclass(frozen=True)
class Order:
    """What a report was ordered for, and what all its rows say.

    :param first: the days of the report, both ends included
    :param cost_center_ids: by name in lower case
    """

    account: Account
    first: date
    last: date
    cost_center_ids: Mapping[str, str] = field(default_factory=dict)
    meter: Meter = Meter.AI_CREDITS
    stream: str = "ai_credit_usage"


class Kind:
    """One product, SKU, model, unit, price, organization, repository, cost center and quota, as a report spells them.

    It keeps little: a report of many repositories has many kinds.

    :ivar number: stands for the kind in temporary files
    :ivar parts_that_know_it: one bit for each temporary file
    :ivar seed: the same for kinds with the same key, and spreads the others over temporary files
    :ivar shift: moves an amount's decimal point so that it is a quantity; "" where the price does not allow it
    """

    __slots__ = ("is_unknown", "is_wanted", "number", "parts_that_know_it", "price", "seed", "shift", "values")

    def __init__(self, values: tuple[str, ...], number: int, meter: Meter) -> None:
        """:param values: in the order of KIND_COLUMNS
        :param meter: which lines are wanted
        :raises UnreadableField: no product, no SKU, or no price where the lines are wanted"""
        self.values = values
        self.number = number
        self.parts_that_know_it = 0
        product, sku = values[0], values[1]
        if not product or not sku:
            raise UnreadableField(f"the column {'sku' if product else 'product'} is empty")
        found = meter_of(*self.name)
        self.is_wanted = found is meter
        self.is_unknown = found is None
        self.price = parse_number(values[4], "applied_cost_per_quantity") if self.is_wanted else Decimal(0)
        self.shift = PLAIN_PRICES.get(self.price, "")
        self.seed = zlib.crc32(self.end_of_key().encode())

    @property
    def name(self) -> tuple[str, str, str]:
        """Product, SKU and unit."""
        product, sku, _, unit_type, *_ = self.values
        return product, sku, unit_type

    def item(self) -> BillItem:
        """Without amounts."""
        product, sku, model, unit_type, *_ = self.values
        return BillItem(product, sku, unit_type, self.price, NOTHING, model=model or None)

    def details(self) -> Details:
        """Without tokens."""
        organization, repository, cost_center, quota = self.values[5:]
        return Details(
            organization_name=organization or None,
            repository_name=repository or None,
            cost_center_name=cost_center or None,
            # No money, and "Unlimited" or "Unknown" in some plans: what is no number is not known.
            monthly_quota=decimal_or_none(quota),
        )

    def end_of_key(self) -> str:
        """All that follows the login in its rows' natural key."""
        return key_text(*natural_key(self.item(), self.details()))


NOTHING = Amounts(*[Decimal(0)] * 6)


def constant_half(kinds: Sequence[Kind], order: Order) -> dict[str, Any]:
    """A row whose id, day, user and numbers are still to be filled in.

    :param kinds: those of all lines that are added up in it; they have the same key
    """
    item, details = kinds[0].item(), kinds[0].details()
    for kind in kinds[1:]:
        item = item.spelled_with(kind.item())
        details = details.spelled_with(kind.details())
    cost_center_id = order.cost_center_ids.get((details.cost_center_name or "").lower())
    return record(order.account, "", None, "user", item, details, cost_center_id)


class Kinds(dict[tuple[str, ...], Kind]):
    """The kinds met so far by their values; all are forgotten, and met again, when there are too many."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self._numbers = count()

    def __missing__(self, values: tuple[str, ...]) -> Kind:
        """:raises UnreadableField: see Kind"""
        if len(self) >= MOST_KINDS:
            self.clear()
        kind = self[values] = Kind(values, next(self._numbers), self._meter)
        return kind
