"""AI credits user by user with Copilot's metrics as a hint: what it saves, and that nobody is missed by it."""

from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.support.ai_credits import BY_USER, TODAY, answered, assert_credits, read, seat_holders
from integration_tests.support.connector import Sync, merged
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox

SINCE = date(2026, 11, 5)
WITH_REPORT = TODAY - timedelta(days=2)  # the newest two days have none
BY = ("day", "user", "model")


def shape(**changes: Any) -> BillShape:
    fields: dict[str, Any] = {
        "organizations": ("acme-platform",), "users_per_organization": 20, "idle_users_per_organization": 6,
        "users_who_left": 0, "shared_users": 0, "renamed_users": 0, "share_without_user": 0.0,
    }  # fmt: skip
    return BillShape(**{**fields, **changes})


def read_days(sandbox: Sandbox, state: Sync | None = None) -> Sync:
    return read(sandbox.enterprise_config(credentials=BY_USER, start_date=SINCE.isoformat()), state, TODAY)


def asked_of_users(sandbox: Sandbox, last: date) -> list[tuple[str, date]]:
    """Login and day of the questions about a user's day, up to a day."""
    asked = [
        (request.query["user"].lower(), date(*(int(request.query[part]) for part in ("year", "month", "day"))))
        for request in sandbox.requests
        if request.path.endswith("/ai_credit/usage") and "user" in request.query and "day" in request.query
    ]
    return [question for question in asked if question[1] <= last]


def used(sandbox: Sandbox, last: date) -> set[tuple[str, date]]:
    return {
        (charge.user.lower(), charge.day)
        for charge in sandbox.bill.charges
        if charge.user and charge.sku == "copilot_ai_credit" and SINCE <= charge.day <= last
    }


def assert_all_attributed(sandbox: Sandbox, result: Sync) -> None:
    """Every user of every day has what was billed for him, and the days add up."""
    rows = list(merged(result.rows["ai_credit_usage"]).values())
    assert_credits(rows, sandbox.bill.ai_credit_sums(by=("day", "model")), ("day", "model"), SINCE.isoformat())
    by_user = {key: value for key, value in sandbox.bill.ai_credit_sums(by=BY).items() if key[1] is not None}
    assert_credits([row for row in rows if row["attribution"] == "user"], by_user, BY, SINCE.isoformat())


def test_only_users_with_usage_are_asked_for_the_days_that_have_a_report() -> None:
    with Sandbox(shape(), today=TODAY) as sandbox:
        result = read_days(sandbox)
        assert not result.errors
        assert_all_attributed(sandbox, result)
        asked, theirs = asked_of_users(sandbox, WITH_REPORT), used(sandbox, WITH_REPORT)
        # One more proves, once a sync, that GitHub heeds the filter by user.
        assert theirs <= set(asked) and len(asked) <= len(theirs) + 1


def test_a_second_sync_asks_users_with_usage_alone_too() -> None:
    with Sandbox(shape(), today=TODAY) as sandbox:
        first = read_days(sandbox)
        sandbox.bill.change_recent_amounts()
        sandbox.clear_requests()
        second = read_days(sandbox, first)
        rows = merged(first.rows["ai_credit_usage"], second.rows["ai_credit_usage"]).values()
        truth = sandbox.bill.ai_credit_sums(by=("day", "model"))
        assert_credits(rows, truth, ("day", "model"), SINCE.isoformat())
        theirs = {question for question in used(sandbox, WITH_REPORT) if question[1] >= date(2026, 11, 14)}
        assert len(asked_of_users(sandbox, WITH_REPORT)) <= len(theirs) + 1


def test_a_user_whom_the_hint_misses_is_attributed_all_the_same() -> None:
    with Sandbox(shape(), today=TODAY) as sandbox:
        missed = sorted({login for login, _ in used(sandbox, WITH_REPORT)})[:3]
        by_login = {member.login.lower(): member.login for member in sandbox.bill.members}
        sandbox.settings.metrics_hidden_users = tuple(by_login[login] for login in missed)
        result = read_days(sandbox)
        assert not result.errors
        assert_all_attributed(sandbox, result)
        assert set(missed) <= {row["login"].lower() for row in result.rows["ai_credit_usage"] if row.get("login")}


def test_usage_without_a_user_takes_nobody_else_s_credits() -> None:
    with Sandbox(shape(share_without_user=0.1), today=TODAY) as sandbox:
        result = read_days(sandbox)
        assert not result.errors
        assert_all_attributed(sandbox, result)
        rest = [row for row in result.rows["ai_credit_usage"] if row["attribution"] == "unattributed"]
        assert sum(row["gross_amount"] for row in rest) > 0


