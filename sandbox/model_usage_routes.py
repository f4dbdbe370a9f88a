"""`ai_credit/usage` and `premium_request/usage` of enterprises and organizations: two paths with the same questions."""

from __future__ import annotations

from typing import Any

from .billing_routes import period
from .charges import AI_CREDITS, PREMIUM_REQUEST, Charge
from .credentials import Credential
from .messages import Call, Refusal, Reply
from .spelling import MODEL_USAGE, chance, spelled
from .truth import add_up
from .world import World

OWNED_MESSAGE = "Organization admins for enterprise owned organizations cannot filter usage by user"


def enterprise_ai_credits(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    return _of_enterprise(world, call, credential, enterprise, AI_CREDITS)


def enterprise_premium_requests(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    return _of_enterprise(world, call, credential, enterprise, (PREMIUM_REQUEST,))


def organization_ai_credits(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    return _of_organization(world, call, organization, AI_CREDITS)


def organization_premium_requests(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    return _of_organization(world, call, organization, (PREMIUM_REQUEST,))


def _of_enterprise(world: World, call: Call, credential: Credential, enterprise: str, skus: tuple[str, ...]) -> Reply:
    charges = world.visible(credential, _asked(world, call, skus))
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
    return _report(world, call, echo, charges)


def _of_organization(world: World, call: Call, organization: str, skus: tuple[str, ...]) -> Reply:
    if call.query.get("user") is not None and world.settings.find("enterprise_owned", organization):
        raise Refusal(403, OWNED_MESSAGE)
    charges = [charge for charge in _asked(world, call, skus) if charge.organization == organization]
    return _report(world, call, {"organization": organization}, charges)


def _asked(world: World, call: Call, skus: tuple[str, ...]) -> list[Charge]:
    first, last = period(call, world.bill.today, month_by_default=True)
    return [charge for charge in world.bill.on_days(first, last) if charge.sku in skus]


def _report(world: World, call: Call, echo: dict[str, Any], charges: list[Charge]) -> Reply:
    first, _ = period(call, world.bill.today, month_by_default=True)
    time_period = {"year": first.year, "month": first.month}
    if "day" in call.query:
        time_period["day"] = first.day
    user = call.query.get("user")
    if user is not None and world.settings.applies_user_filter:
        member = world.bill.member(user)
        if member is None or member.renamed:
            raise Refusal(404, "Not Found")
        charges = [charge for charge in charges if charge.user == member.login]
        if world.settings.echoes_user:
            echo["user"] = user
    for name in ("product", "model"):
        text = call.query.get(name)
        if text is not None:
            charges = [charge for charge in charges if (getattr(charge, name) or "").lower() == text.lower()]
            echo[name] = text
    if world.settings.echoes_time_period:
        echo = {"timePeriod": time_period, **echo}
    return Reply(data={**echo, "usageItems": _items(charges)})


def _items(charges: list[Charge]) -> list[dict[str, Any]]:
    kinds = {(charge.sku, (charge.model or "").lower()): charge for charge in charges}
    items = []
    for (sku, model), sums in add_up(charges, ("sku", "model")).items():
        charge = kinds[str(sku), str(model or "")]
        product, sku, unit = spelled(MODEL_USAGE, charge.product, charge.sku, charge.unit_type)
        items.append(
            {
                "product": product if chance(charge.day, model) % 5 else product.lower(),
                "sku": sku if chance(model, charge.day) % 5 else sku.lower(),
                "model": charge.model or "",
                "unitType": unit,
                "pricePerUnit": charge.price,
                "grossQuantity": sums.quantity,
                "grossAmount": sums.gross,
                "discountQuantity": sums.discount / charge.price,
                "discountAmount": sums.discount,
                "netQuantity": sums.net / charge.price,
                "netAmount": sums.net,
            }
        )
    return items
