"""`settings/billing/budgets` of enterprises and organizations, in pages that name no next one."""

from __future__ import annotations

from typing import Any

from .budgets import Budget, budgets_of
from .credentials import Credential
from .messages import Call, Reply
from .world import World, number_in

PAGE_SIZE, PAGE_SIZE_MAX, ORGANIZATION_PAGE_SIZE_MAX = 10, 100, 10


def of_enterprise(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    return _page(world, call, budgets_of(world.bill), PAGE_SIZE_MAX)


def of_organization(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    """Documented to take 100 a page, and seen to give 10; asked for its own scope, it has been seen to give none."""
    budgets = budgets_of(world.bill, organization)
    if call.query.get("scope") == "organization":
        budgets = []
    return _page(world, call, budgets, ORGANIZATION_PAGE_SIZE_MAX)


def _page(world: World, call: Call, budgets: list[Budget], size_max: int) -> Reply:
    scope, user = call.query.get("scope"), call.query.get("user")
    budgets = [
        budget
        for budget in budgets
        if scope in (None, budget.scope) and (user is None or (budget.user or "").lower() == user.lower())
    ]
    size = min(number_in(call.query, "per_page", 1, 10_000) or PAGE_SIZE, size_max, world.settings.page_size_max)
    start = ((number_in(call.query, "page", 1, 1_000_000) or 1) - 1) * size
    page = budgets[start : start + size]
    return Reply(
        data={
            "budgets": [_described(world, number, budget) for number, budget in enumerate(page, start)],
            "has_next_page": start + size < len(budgets),
            "total_count": len(budgets),
            **({} if user is None else {"user": user}),
        }
    )


def _described(world: World, number: int, budget: Budget) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": budget.id,
        "budget_type": budget.type,
        "budget_product_sku": budget.sku,
        "budget_scope": budget.scope,
        "budget_amount": budget.amount,
        "prevent_further_usage": budget.stops,
        "budget_alerting": {"will_alert": bool(budget.recipients), "alert_recipients": list(budget.recipients)},
    }
    optional = {
        "budget_entity_name": budget.entity,
        "user": budget.user,
        "consumed_amount": budget.consumed,
        "expires_at": None if budget.expires_at is None else budget.expires_at.isoformat(),
    }
    described |= {name: value for name, value in optional.items() if value is not None}
    if world.settings.budgets_as_in_examples and number % 2 == 0:
        described["budget_product_skus"] = [described.pop("budget_product_sku")]
        described["exclude_cost_center_usage"] = False
    return described