def test_a_user_without_a_seat_whom_the_metrics_name_is_asked() -> None:
    with Sandbox(shape(), today=TODAY) as sandbox:
        gone = sorted({login for login, _ in used(sandbox, WITH_REPORT)})[0]
        sandbox.bill.grants = tuple(grant for grant in sandbox.bill.grants if (grant.login or "").lower() != gone)
        assert gone not in seat_holders(sandbox)
        result = read_days(sandbox)
        assert not result.errors
        rows = [row for row in result.rows["ai_credit_usage"] if (row.get("login") or "").lower() == gone]
        days = {day.isoformat() for login, day in used(sandbox, WITH_REPORT) if login == gone}
        assert days <= {row["date"] for row in rows}


@pytest.mark.parametrize("holds_seat", [False, True])
def test_a_login_that_billing_answers_for_under_another_one_is_an_error_for_holders_of_seats_alone(
    holds_seat: bool,
) -> None:
    """Metrics of old days name users by former logins; who has the new one is asked as a holder of a seat."""
    with Sandbox(shape(), today=TODAY) as sandbox:
        former, day = sorted(used(sandbox, WITH_REPORT))[0]
        if not holds_seat:
            sandbox.bill.grants = tuple(one for one in sandbox.bill.grants if (one.login or "").lower() != former)
        answer = answered(day.month, day.day)
        answer["user"] = "somebody-else"
        question = {"user": former, "day": str(day.day)}
        sandbox.inject(Fault("json", path="ai_credit/usage", query=question, times=None, json=answer))
        result = read_days(sandbox)
        rows = [row for row in result.rows["ai_credit_usage"] if row["date"] == day.isoformat()]
        assert {request.query.get("user") for request in sandbox.requests} >= {former}
        if holds_seat:
            assert "is about another user than the one who was asked for" in result.errors[0] and not rows
            return
        assert not result.errors and former not in {str(row.get("login")).lower() for row in rows}
        truth = {key: value for key, value in sandbox.bill.ai_credit_sums(by=("day", "model")).items() if key[0] == day}
        assert_credits(rows, truth, ("day", "model"), SINCE.isoformat())
        theirs = sandbox.bill.ai_credit_sums(by=("day", "user"))[day, former]
        rest = sum(row["gross_amount"] for row in rows if row["attribution"] == "unattributed")
        assert rest == pytest.approx(float(theirs.gross), abs=1e-6)


def without_reports(sandbox: Sandbox) -> list[str]:
    """The rows' ids that a sync without any hint gives."""
    sandbox.inject(Fault("forbidden", path="copilot/metrics", times=None))
    result = read_days(sandbox)
    sandbox.clear_faults()
    sandbox.clear_requests()
    assert not result.errors
    return sorted(row["id"] for row in result.rows["ai_credit_usage"])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("forbidden", path="copilot/metrics", times=None),
        Fault("not_found", path="copilot/metrics", times=None),
    ],
    ids=["403", "404"],
)
def test_without_the_permission_it_works_and_says_once_what_it_would_save(fault: Fault) -> None:
    with Sandbox(shape(), today=TODAY) as sandbox:
        expected = without_reports(sandbox)
        sandbox.inject(fault)
        result = read_days(sandbox)
        assert not result.errors
        assert sorted(row["id"] for row in result.rows["ai_credit_usage"]) == expected
        told = [
            entry.log for entry in result.output.logs if entry.log and "without Copilot's metrics" in entry.log.message
        ]
        assert [log.level.value for log in told] == ["INFO"]
        assert "one request for each user and day with usage" in told[0].message
        assert len([request for request in sandbox.requests if "/metrics/" in request.path]) <= 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", path="users-1-day", times=None, status=502),
        Fault("json", path="users-1-day", times=None, json={"download_links": "x"}),
        Fault("json", path="users-1-day", times=None, json={"download_links": []}),
    ],
    ids=["502", "no links", "no report"],
)
def test_a_report_that_cannot_be_had_costs_the_hint_alone(fault: Fault) -> None:
    with Sandbox(shape(users_per_organization=6, idle_users_per_organization=1), today=TODAY) as sandbox:
        expected = without_reports(sandbox)
        sandbox.inject(fault)
        result = read_days(sandbox)
        assert not result.errors
        assert sorted(row["id"] for row in result.rows["ai_credit_usage"]) == expected
        assert_all_attributed(sandbox, result)
