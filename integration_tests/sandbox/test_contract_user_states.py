"""The contract of budgets that each user has alike: whose money is spent, held against githubkit's models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.sandbox.contract import ENTERPRISE, SHAPE, TODAY, as_owner, exact, raw, refused, undocumented
from sandbox.budgets import Budget, budgets_of
from sandbox.charges import AI_CREDITS
from sandbox.sandbox import Sandbox

NOVEMBER = replace(SHAPE, first_day=date(2026, 11, 1))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(NOVEMBER, TODAY) as running:
        yield running


def billing_of(sandbox: Sandbox) -> Any:
    return as_owner(sandbox).rest("ghec-2026-03-10").billing


def budget_of(sandbox: Sandbox, scope: str) -> Budget:
    return next(budget for budget in budgets_of(sandbox.bill) if budget.scope == scope)


def states(sandbox: Sandbox, scope: str, **query: Any) -> list[dict[str, Any]]:
    """All of a budget, from as many pages as it takes."""
    found: list[dict[str, Any]] = []
    pages = 0
    while True:
        pages += 1
        response = billing_of(sandbox).get_budget_user_states(
            ENTERPRISE, budget_of(sandbox, scope).id, page=pages, per_page=4, **query
        )
        assert undocumented(raw(response), response.parsed_data) == set()
        assert "link" not in response.headers
        answer = exact(response)
        found += answer["user_states"]
        assert len(answer["user_states"]) == 4 or not answer["has_next_page"]
        if not answer["has_next_page"]:
            assert answer["total_count"] == len(found)
            return found


def spent(sandbox: Sandbox, since: date) -> dict[str, Decimal]:
    """AI credits of each user in USD before discounts, straight from the charges."""
    found: dict[str, Decimal] = {}
    for charge in sandbox.bill.charges:
        if charge.user and charge.sku in AI_CREDITS and charge.day >= since:
            found[charge.user] = found.get(charge.user, Decimal(0)) + charge.gross
    return found


def test_whoever_has_spent_stands_once_with_included_and_paid_credits(sandbox: Sandbox) -> None:
    of_all, of_center = states(sandbox, "multi_user_customer"), states(sandbox, "multi_user_cost_center")
    truth = spent(sandbox, date(2026, 11, 1))
    gone = {member.login for member in sandbox.bill.members if member.left_on is not None}
    found = {one["user"]: one["consumed_amount"] for one in of_all + of_center if "user" in one}
    assert found == {login: amount for login, amount in truth.items() if login not in gone}
    nameless = [one["consumed_amount"] for one in of_all + of_center if "user" not in one]
    assert sorted(nameless) == sorted(truth[login] for login in gone & set(truth)) != []
    assert not any(login.startswith("idle") for login in found)
    center = budget_of(sandbox, "multi_user_cost_center").entity
    charged = {one.user for one in sandbox.bill.charges if one.cost_center_id == center and one.sku in AI_CREDITS}
    assert {one["user"] for one in of_center if "user" in one} == charged - {None} - gone != set()


def test_a_budget_of_the_users_own_stands_before_the_one_of_all(sandbox: Sandbox) -> None:
    own = {budget.user: budget for budget in budgets_of(sandbox.bill) if budget.scope == "user"}
    of_all, of_center = states(sandbox, "multi_user_customer"), states(sandbox, "multi_user_cost_center")
    for amount, one in [(250, one) for one in of_all] + [(220, one) for one in of_center]:
        override = own.get(one.get("user"))
        assert one.get("override_budget_id") == (override.id if override else None)
        assert one["target_amount"] == (override.amount if override else amount)
        if override:
            assert one["consumed_amount"] == override.consumed
    assert {"override_budget_id" in one for one in of_all} == {True, False}


def test_states_can_be_sorted_and_filtered(sandbox: Sandbox) -> None:
    found = states(sandbox, "multi_user_customer")
    amounts = [one["consumed_amount"] for one in found]
    assert amounts == sorted(amounts, reverse=True)
    assert states(sandbox, "multi_user_customer", sort_order="1") == found[::-1]
    assert states(sandbox, "multi_user_customer", user=found[2]["user"].upper()) == [found[2]]
    shares = [100 * one["consumed_amount"] / one["target_amount"] for one in found]
    low, high = int(min(shares)) + 1, int(max(shares))
    some = states(sandbox, "multi_user_customer", threshold_lower_bound=low, threshold_upper_bound=high)
    assert some == [one for one, share in zip(found, shares, strict=True) if low <= share <= high] != found


def test_budgets_count_from_the_day_on_which_they_were_made() -> None:
    since = date(2026, 11, 20)
    with Sandbox(replace(NOVEMBER, budgets_since=since), TODAY) as sandbox:
        found = states(sandbox, "multi_user_customer") + states(sandbox, "multi_user_cost_center")
        truth = spent(sandbox, since)
        assert {one["user"]: one["consumed_amount"] for one in found if "user" in one}.items() <= truth.items()
        assert len(found) == len(truth) < len(spent(sandbox, date(2026, 11, 1)))


def test_other_budgets_have_no_states(sandbox: Sandbox) -> None:
    ask = billing_of(sandbox).get_budget_user_states
    for scope in ("enterprise", "organization", "repository", "cost_center", "user"):
        assert refused(ask, ENTERPRISE, budget_of(sandbox, scope).id) == (404, "Not Found")
    assert refused(ask, ENTERPRISE, "b-1") == (404, "Not Found")
    assert refused(ask, "nobody", budget_of(sandbox, "multi_user_customer").id) == (404, "Not Found")


def test_a_list_for_one_user_says_which_budget_counts(sandbox: Sandbox) -> None:
    ask = billing_of(sandbox).get_all_budgets
    truth = spent(sandbox, date(2026, 11, 1))
    of_center = {one.get("user") for one in states(sandbox, "multi_user_cost_center")}
    for login, scope in (("user-003", "user"), ("User-005", None), ("idle-001", "user")):
        response = ask(ENTERPRISE, user=login)
        assert undocumented(raw(response), response.parsed_data) == set()
        multi = "multi_user_cost_center" if login in of_center else "multi_user_customer"
        budget = next(one for one in budgets_of(sandbox.bill) if (one.user == login if scope else one.scope == multi))
        assert exact(response)["effective_budget"] == {
            "id": budget.id,
            "budget_amount": budget.amount,
            "consumed_amount": truth.get(login, 0),
        }
    assert refused(ask, ENTERPRISE, user="who-001") == (404, "Not Found")


def test_a_cost_centers_spending_is_its_part_of_the_summary(sandbox: Sandbox) -> None:
    """Its budget counts what is paid once the pool is empty, and has no consumed amount of its own."""
    center = sandbox.bill.cost_centers[0].id
    response = billing_of(sandbox).get_github_billing_usage_summary_report_ghe(
        ENTERPRISE, year=2026, month=11, cost_center_id=center
    )
    paid = sum(item["netAmount"] for item in exact(response)["usageItems"] if item["unitType"] == "ai-units")
    own = [one for one in sandbox.bill.charges if one.cost_center_id == center and one.sku in AI_CREDITS]
    assert paid == sum(one.net for one in own) < sum(one.gross for one in own)
    assert paid > 0
    budgets = raw(billing_of(sandbox).get_all_budgets(ENTERPRISE, scope="cost_center", per_page=100))["budgets"]
    assert budgets and not any("consumed_amount" in one for one in budgets)
