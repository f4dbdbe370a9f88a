"""The stream `user_metrics`: who used Copilot on which day, by the sandbox's truth, in every layout of the report."""

from typing import Any

import pytest

from integration_tests.support.connector import RECEIPTS, Row
from integration_tests.support.metrics import (
    accounts,
    asked,
    days_ago,
    days_with_report,
    downloads,
    read,
    read_to,
    rows_of,
    small_sandbox,
)
from testing.sandbox import Sandbox

STREAM = "user_metrics"
ACCEPTANCES = "code_acceptance_activity_count"
every_connection = pytest.mark.parametrize("by_app", [False, True], ids=["enterprise", "app"])


def by_login(rows: list[Row]) -> dict[str, Row]:
    found = {row["login"].lower(): row for row in rows}
    assert len(found) == len(rows)
    return found


def assert_true(sandbox: Sandbox, rows: Any, name: str | None) -> None:
    """Users, credits and acceptances of each day."""
    for day in days_with_report(sandbox):
        users = by_login(rows_of(rows, name, day))
        assert set(users) == sandbox.metrics.active_users(day, name)
        credits = {login: float(used) for login, used in sandbox.metrics.credits_used(day, name).items()}
        assert {login: row["ai_credits_used"] for login, row in users.items() if row.get("ai_credits_used")} == credits
        assert sum(row.get(ACCEPTANCES) or 0 for row in users.values()) == sandbox.metrics.acceptances(day, name)


@every_connection
def test_users_credits_and_acceptances_are_the_sandboxs_on_every_day(by_app: bool) -> None:
    with small_sandbox() as sandbox:
        result = read(sandbox, [STREAM], by_app=by_app)
        assert not result.errors
        for name in accounts(by_app):
            assert_true(sandbox, result.rows[STREAM], name)
            account = ("enterprise", "acme") if name is None else ("organization", name)
            assert read_to(result, STREAM, account) == days_ago(sandbox, 2)


def test_what_github_does_not_give_is_null_and_never_0() -> None:
    with small_sandbox() as sandbox:
        rows = read(sandbox, [STREAM]).rows[STREAM]
        for name in (ACCEPTANCES, "totals_by_ide", "used_copilot_cloud_agent", "ai_adoption_phase", "cli_version"):
            assert {name in row for row in rows} == {True, False}
        assert any(row["user_initiated_interaction_count"] == 0 and row.get("ai_credits_used") for row in rows)
        assert {row.get("used_copilot_code_review_active") for row in rows} == {True, False, None}
        assert not any("other_fields" in row or "etl_id" in row for row in rows)


@pytest.mark.parametrize(
    "settings",
    [
        {"metrics_shards": 4, "metrics_repeat_a_line": True},
        {"metrics_repeat_a_line": True},
        {"metrics_layout": "array", "metrics_shards": 2},
        {"metrics_gzip": "file", "metrics_shards": 2},
        {"metrics_gzip": "encoding"},
    ],
    ids=["shards and a line twice", "a line twice", "array", "compressed files", "compressed answers"],
)
def test_every_layout_of_the_report_gives_each_user_once(settings: dict[str, Any]) -> None:
    with small_sandbox(**settings) as sandbox:
        result = read(sandbox, [STREAM])
        assert not result.errors
        assert_true(sandbox, result.rows[STREAM], None)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_day_costs_one_request_and_its_links(shards: int) -> None:
    with small_sandbox(metrics_shards=shards) as sandbox:
        read(sandbox, [STREAM])
        days = len(days_with_report(sandbox))
        assert len(asked(sandbox, "users-1-day")) == days + 1  # yesterday has no report yet
        assert downloads(sandbox) == days * shards


def test_a_user_who_is_withdrawn_from_a_day_is_older_than_the_days_receipt() -> None:
    with small_sandbox() as sandbox:
        first = read(sandbox, [STREAM])
        day = days_ago(sandbox, 3)
        withdrawn = sorted(sandbox.metrics.active_users(day))[0]
        sandbox.settings.metrics_hidden_users = (withdrawn,)
        second = read(sandbox, [STREAM, RECEIPTS], first.state)
        (old,) = [row for row in rows_of(first.rows[STREAM], None, day) if row["login"].lower() == withdrawn]
        newer = rows_of(second.rows[STREAM], None, day)
        assert newer
        assert old["id"] not in {row["id"] for row in newer}
        (receipt,) = [row for row in second.rows[RECEIPTS] if row["first_day"] <= str(day) <= row["last_day"]]
        assert receipt["read_at"] == newer[0]["read_at"] > old["read_at"]
        days = [row for row in second.rows[STREAM] if receipt["first_day"] <= row["date"] <= receipt["last_day"]]
        assert receipt["row_count"] == len(days)


@pytest.mark.parametrize(
    "content", [b'{"user_id": 1}\n{"user_id"', b"<html>", b'{"user_id": "one"}', b'{"user_id": 1, "day": "2020-01-01"}']
)
def test_a_report_that_cannot_be_read_is_an_error_that_quotes_nothing_of_it(content: bytes) -> None:
    with small_sandbox() as sandbox:
        sandbox.serve_metrics(lambda kind, account, day: [content] if day == days_ago(sandbox, 4) else [])
        result = read(sandbox, [STREAM])
        error = result.errors[0]
        day = days_ago(sandbox, 4)
        assert error.startswith(f"unexpected_answer: Enterprise acme: the metrics of the users of {day} cannot be read")
        assert "html" not in error and "2020" not in error
        assert result.failure_type == "system_error"
        assert (read_to(result, STREAM) or sandbox.bill.first_day) < day


def test_a_report_of_nobody_has_no_rows_and_is_read() -> None:
    with small_sandbox() as sandbox:
        sandbox.serve_metrics(lambda kind, account, day: [])
        result = read(sandbox, [STREAM])
        assert not result.errors
        assert not result.rows[STREAM]
        assert read_to(result, STREAM) == days_ago(sandbox, 2)
