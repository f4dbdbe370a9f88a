"""Adds up what a warehouse holds in the way in which the sandbox adds up what it billed, and compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sandbox import Sums
from sandbox.truth import Key
from warehouse.load.warehouse import Warehouse

# In US dollars, and in units: the tables keep nine decimals, GitHub gives more.
TOLERANCE = Decimal("0.000001")

_QUANTITY = {"usage": "quantity"}  # of the others: gross_quantity
_PARTS = {
    "day": "date",
    "month": "month",
    # The sandbox's own name for "no organization".
    "organization": "coalesce(organization, '')",
    "repository": "lower(repository_name)",
    "user": "login",
    "cost_center": "cost_center_id",
    "sku": "lower(sku)",
    "model": "lower(model)",
}


def loaded_sums(
    warehouse: Warehouse, stream: str, by: tuple[str, ...], organization: str | None = None
) -> dict[Key, Sums]:
    """Sums of the stream's current rows, by the names that `Bill.usage_sums` and the others know.

    :param organization: of this organization's own bill only; None for all rows
    """
    rows = warehouse.rows(
        f"select {', '.join(_PARTS[name] for name in by)}, sum({_QUANTITY.get(stream, 'gross_quantity')}),"  # noqa: S608 - names of ours
        " sum(gross_amount), sum(discount_amount), sum(net_amount)"
        f" from stg_github_copilot__{stream}"
        + (f" where organization = '{organization.lower()}'" if organization else "")
        + f" group by {', '.join(str(place + 1) for place in range(len(by)))}",
    )
    return {tuple(row[: len(by)]): Sums(*row[len(by) :]) for row in rows}


def difference(ours: Sums, billed: Sums) -> Decimal:
    """The largest of the differences in quantity, gross, discount and net."""
    return max(
        abs(ours.quantity - billed.quantity),
        abs(ours.gross - billed.gross),
        abs(ours.discount - billed.discount),
        abs(ours.net - billed.net),
    )


def differences(ours: Mapping[Key, Sums], billed: Mapping[Key, Sums]) -> dict[Key, Decimal]:
    """For every key that either of them has; what is missing counts as zero."""
    return {key: difference(ours.get(key, Sums()), billed.get(key, Sums())) for key in {*ours, *billed}}
