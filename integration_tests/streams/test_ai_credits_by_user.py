"""The stream `ai_credit_usage` user by user: sums, the remainder, the requests, and what GitHub leaves out."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from integration_tests.support.ai_credits import (
    BY_USER,
    TODAY,
    answered,
    assert_credits,
    read,
    request_bound,
    seat_holders,
)
from sandbox import BillShape, Fault
from testing.answers import credit_item
from testing.sandbox import Sandbox


@pytest.mark.parametrize("way", ["enterprise", "organizations"])
def test_user_requests_give_every_seat_holder_and_leave_the_rest_unattributed(way: str) -> None:
    with Sandbox(BillShape(), refused={"metrics": 403}) as sandbox:
        today = sandbox.bill.today
        since = (today - timedelta(days=20)).isoformat()
        if way == "enterprise":
            config = sandbox.enterprise_config(credentials=BY_USER, start_date=since)
        else:
            config = sandbox.app_config(start_date=since)
        result = read(config)
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        by = ("day", "model") if way == "enterprise" else ("day", "organization", "model")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, since)
        holders = seat_holders(sandbox)
        users = {row["login"].lower() for row in rows if row["attribution"] == "user"}
        assert users and users <= holders
        renamed = {member.login.lower() for member in sandbox.bill.members if member.renamed}
        theirs = {
            key: value
            for key, value in sandbox.bill.ai_credit_sums(by=("day", "user", "model")).items()
            if str(key[1]).lower() in holders - renamed
        }
        assert_credits([row for row in rows if row["attribution"] == "user"], theirs, ("day", "user", "model"), since)
        # One remainder row for every model of a day, also where nothing is left.
        remainders = Counter(
            (row["organization_name"] if way == "organizations" else "", row["date"], row["model"])
            for row in rows
            if row["attribution"] == "unattributed"
        )
        assert set(remainders.values()) == {1}
        assert len(remainders) == len(
            {
                (charge.organization if way == "organizations" else "", charge.day, charge.model)
                for charge in sandbox.bill.charges
                if charge.day.isoformat() >= since and charge.sku == "copilot_ai_credit"
            }
        )
        assert any(row["gross_amount"] == 0 for row in rows if row["attribution"] == "unattributed")


def test_a_seat_without_a_login_costs_no_credits() -> None:
    """Of somebody who was invited: the others' credits are read all the same."""
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        bill = sandbox.bill
        bill.grants = (replace(bill.grants[0], login=None), *bill.grants)
        since = (TODAY - timedelta(days=5)).isoformat()
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date=since), today=TODAY)
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        assert_credits(rows, bill.ai_credit_sums(("day",)), ("day",), since)
        assert len({row["login"] for row in rows if row["attribution"] == "user"}) > 3


def test_an_organization_that_an_enterprise_owns_gives_rows_of_the_account_and_one_warning() -> None:
    with Sandbox(BillShape(), enterprise_owned=("acme-data",)) as sandbox:
        since = (sandbox.bill.today - timedelta(days=15)).isoformat()
        result = read(sandbox.app_config(start_date=since))
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        by = ("day", "organization", "model")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, since)
        kinds = {(row["organization_name"], row["attribution"], row.get("login") is None) for row in rows}
        assert {kind for kind in kinds if kind[0] == "acme-data"} == {("acme-data", "account", True)}
        assert len([line for line in result.logs if "acme-data" in line and "connect the enterprise" in line]) == 1


@pytest.mark.parametrize("share_without_user", [0.0, 0.03])
def test_user_requests_stay_within_their_bound(share_without_user: float) -> None:
    """Sum over days of (1 + users with usage in the month) + users x months + pages."""
    shape = BillShape(
        organizations=("acme-platform",),
        users_per_organization=30,
        idle_users_per_organization=12,
        users_who_left=0,
        shared_users=0,
        renamed_users=0,
        share_without_user=share_without_user,
    )
    with Sandbox(shape, today=TODAY) as sandbox:
        config = sandbox.enterprise_config(credentials=BY_USER, start_date="2026-10-24")
        first = read(config, today=TODAY)
        assert len(sandbox.requests) <= request_bound(sandbox, date(2026, 10, 24))
        sandbox.clear_requests()
        read(config, first, TODAY)
        assert len(sandbox.requests) <= request_bound(sandbox, date(2026, 11, 14))


