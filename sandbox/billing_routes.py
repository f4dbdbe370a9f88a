"""`settings/billing/usage` of enterprises and organizations, and the cost centers."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from .charges import Charge
from .credentials import Credential
from .messages import Call, Refusal, Reply, exact_json
from .people import CostCenter
from .spelling import USAGE_ENTERPRISE, USAGE_ORGANIZATION, chance, recased, spelled
from .world import World, number_in, page_of


def enterprise_usage(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    """Without `cost_center_id` GitHub answers only what has no cost center."""
    center = call.query.get("cost_center_id")
    if center is not None and world.bill.cost_center(center) is None:
        raise Refusal(404, "Not Found")
    hidden = world.access.unauthorized_organizations(credential)

    def wanted(charge: Charge) -> bool:
        return charge.cost_center_id == center and charge.organization not in hidden

    return _report(world, call, USAGE_ENTERPRISE, wanted, (center, hidden))


def organization_usage(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    return _report(world, call, USAGE_ORGANIZATION, lambda charge: charge.organization == organization, organization)


def cost_centers(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    state = call.query.get("state")
    if state not in (None, "active", "deleted"):
        raise Refusal(400, f"Invalid value for parameter 'state': {state}")
    centers = [
        _cost_center(world, center, center.resources)
        for center in world.bill.cost_centers
        if state in (None, center.state) and not world.settings.find("hidden_cost_centers", center.name)
    ]
    return Reply(data={"costCenters": centers})


def cost_center(world: World, call: Call, credential: Credential, enterprise: str, center_id: str) -> Reply:
    """One cost center, its resources in pages."""
    center = world.bill.cost_center(center_id)
    if center is None:
        raise Refusal(404, "Not Found")
    part, headers = page_of(world, call, len(center.resources))
    found = _cost_center(world, center, center.resources[part])
    return Reply(data={**found, "has_next_page": 'rel="next"' in headers.get("link", "")})


def _cost_center(world: World, center: CostCenter, resources: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """A deleted cost center says nothing of a pool; one without a pool has it switched off."""
    found: dict[str, Any] = {
        "id": center.id,
        "name": center.name,
        "state": center.state,
        "resources": [{"type": kind, "name": name} for kind, name in resources],
    }
    if center.azure_subscription is not None:
        found["azure_subscription"] = center.azure_subscription
    if center.deleted_on is None:
        target = center.pool_target
        used = None if target is None else world.bill.credits_this_month(center.id)
        found["ai_credit_pool_enabled"] = target is not None
        found["ai_credit_pool_state"] = {"target_amount": target, "current_amount": used}
    return found


def period(call: Call, today: date, month_by_default: bool) -> tuple[date, date]:
    """First and last day that the query asks for; 400 for what is no date."""
    year = number_in(call.query, "year", 2000, 2999)
    month = number_in(call.query, "month", 1, 12)
    day = number_in(call.query, "day", 1, 31)
    if month is None and day is None and not month_by_default:
        year = year or today.year
        return date(year, 1, 1), date(year, 12, 31)
    year, month = year or today.year, month or today.month
    last = calendar.monthrange(year, month)[1]
    if day is not None and day > last:
        raise Refusal(400, f"Invalid date: {year}-{month:02}-{day:02}")
    return date(year, month, day or 1), date(year, month, day or last)


def _report(world: World, call: Call, endpoint: str, wanted: Callable[[Charge], bool], part: Hashable) -> Reply:
    first, last = period(call, world.bill.today, month_by_default=False)
    by_month = "month" not in call.query and "day" not in call.query

    def made() -> bytes:
        charges = [charge for charge in world.bill.on_days(first, last) if wanted(charge)]
        return exact_json({"usageItems": list(_items(endpoint, charges, by_month))})

    return Reply(body=world.bill.remembered((endpoint, part, first, last, by_month), made))


def _items(endpoint: str, charges: Iterable[Charge], by_month: bool) -> Iterable[dict[str, Any]]:
    """Line items: users and models added up, and a day's key in several items with time stamps of their own."""
    groups: dict[tuple[Any, ...], list[Charge]] = {}
    for charge in charges:
        day = charge.day.replace(day=1) if by_month else charge.day
        part = 0 if by_month else charge.at.hour // 8
        key = (day, charge.organization, charge.repository, charge.sku, charge.cost_center_id, part)
        groups.setdefault(key, []).append(charge)
    for key, group in groups.items():
        yield _item(endpoint, key, group, by_month)


def _item(endpoint: str, key: tuple[Any, ...], group: list[Charge], by_month: bool) -> dict[str, Any]:
    first = group[0]
    product, sku, unit = spelled(endpoint, first.product, first.sku, first.unit_type)
    draw = chance(*key)
    latest = max(charge.at for charge in group)
    plain_day = by_month or draw % 4 == 0
    item = {
        "date": key[0].isoformat() if plain_day else latest.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "product": recased(product, key, "product"),
        "sku": recased(sku, key, "sku"),
        "quantity": _total(charge.quantity for charge in group),
        "unitType": recased(unit, key, "unit"),
        "pricePerUnit": first.price,
        "grossAmount": _total(charge.gross for charge in group),
        "discountAmount": _total(charge.discount for charge in group),
        "netAmount": _total(charge.net for charge in group),
        "organizationName": recased(first.organization, key, "organization"),
    }
    if first.repository is not None:
        item["repositoryName"] = recased(first.repository, key, "repository")
    elif draw % 3:
        item["repositoryName"] = ""
    return item


def _total(numbers: Iterable[Decimal]) -> Decimal:
    return sum(numbers, Decimal(0))
