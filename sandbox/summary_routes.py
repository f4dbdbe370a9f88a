"""`usage/summary` of enterprises and organizations: GitHub's own totals, over all cost centers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from .billing_routes import period
from .charges import Charge
from .credentials import Credential
from .messages import Call, Refusal, Reply
from .shape import HISTORY_MONTHS, months_back
from .spelling import SUMMARY, spelled
from .truth import Sums, add_up
from .world import World

DATE_MESSAGE = "Invalid date specified."


def of_enterprise(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    charges = world.visible(credential, _asked(world, call))
    echo: dict[str, Any] = {"enterprise": enterprise}
    organization, center_id = call.query.get("organization"), call.query.get("cost_center_id")
    if organization is not None:
        own = world.bill.organization(organization)
        if own is None:
            raise Refusal(404, "Not Found")
        echo["organization"] = own
        charges = [charge for charge in charges if charge.organization == own]
    if center_id == "none":
        charges = [charge for charge in charges if charge.cost_center_id is None]
    elif center_id is not None:
        center = world.bill.cost_center(center_id)
        if center is None:
            raise Refusal(404, "Not Found")
        echo["costCenter"] = {"id": center.id, "name": center.name}
        charges = [charge for charge in charges if charge.cost_center_id == center.id]
    return _summary(world, call, echo, charges)


def of_organization(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    charges = [charge for charge in _asked(world, call) if charge.organization == organization]
    return _summary(world, call, {"organization": organization}, charges)


def _asked(world: World, call: Call) -> list[Charge]:
    return world.bill.on_days(*_period(world, call))


def _period(world: World, call: Call) -> tuple[date, date]:
    """Bad dates, and those that are over, are refused with one sentence."""
    try:
        first, last = period(call, world.bill.today, month_by_default=True)
    except Refusal:
        raise Refusal(400, DATE_MESSAGE) from None
    if first < months_back(world.bill.today, HISTORY_MONTHS):
        raise Refusal(400, DATE_MESSAGE)
    return first, last


def _summary(world: World, call: Call, echo: dict[str, Any], charges: list[Charge]) -> Reply:
    first, _ = _period(world, call)
    time_period = {"year": first.year, "month": first.month, **({"day": first.day} if "day" in call.query else {})}
    filters: dict[str, Callable[[Charge], str]] = {
        "repository": lambda charge: charge.repository or "",
        "product": lambda charge: spelled(SUMMARY, charge.product, charge.sku, charge.unit_type)[0],
        "sku": lambda charge: spelled(SUMMARY, charge.product, charge.sku, charge.unit_type)[1],
    }
    for name, value_of in filters.items():
        wanted = call.query.get(name)
        if wanted is not None:
            echo[name] = wanted
            charges = [charge for charge in charges if value_of(charge).lower() == wanted.lower()]
    return Reply(data={"timePeriod": time_period, **echo, "usageItems": _items(charges)})


def _items(charges: list[Charge]) -> list[dict[str, Any]]:
    kinds = {charge.sku: charge for charge in charges}
    return [_item(kinds[str(sku)], sums) for (sku,), sums in add_up(charges, ("sku",)).items()]


def _item(charge: Charge, sums: Sums) -> dict[str, Any]:
    product, sku, unit = spelled(SUMMARY, charge.product, charge.sku, charge.unit_type)
    return {
        "product": product,
        "sku": sku,
        "unitType": unit,
        "pricePerUnit": charge.price,
        "grossQuantity": sums.quantity,
        "grossAmount": sums.gross,
        "discountQuantity": sums.discount / charge.price,
        "discountAmount": sums.discount,
        "netQuantity": sums.net / charge.price,
        "netAmount": sums.net,
    }
