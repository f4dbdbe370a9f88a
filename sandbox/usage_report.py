"""The rows of the report exports `detailed` and `summarized`: all that was billed, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from .charges import Charge
from .spelling import CSV, spelled

COLUMNS = (
    "date", "product", "sku", "quantity", "unit_type", "applied_cost_per_quantity", "gross_amount", "discount_amount",
    "net_amount", "username", "organization", "repository", "workflow_path", "cost_center_name",
)  # fmt: skip
# What the summarized report lacks, so that it has fewer lines.
DETAILS = ("username", "workflow_path")


def columns(report_type: str) -> list[str]:
    return [name for name in COLUMNS if report_type == "detailed" or name not in DETAILS]


def by_holder(charges: Iterable[Charge]) -> Iterator[Charge]:
    """The same charges, but for seats: one for each user who sits on one."""
    for charge in charges:
        for holder in charge.holders:
            quantity = charge.quantity / len(charge.holders)
            gross = quantity * charge.price
            yield charge._replace(user=holder, holders=(holder,), quantity=quantity, gross=gross, net=gross)
        if not charge.holders:
            yield charge


def rows(
    report_type: str, charges: Iterable[Charge], center_names: Mapping[str, str], names_seats: bool
) -> Iterator[dict[str, str]]:
    """Charges that no column of the report tells apart are one line.

    :param names_seats: whether a detailed report has a line for each user's seat
    """
    is_detailed = report_type == "detailed"
    groups: dict[tuple[object, ...], list[Charge]] = {}
    for one in by_holder(charges) if is_detailed and names_seats else charges:
        details = (one.user, one.workflow_path) if is_detailed else ()
        key = (one.day, one.sku, one.price, one.organization, one.repository, one.cost_center_id, *details)
        groups.setdefault(key, []).append(one)
    for group in groups.values():
        yield _row(group, center_names)


def _row(group: Sequence[Charge], center_names: Mapping[str, str]) -> dict[str, str]:
    first = group[0]
    product, sku, unit = spelled(CSV, first.product, first.sku, first.unit_type)
    quantity, gross, discount, net = (
        sum(amounts, Decimal(0))
        for amounts in zip(*((one.quantity, one.gross, one.discount, one.net) for one in group), strict=True)
    )
    # As a product of floats, with their noise (0.018000000000000002).
    noisy_gross = number(float(quantity) * float(first.price))
    return {
        "date": first.day.isoformat(),
        "product": product,
        "sku": sku,
        "quantity": number(float(quantity)),
        "unit_type": unit,
        "applied_cost_per_quantity": number(float(first.price)),
        "gross_amount": noisy_gross,
        "discount_amount": noisy_gross if discount == gross else number(float(discount)),
        "net_amount": noisy_gross if net == gross else number(float(net)),
        "username": first.user or "",
        "organization": first.organization,
        "repository": first.repository or "",
        "workflow_path": first.workflow_path or "",
        "cost_center_name": center_names.get(first.cost_center_id or "", ""),
    }


def number(value: float) -> str:
    """With an exponent where it is small (9.4086E-05)."""
    return repr(value).upper().removesuffix(".0")
