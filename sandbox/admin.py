"""The sandbox's own page, for other processes: what the right sums are, what was asked, and a change to the bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from .bill import Bill
from .front_desk import Request
from .messages import Call, Reply, error
from .truth import Key, Sums

PREFIX = "/_sandbox/"
USAGE_BY = ("month", "organization", "sku", "cost_center")
AI_CREDITS_BY = ("month",)


def answer(bill: Bill, requests: Sequence[Request], call: Call) -> Reply:
    if (call.method, call.path) == ("GET", f"{PREFIX}truth"):
        return truth(bill, call)
    if (call.method, call.path) == ("GET", f"{PREFIX}requests"):
        return Reply(data=[asdict(request) for request in requests])
    if (call.method, call.path) == ("POST", f"{PREFIX}change"):
        bill.change_recent_amounts()
        return Reply(data={"changed": True})
    return error(404, "Not Found")


def truth(bill: Bill, call: Call) -> Reply:
    """Sums of every account; `usage_by` and `ai_credits_by` in the query choose the grain. Amounts are text."""
    usage_by = tuple(call.query.get("usage_by", ",".join(USAGE_BY)).split(","))
    ai_credits_by = tuple(call.query.get("ai_credits_by", ",".join(AI_CREDITS_BY)).split(","))
    accounts = [None, *bill.organizations]
    try:
        usage = [_account(name, usage_by, bill.usage_sums(usage_by, name)) for name in accounts]
        ai_credits = [_account(name, ai_credits_by, bill.ai_credit_sums(ai_credits_by, name)) for name in accounts]
    except KeyError as unknown:
        return error(400, f"Charges cannot be added up by {unknown}")
    centers = {center.id: center.name for center in bill.cost_centers}
    return Reply(
        data={
            "enterprise": bill.shape.enterprise,
            "today": bill.today.isoformat(),
            "cost_centers": centers,
            "usage": usage,
            "ai_credits": ai_credits,
        }
    )


def _account(organization: str | None, by: tuple[str, ...], sums: dict[Key, Sums]) -> dict[str, Any]:
    """`organization` null is the enterprise."""
    rows = []
    for key, total in sums.items():
        parts = [part.isoformat() if isinstance(part, date) else part for part in key]
        amounts = {name: f"{value:f}" for name, value in asdict(total).items()}
        rows.append({**dict(zip(by, parts, strict=True)), **amounts})
    return {"organization": organization, "rows": rows}
