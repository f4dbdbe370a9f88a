"""The stream `budgets`: every page, both spellings of what a budget applies to."""

from datetime import date
from typing import Any

import pytest

from integration_tests.support.connector import Row, Sync, exact, sync
from sandbox import BillShape, Fault
from sandbox.budget_routes import thresholds_of
from sandbox.budgets import Budget, budgets_of
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 10, 1))
STREAM = "budgets"


def read(sandbox: Sandbox, **config: Any) -> Sync:
    return sync(sandbox.enterprise_config(**config), [STREAM], clock=VirtualClock(sandbox.bill.today))


def pages_asked(sandbox: Sandbox) -> list[str]:
    return [request.query["page"] for request in sandbox.requests if request.path.endswith("/budgets")]


def assert_is(row: Row, budget: Budget, day: date) -> None:
    assert (row["date"], row["budget_id"], row["budget_type"]) == (day.isoformat(), budget.id, budget.type)
    assert (row["budget_scope"], row.get("entity_name"), row.get("login")) == (budget.scope, budget.entity, budget.user)
    assert (row["product_skus"], row["budget_amount"]) == ([budget.sku], budget.amount)
    assert row["prevent_further_usage"] is budget.stops
    assert row["alerting"] == {"will_alert": bool(budget.recipients), "alert_recipients": list(budget.recipients)}
    assert row.get("expires_at") == (budget.expires_at.isoformat() if budget.expires_at else None)
    if budget.consumed is None:
        assert row.get("consumed_amount") is None
    else:
        assert abs(exact(row["consumed_amount"]) - budget.consumed) < 1e-9


@pytest.mark.parametrize("as_in_examples", [False, True])
def test_an_enterprises_budgets_are_all_read(as_in_examples: bool) -> None:
    with Sandbox(SHAPE, today=TODAY, budgets_as_in_examples=as_in_examples, page_size_max=10) as sandbox:
        result = read(sandbox)
        assert not result.errors
        budgets = {budget.id: budget for budget in budgets_of(sandbox.bill)}
        rows = {row["budget_id"]: row for row in result.rows[STREAM]}
        assert rows.keys() == budgets.keys() and len(result.rows[STREAM]) == len(budgets) > 20
        for key, row in rows.items():
            assert_is(row, budgets[key], TODAY)
        assert pages_asked(sandbox) == [str(page) for page in range(1, -(-len(budgets) // 10) + 1)]
        assert len({row["id"] for row in result.rows[STREAM]}) == len(budgets)
        thresholds = {key: row["budget_thresholds"] for key, row in rows.items() if "budget_thresholds" in row}
        assert bool(thresholds) is as_in_examples
        assert thresholds == {key: thresholds_of(budgets[key]) for key in thresholds}


def test_an_organizations_budgets_come_ten_a_page_and_unfiltered() -> None:
    with Sandbox(BillShape(users_per_organization=14)) as sandbox:
        result = sync(sandbox.app_config(), [STREAM], clock=VirtualClock())
        assert not result.errors
        for organization in sandbox.bill.organizations:
            rows = [row for row in result.rows[STREAM] if row["organization_name"] == organization]
            assert {row["budget_id"] for row in rows} == {one.id for one in budgets_of(sandbox.bill, organization)}
            assert len(rows) > 10
        assert not [request for request in sandbox.requests if "scope" in request.query]


def budget(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"b-{number}", "budget_scope": "enterprise", "budget_amount": 5, **fields}


def answered(*pages: dict[str, Any]) -> Sync:
    """What the connector makes of these pages; the last one is answered to every further question, too."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        for number, page in enumerate(pages[:-1], start=1):
            sandbox.inject(Fault("json", path=f"budgets.*[?&]page={number}(&|$)", times=None, json=page))
        sandbox.inject(Fault("json", path="budgets", times=None, json=pages[-1]))
        return read(sandbox)


def ids(result: Sync) -> list[str]:
    return [row["budget_id"] for row in result.rows[STREAM]]


def test_pages_that_do_not_say_whether_more_follow_are_read_until_one_has_nothing_new() -> None:
    result = answered({"budgets": [budget(1)]}, {"budgets": [budget(2), budget(1)]}, {"budgets": []})
    assert not result.errors and ids(result) == ["b-1", "b-2"]


def test_pages_without_an_end_are_an_error() -> None:
    result = answered({"budgets": [budget(1)], "has_next_page": True})
    assert "says that more follow" in result.errors[0]


def test_alerting_is_kept_with_fields_that_are_not_known() -> None:
    alerting = {"will_alert": True, "threshold": 0.75, "steps": [{"at": 0.5}]}
    (row,) = answered({"budgets": [budget(1, budget_alerting=alerting)], "has_next_page": False}).rows[STREAM]
    assert row["alerting"] == alerting


@pytest.mark.parametrize(
    "fields, complaint",
    [
        ({"budget_amount": "5"}, "budget_amount"),
        ({"budget_product_skus": [1]}, "budget_product_skus"),
        ({"budget_scope": None}, "budget_scope"),
    ],
)
def test_an_unreadable_field_is_an_error_that_names_it(fields: dict[str, Any], complaint: str) -> None:
    result = answered({"budgets": [budget(1, **fields)], "has_next_page": False})
    assert complaint in result.errors[0] and ids(result) == []


@pytest.mark.parametrize(("key", "value"), [("expires_at", "soon"), ("prevent_further_usage", "no")])
def test_an_odd_field_costs_itself_alone_and_is_kept(key: str, value: str) -> None:
    (row,) = answered({"budgets": [budget(1, **{key: value})], "has_next_page": False}).rows[STREAM]
    assert row["budget_id"] == "b-1" and row["budget_amount"] == 5
    assert row.get(key) is None and row["other_fields"] == {key: value}


def test_a_refused_list_fails_this_stream_alone() -> None:
    with Sandbox(SHAPE, today=TODAY, refused={"budgets": 403}) as sandbox:
        result = sync(sandbox.enterprise_config(), ["usage", STREAM], clock=VirtualClock(TODAY))
        assert result.statuses == {"usage": "COMPLETE", STREAM: "INCOMPLETE"}
        assert any("manage_billing:enterprise" in error for error in result.errors)


@pytest.mark.parametrize(("count", "is_short"), [(3, True), (2, False), (None, False), ("3", False)])
def test_a_list_that_is_not_as_long_as_github_says_is_read_again_and_then_warned_of(count: Any, is_short: bool) -> None:
    page = {"budgets": [budget(1), budget(2)], "has_next_page": False, "total_count": count}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="budgets", times=None, json=page))
        result = read(sandbox)
        assert not result.errors and ids(result) == ["b-1", "b-2"]
        assert len(pages_asked(sandbox)) == 1 + is_short
        warned = [text for text in result.logs if "budgets" in text and " 3 " in text and " 2" in text]
        assert len(warned) == is_short
