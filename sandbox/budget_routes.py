"""`settings/billing/budgets` of enterprises and organizations, in pages that name no next one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .budgets import MULTI_USER, Budget, UserState, budgets_of, effective_budget, user_states
from .credentials import Credential
from .messages import Call, Refusal, Reply
from .world import World, number_in

PAGE_SIZE, PAGE_SIZE_MAX, ORGANIZATION_PAGE_SIZE_MAX = 10, 100, 10


def of_enterprise(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    """Asked for a user, GitHub says too which budget counts for that user, and how much of it is spent."""
    login = call.query.get("user")
    reply = _page(world, call, budgets_of(world.bill), PAGE_SIZE_MAX)
    return reply if login is None else replace(reply, data={**reply.data, "effective_budget": _effective(world, login)})


def states_of_users(world: World, call: Call, credential: Credential, enterprise: str, budget_id: str) -> Reply:
    """Only users who have spent something. Whose account is gone has no name there."""
    if not any(one.id == budget_id and one.scope in MULTI_USER for one in budgets_of(world.bill)):
        raise Refusal(404, "Not Found")
    wanted, turn = call.query.get("user"), -1 if call.query.get("sort_order") == "1" else 1
    least = number_in(call.query, "threshold_lower_bound", 0, 1_000_000) or 0
    most = number_in(call.query, "threshold_upper_bound", 0, 1_000_000) or 1_000_000
    states = [
        state
        for state in user_states(world.bill)[::turn]
        if state.budget.id == budget_id
        and (wanted is None or state.login.lower() == wanted.lower())
        and least <= 100 * state.consumed / state.target <= most
    ]
    part = _part(world, call, PAGE_SIZE_MAX)
    return Reply(
        data={
            "user_states": [_state(world, state) for state in states[part]],
            "has_next_page": part.stop < len(states),
            "total_count": len(states),
        }
    )


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
    part = _part(world, call, size_max)
    return Reply(
        data={
            "budgets": [_described(world, number, one) for number, one in enumerate(budgets[part], part.start)],
            "has_next_page": part.stop < len(budgets),
            "total_count": len(budgets),
            **({} if user is None else {"user": user}),
        }
    )


def _part(world: World, call: Call, size_max: int) -> slice:
    """The asked page."""
    size = min(number_in(call.query, "per_page", 1, 10_000) or PAGE_SIZE, size_max, world.settings.page_size_max)
    page = number_in(call.query, "page", 1, 1_000_000) or 1
    return slice((page - 1) * size, page * size)


def _effective(world: World, login: str) -> dict[str, Any]:
    member = world.bill.member(login)
    if member is None:
        raise Refusal(404, "Not Found")
    budget, consumed = effective_budget(world.bill, member.login)
    return {"id": budget.id, "budget_amount": budget.amount, "consumed_amount": consumed}


def _state(world: World, state: UserState) -> dict[str, Any]:
    found: dict[str, Any] = {"consumed_amount": state.consumed, "target_amount": state.target}
    member = world.bill.member(state.login)
    if member is not None and member.left_on is None:
        found["user"] = state.login
    if state.override is not None:
        found["override_budget_id"] = state.override.id
    return found


def thresholds_of(budget: Budget) -> dict[str, bool]:
    """Undocumented: one empty object was seen, and GitHub alerts at these shares (percent)."""
    return {"75": True, "90": True, "100": True} if budget.recipients else {}


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
        described["budget_thresholds"] = thresholds_of(budget)
    return described