def test_a_404_that_passes_takes_no_month_from_its_user() -> None:
    shape = BillShape(first_day=date(2026, 9, 1), users_who_left=0, renamed_users=0)
    with Sandbox(shape, today=TODAY) as sandbox:
        # Without telemetry the months are asked before the days.
        sandbox.bill.grants = tuple(replace(grant, last_activity_at=None) for grant in sandbox.bill.grants)
        sandbox.inject(Fault("not_found", path=r"month=9&user=", times=1))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-09-01"), today=TODAY)
        assert not result.errors
        assert [request.status for request in sandbox.requests].count(404) == 1
        rows = [row for row in result.rows["ai_credit_usage"] if row["attribution"] == "user"]
        holders = seat_holders(sandbox)
        theirs = {
            key: value
            for key, value in sandbox.bill.ai_credit_sums(by=("day", "user", "model")).items()
            if str(key[1]).lower() in holders
        }
        assert_credits(rows, theirs, ("day", "user", "model"), "2026-09-01")
        assert not any("does not know the user" in line for line in result.logs)


def test_of_seat_holders_whom_github_does_not_know_only_the_first_is_warned_of() -> None:
    shape = BillShape(first_day=date(2026, 10, 20), renamed_users=3)
    with Sandbox(shape, today=TODAY) as sandbox:
        config = sandbox.enterprise_config(credentials=BY_USER, start_date="2026-10-20")
        result = read(config, today=TODAY)
        assert not result.errors
        (warning,) = [line for line in result.logs if "does not know the user" in line]
        assert "renamed-0" in warning and "unattributed" in warning and "debug level" in warning


@pytest.mark.parametrize(("field", "value"), [("user", "somebody-else"), ("timePeriod", {"year": 2026, "month": 10})])
def test_an_answer_about_something_else_is_refused(field: str, value: object) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        user = next(member.login for member in sandbox.bill.members if not member.idle and not member.renamed)
        echo = {"timePeriod": {"year": 2026, "month": 11, "day": 22}, "enterprise": "acme", "user": user}
        answer = {**echo, field: value, "usageItems": [credit_item()]}
        sandbox.inject(Fault("json", "GET", f"ai_credit/usage.*day=22.*user={user}", times=None, json=answer))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-22"), today=TODAY)
        assert user.lower() not in {str(row.get("login")).lower() for row in result.rows["ai_credit_usage"]}
        assert f"is about another {'user' if field == 'user' else 'time'} than" in result.errors[0]
        assert "cursor" not in result.state_of("ai_credit_usage")["enterprise", "acme"]


def test_a_seat_list_that_cannot_be_had_is_asked_for_once_with_its_retries() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.inject(Fault("status", path="copilot/billing/seats", times=None, status=502))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-01"), today=TODAY)
        assert result.failure_type == "transient_error"
        assert len([request for request in sandbox.requests if request.path.endswith("/seats")]) == 6
        assert result.rows["ai_credit_usage"] == []


def test_a_token_that_may_not_see_seats_is_told_what_it_lacks() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.inject(Fault("forbidden", path="copilot/billing/seats", times=None))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-01"), today=TODAY)
        assert result.failure_type == "config_error"
        assert result.errors[0].startswith("invalid_permissions: Enterprise acme: ")
        assert "the scope manage_billing:copilot" in result.errors[0]


def test_a_total_of_today_that_users_exceed_leaves_no_negative_rest() -> None:
    """Users are asked after the total, so that their parts can exceed it."""
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        model = next(charge.model for charge in sandbox.bill.charges if charge.day == TODAY and charge.model)
        total = answered(11, 22, 0.001)
        total["usageItems"][0]["model"] = model
        sandbox.inject(Fault("json", "GET", "ai_credit/usage.*day=22$", times=None, json=total))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-22"), today=TODAY)
        rest = [row for row in result.rows["ai_credit_usage"] if row["attribution"] == "unattributed"]
        assert rest and min(row["gross_quantity"] for row in rest) == 0
