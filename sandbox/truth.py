"""Adds charges up by any of their attributes: what the endpoints must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .charges import Charge

Part = str | date | None
Key = tuple[Part, ...]


@dataclass(frozen=True)
class Sums:
    """Quantity in the unit of what was added up; amounts in USD."""

    quantity: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    net: Decimal = Decimal(0)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.quantity + other.quantity,
            self.gross + other.gross,
            self.discount + other.discount,
            self.net + other.net,
        )


def add_up(charges: Iterable[Charge], by: tuple[str, ...]) -> dict[Key, Sums]:
    """Sums by the named attributes of a charge, or `month` (its first day) or `cost_center` (its id).

    Names in the key are in lower case, since GitHub's are not case-sensitive.
    """
    parts = [_PARTS[name] for name in by]
    totals: dict[Key, list[Decimal]] = {}
    for charge in charges:
        total = totals.setdefault(tuple([part(charge) for part in parts]), [Decimal(0)] * 4)
        total[0] += charge.quantity
        total[1] += charge.gross
        total[2] += charge.discount
        total[3] += charge.net
    return {key: Sums(*total) for key, total in totals.items()}


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


_PARTS: dict[str, Callable[[Charge], Part]] = {
    "day": lambda charge: charge.day,
    "month": lambda charge: charge.day.replace(day=1),
    "organization": lambda charge: charge.organization.lower(),
    "repository": lambda charge: _lower(charge.repository),
    "user": lambda charge: _lower(charge.user),
    "cost_center": lambda charge: charge.cost_center_id,
    "product": lambda charge: charge.product.lower(),
    "sku": lambda charge: charge.sku.lower(),
    "workflow_path": lambda charge: charge.workflow_path,
    "model": lambda charge: _lower(charge.model),
    "unit_type": lambda charge: charge.unit_type.lower(),
}
