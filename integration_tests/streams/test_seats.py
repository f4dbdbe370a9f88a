"""The stream of seats: every grant of the day, whoever grants it, and what it shares with the AI credits by user."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from integration_tests.support.connector import Row, Sync, merged, sync
from integration_tests.support.metrics import ORGANIZATIONS, asked, read, read_to, rows_of
from sandbox import BillShape
from sandbox.people import Grant, organization_id
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock


def stamp(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def grants(found: Iterable[Grant]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            grant.login or "",
            grant.organization or "",
            grant.team or "",
            grant.plan_type,
            stamp(grant.created_at) or "",
            stamp(grant.last_activity_at) or "",
            str(grant.pending_cancellation_date or ""),
        )
        for grant in found
    )


def rows(found: Iterable[Row]) -> list[tuple[Any, ...]]:
    names = (
        "login", "granted_by_organization", "assigning_team_slug", "plan_type", "created_at", "last_activity_at",
        "pending_cancellation_date",
    )  # fmt: skip
    return sorted(tuple(row.get(name) or "" for name in names) for row in found)


def rich_sandbox(**settings: Any) -> Sandbox:
    shape = BillShape(
        organizations=ORGANIZATIONS,
        shared_users=2,
        enterprise_plans=ORGANIZATIONS[:1],
        enterprise_team_seats=3,
        pending_cancellations=2,
        first_day=TODAY - timedelta(days=3),
    )
    return Sandbox(shape, **settings)


@pytest.mark.parametrize("page_size", [100, 7])
def test_an_enterprises_grants_are_rows_whatever_the_size_of_the_pages(page_size: int) -> None:
    with rich_sandbox(page_size_max=page_size) as sandbox:
        result = read(sandbox, ["seats"])
        assert not result.errors
        assert rows(result.rows["seats"]) == grants(sandbox.bill.seats())
        ids = {row["id"] for row in result.rows["seats"]}
        assert len(ids) == len(result.rows["seats"]) == len(sandbox.bill.seats())
        assert {
            (row.get("granted_by_organization"), row.get("granted_by_organization_id"), row.get("assigning_team_type"))
            for row in result.rows["seats"]
        } == {
            (grant.organization, None if grant.organization is None else organization_id(grant.organization), kind)
            for grant in sandbox.bill.seats()
            for kind in [None if grant.team is None else "organization" if grant.organization else "enterprise"]
        }
        assert len(asked(sandbox, "seats")) == -(-len(ids) // page_size)


def test_each_organization_of_an_app_has_its_grants_under_its_name() -> None:
    with rich_sandbox() as sandbox:
        result = read(sandbox, ["seats"], by_app=True)
        assert not result.errors
        for name in ORGANIZATIONS:
            own = rows_of(result.rows["seats"], name)
            assert rows(own) == grants(sandbox.bill.seats(name))
            assert {(row["organization_id"], row["granted_by_organization_id"]) for row in own} == {
                (organization_id(name), organization_id(name))
            }
            assert all(row.get("enterprise_slug") is None for row in own)


def test_seats_stand_under_the_day_of_the_read_and_a_second_read_replaces_it() -> None:
    with rich_sandbox() as sandbox:
        first = read(sandbox, ["seats"])
        today = sandbox.bill.today
        assert {row["date"] for row in first.rows["seats"]} == {str(today)}
        assert read_to(first, "seats") == today - timedelta(days=1)
        again = read(sandbox, ["seats"], first.state)
        assert merged(first.rows["seats"], again.rows["seats"]).keys() == merged(first.rows["seats"]).keys()
        tomorrow = read(sandbox, ["seats"], again.state, clock=VirtualClock(today + timedelta(days=1)))
        assert {row["date"] for row in tomorrow.rows["seats"]} == {str(today + timedelta(days=1))}
        assert len(merged(first.rows["seats"], tomorrow.rows["seats"])) == 2 * len(sandbox.bill.seats())
        assert read_to(tomorrow, "seats") == today


def read_with_credits(sandbox: Sandbox) -> Sync:
    config = sandbox.enterprise_config(
        {"ai_credit_method": "per_user_requests"}, start_date=str(sandbox.bill.today - timedelta(days=2))
    )
    return sync(config, ["usage", "seats", "ai_credit_usage"], clock=VirtualClock())


def test_the_list_is_fetched_once_for_seats_and_ai_credits_by_user() -> None:
    with rich_sandbox(page_size_max=10) as sandbox:
        result = read_with_credits(sandbox)
        assert not result.errors
        assert result.rows["seats"] and result.rows["ai_credit_usage"]
        assert len(asked(sandbox, "seats")) == -(-len(sandbox.bill.seats()) // 10)


def test_seats_that_may_not_be_read_fail_with_what_they_need_and_the_bill_is_whole() -> None:
    with rich_sandbox(refused={"seats": 403}) as sandbox:
        result = read_with_credits(sandbox)
        assert (result.statuses["usage"], result.statuses["seats"]) == ("COMPLETE", "INCOMPLETE")
        assert result.rows["usage"] and not result.rows["seats"]
        (sentence,) = {log for log in result.errors if "invalid_permissions" in log and "further" not in log}
        assert "Seats need a personal access token (classic)" in sentence
        assert "manage_billing:copilot" in sentence
        assert result.failure_type == "config_error"
        assert read_to(result, "seats") is None
