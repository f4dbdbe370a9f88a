"""The stream `budget_users`: what each user has spent of the budgets that all have alike, against the bill."""

from datetime import date
from typing import Any

import pytest

from integration_tests.support.connector import Row, Sync, exact, merged, sync
from sandbox import BillShape, Fault
from sandbox.budgets import UserState, budgets_of, user_states
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 11, 1))
STREAM = "budget_users"
CONNECTIONS = ("enterprise_config", "enterprise_app_config")


def read(sandbox: Sandbox, connection: str = CONNECTIONS[0], state: Sync | None = None, *streams: str) -> Sync:
    config = getattr(sandbox, connection)()
    return sync(config, streams or (STREAM,), state.state if state else None, VirtualClock(sandbox.bill.today))


def asked(sandbox: Sandbox, path: str) -> list[str]:
    return [request.path for request in sandbox.requests if request.path.endswith(path)]


def is_gone(sandbox: Sandbox, login: str) -> bool:
    member = sandbox.bill.member(login)
    return member is None or member.left_on is not None


def assert_are(rows: list[Row], sandbox: Sandbox) -> None:
    """Each user of GitHub's truth in one row, those whose account is gone without a name."""

    def described(state: UserState) -> tuple[Any, ...]:
        login = "" if is_gone(sandbox, state.login) else state.login
        override = state.override.id if state.override else None
        return login, state.budget.id, state.budget.scope, state.target, override, round(state.consumed, 6)

    ours = [
        (
            row.get("login", ""), row["budget_id"], row["budget_scope"], row["target_amount"],
            row.get("override_budget_id"), round(exact(row["consumed_amount"]), 6),
        )
        for row in rows
    ]  # fmt: skip
    assert sorted(ours, key=str) == sorted(map(described, user_states(sandbox.bill)), key=str)
    assert {row["date"] for row in rows} == {sandbox.bill.today.isoformat()}


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_whoever_spent_anything_is_a_row_in_the_first_sync_and_after_changes(connection: str) -> None:
    with Sandbox(SHAPE, today=TODAY, page_size_max=5, enterprise_installation=True) as sandbox:
        first = read(sandbox, connection)
        assert not first.errors
        assert_are(list(first.rows[STREAM]), sandbox)
        assert {"login" in row for row in first.rows[STREAM]} == {True, False}
        # 5 a page: the budgets, the users of all, and those of the cost center.
        states = [state.budget.scope for state in user_states(sandbox.bill)]
        pages = [-(-states.count(scope) // 5) for scope in set(states)]
        assert len(asked(sandbox, "/user-states")) == sum(pages) > 2
        assert len(asked(sandbox, "/budgets")) == -(-len(budgets_of(sandbox.bill)) // 5)
        sandbox.bill.change_recent_amounts()
        second = read(sandbox, connection, first)
        assert not second.errors
        kept = merged(first.rows[STREAM], second.rows[STREAM])
        assert kept == merged(second.rows[STREAM])
        assert_are(list(kept.values()), sandbox)
        assert first.rows[STREAM] != second.rows[STREAM]


def test_the_next_day_is_a_snapshot_of_its_own_and_a_new_month_begins_at_zero() -> None:
    with Sandbox(SHAPE, today=date(2026, 11, 30)) as sandbox:
        first = read(sandbox)
    with Sandbox(SHAPE, today=date(2026, 12, 1)) as sandbox:
        second = read(sandbox, state=first)
        assert_are(list(second.rows[STREAM]), sandbox)
    assert not {row["id"] for row in first.rows[STREAM]} & {row["id"] for row in second.rows[STREAM]}
    assert max(row["consumed_amount"] for row in second.rows[STREAM]) < 30


def test_the_list_of_budgets_is_fetched_once_for_both_streams() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox, CONNECTIONS[0], None, "budgets", STREAM)
        assert not result.errors and len(asked(sandbox, "/budgets")) == 1
        ids = {row["budget_id"] for row in result.rows["budgets"]}
        assert {row["budget_id"] for row in result.rows[STREAM]} <= ids
        assert {row["override_budget_id"] for row in result.rows[STREAM] if "override_budget_id" in row} <= ids


def test_organizations_have_no_such_stream_and_no_request() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox, "app_config")
        assert not result.errors and not result.rows[STREAM]
        assert not [request for request in sandbox.requests if "budgets" in request.path]


def budget(sandbox: Sandbox, scope: str) -> str:
    return next(budget.id for budget in budgets_of(sandbox.bill) if budget.scope == scope)


@pytest.mark.parametrize("status", [400, 404])
def test_a_cost_centers_budget_without_users_is_a_warning_and_the_others_are_read(status: int) -> None:
    """GitHub documents the users of the budget for all alone."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        path = f"{budget(sandbox, 'multi_user_cost_center')}/user-states"
        sandbox.inject(Fault("json", path=path, times=None, status=status, json={"message": "No"}))
        result = read(sandbox)
        assert not result.errors
        assert {row["budget_scope"] for row in result.rows[STREAM]} == {"multi_user_customer"}
        assert len([log for log in result.logs if "users is read without them" in log and str(status) in log]) == 1


@pytest.mark.parametrize(("status", "sentence"), [(404, "manage_billing:enterprise"), (500, "500")])
def test_users_of_the_budget_for_all_that_are_refused_fail_this_stream_alone(status: int, sentence: str) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        path = f"{budget(sandbox, 'multi_user_customer')}/user-states"
        sandbox.inject(Fault("json", path=path, times=None, status=status, json={"message": "No"}))
        result = read(sandbox, CONNECTIONS[0], None, "budgets", STREAM)
        assert result.statuses == {"budgets": "COMPLETE", STREAM: "INCOMPLETE"}
        assert sentence in result.errors[0] and not result.rows[STREAM]


def answered(*pages: dict[str, Any]) -> Sync:
    """What the connector makes of these pages of the budget for all; to further questions the last one is answered."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        path = f"{budget(sandbox, 'multi_user_customer')}/user-states"
        for number, page in enumerate(pages[:-1], start=1):
            sandbox.inject(Fault("json", path=f"{path}.*[?&]page={number}(&|$)", times=None, json=page))
        sandbox.inject(Fault("json", path=path, times=None, json=pages[-1]))
        return read(sandbox)


def rows_of(result: Sync) -> list[Row]:
    return [row for row in result.rows[STREAM] if row["budget_scope"] == "multi_user_customer"]


def state(amount: float, **fields: Any) -> dict[str, Any]:
    return {"consumed_amount": amount, "target_amount": 250, **fields}


def test_users_who_are_gone_are_rows_also_where_they_are_alike() -> None:
    states = [state(3), state(3), state(2.5, user="A"), state(1, user=None)]
    result = answered({"user_states": states, "has_next_page": False, "total_count": 4})
    assert not result.errors
    assert sorted((row.get("login", ""), row["consumed_amount"]) for row in rows_of(result)) == [
        ("", 1), ("", 3), ("", 3), ("A", 2.5),
    ]  # fmt: skip
    assert len({row["id"] for row in rows_of(result)}) == 4


def test_users_who_are_gone_and_alike_on_two_pages_are_as_many_rows_as_github_counts() -> None:
    first = {"user_states": [state(3), state(2, user="a")], "has_next_page": True, "total_count": 4}
    second = {"user_states": [state(3)], "has_next_page": True, "total_count": 4}
    third = {"user_states": [state(3), state(1)], "has_next_page": False, "total_count": 4}
    result = answered(first, second, third)
    assert sorted(row["consumed_amount"] for row in rows_of(result)) == [1, 2, 3, 3]
    # The list was read once more, and its length is right then.
    assert len({row["id"] for row in rows_of(result)}) == 4 and not [
        log for log in result.logs if "its list has" in log
    ]
    assert {row["id"] for row in rows_of(answered(first, second, third))} == {row["id"] for row in rows_of(result)}


def test_a_user_on_two_pages_is_one_row_and_a_count_that_differs_is_said() -> None:
    first = {"user_states": [state(3, user="a"), state(2, user="b")], "has_next_page": True, "total_count": 4}
    second = {"user_states": [state(2, user="B"), state(1, user="c")], "has_next_page": False, "total_count": 4}
    result = answered(first, second)
    assert sorted(row["login"] for row in rows_of(result)) == ["a", "b", "c"]
    assert any("there are 4 users of budget" in log and "its list has 3" in log for log in result.logs)


def test_pages_without_an_end_are_an_error() -> None:
    result = answered({"user_states": [state(3)], "has_next_page": True, "total_count": 9})
    assert "says that more follow" in result.errors[0] and not result.rows[STREAM]


@pytest.mark.parametrize("field", ["consumed_amount", "target_amount"])
def test_an_amount_that_is_missing_is_an_error_that_names_it(field: str) -> None:
    result = answered({"user_states": [{**state(3, user="a"), field: None}], "has_next_page": False})
    assert field in result.errors[0] and not result.rows[STREAM]


def test_a_field_that_nobody_knows_and_an_odd_one_are_kept() -> None:
    odd = {"override_budget_id": 7, "warned": True}
    (row,) = rows_of(answered({"user_states": [state(3, user="a", **odd)], "has_next_page": False}))
    assert (row["consumed_amount"], row["other_fields"]) == (3, odd)
