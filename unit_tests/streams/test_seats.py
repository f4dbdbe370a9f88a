from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.seats import Grant, Team
from source_github_copilot_billing.streams.seats import seat_row
from source_github_copilot_billing.sync.stream import Row
from testing.accounts import enterprise, organization

DAY = date(2026, 11, 22)
GRANT = Grant(
    login="User-1",
    user_id=7,
    organization_id=1001,
    organization_name="acme-web",
    team=Team(42, "frontend", "Front end", "organization"),
    plan_type="business",
    created_at="2026-08-13T17:45:16Z",
    updated_at=None,
    last_activity_at="2026-11-21T04:00:00Z",
    last_activity_editor="vscode/1.132.1/copilot-chat/0.60.0",
    last_authenticated_at=None,
    pending_cancellation_date="2026-12-01",
)


def row(account: Account | None = None, **changes: Any) -> Row:
    return seat_row(account or enterprise(), DAY, replace(GRANT, **changes))


def test_a_grant_is_a_row_of_the_day_of_the_read() -> None:
    assert row() == {
        "id": row()["id"],
        "account_key": "enterprise:acme",
        "account_type": "enterprise",
        "enterprise_slug": "acme",
        "organization_id": None,
        "organization_name": "acme-web",
        "date": "2026-11-22",
        "login": "User-1",
        "user_id": 7,
        "plan_type": "business",
        "assigning_team_id": 42,
        "assigning_team_slug": "frontend",
        "assigning_team_name": "Front end",
        "assigning_team_type": "organization",
        "granted_by_organization": "acme-web",
        "granted_by_organization_id": 1001,
        "created_at": "2026-08-13T17:45:16Z",
        "updated_at": None,
        "last_activity_at": "2026-11-21T04:00:00Z",
        "last_activity_editor": "vscode/1.132.1/copilot-chat/0.60.0",
        "last_authenticated_at": None,
        "pending_cancellation_date": "2026-12-01",
        "other_fields": None,
    }


def test_the_list_of_an_organization_is_of_that_organization() -> None:
    of = row(organization("acme-web", 1001), organization_id=None, organization_name=None)
    assert (of["organization_id"], of["organization_name"]) == (1001, "acme-web")
    assert (of["granted_by_organization"], of["granted_by_organization_id"]) == ("acme-web", 1001)


def test_a_seat_by_a_team_of_the_enterprise_is_of_no_organization() -> None:
    of = row(organization_id=None, organization_name=None)
    assert (of["organization_name"], of["granted_by_organization"]) == (None, None)


def test_names_that_change_change_no_id() -> None:
    renamed: dict[str, Any] = {
        "login": "new",
        "organization_name": "new",
        "team": Team(42, "new", "New"),
        "created_at": None,
    }
    assert row(**renamed)["id"] == row()["id"]
    assert row(user_id=None, login="USER-1")["id"] == row(user_id=None, login="user-1")["id"]


@pytest.mark.parametrize(
    "change", [{"user_id": 8}, {"organization_id": 1002}, {"organization_id": None}, {"team": None}, {"login": None}]
)
def test_each_user_organization_and_team_has_an_id_of_its_own(change: dict[str, Any]) -> None:
    if "login" in change:
        change = {"login": None, "user_id": None}
    assert row(**change)["id"] != row()["id"]


def test_seats_without_a_user_are_told_apart_by_their_creation() -> None:
    nobody: dict[str, Any] = {"login": None, "user_id": None}
    assert row(**nobody)["id"] == row(**nobody, created_at="2026-08-13T17:45:16Z")["id"]
    assert row(**nobody)["id"] != row(**nobody, created_at="2026-08-13T17:45:17Z")["id"]


def test_seats_without_a_user_that_are_alike_have_ids_of_their_own() -> None:
    nobody = replace(GRANT, login=None, user_id=None)
    ids = [seat_row(enterprise(), DAY, nobody, number)["id"] for number in (1, 2, 3)]
    assert len(set(ids)) == 3
    assert ids[0] == seat_row(enterprise(), DAY, nobody)["id"]
