from datetime import date
from typing import Any

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.endpoints.seats import Grant, Team, fetch_grants, parse_grant, seat_holders
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Item, Response
from testing.mocked_github import API, account

SEATS = f"{API}/enterprises/acme/copilot/billing/seats"


def parsed(**values: Any) -> Grant:
    return parse_grant(Item(values, Response(Request("/seats", "Enterprise acme"), {}, {})))


def held(login: str, last_activity_at: str | None = None) -> dict[str, Any]:
    return {"assignee": {"login": login, "id": 1}, "last_activity_at": last_activity_at}


def test_a_grant_has_who_what_and_whence() -> None:
    grant = parsed(
        assignee={"login": "User-1", "id": 7},
        organization={"login": "acme-web", "id": 1001},
        assigning_team={"id": 42, "slug": "frontend", "name": "Front end"},
        plan_type="enterprise",
    )
    assert (grant.login, grant.user_id, grant.plan_type) == ("User-1", 7, "enterprise")
    assert (grant.organization_name, grant.organization_id) == ("acme-web", 1001)
    assert grant.team == Team(42, "frontend", "Front end")


@pytest.mark.parametrize("absent", [{}, {"assignee": None, "organization": None, "assigning_team": None}])
def test_what_a_grant_lacks_is_none(absent: dict[str, Any]) -> None:
    grant = parsed(created_at="2026-01-01T00:00:00Z", **absent)
    assert (grant.login, grant.user_id, grant.organization_name, grant.team) == (None, None, None, None)


@pytest.mark.parametrize(
    "values",
    [
        {"assignee": {"id": 7}},
        {"assignee": {"login": ""}},
        {"assignee": "user-1"},
        {"organization": []},
        {"assignee": {"login": "user-1", "id": "7"}},
        {"plan_type": 3},
        {"last_activity_at": 1},
    ],
)
def test_a_grant_of_another_form_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as caught:
        parsed(**values)
    assert caught.value.code is Code.UNEXPECTED_ANSWER


def test_a_holder_of_two_seats_in_two_spellings_is_one_and_the_latest_active_is_first() -> None:
    grants = [
        parsed(**held("idle")),
        parsed(**held("early", "2026-11-01T00:00:00Z")),
        parsed(**held("User-1", None)),
        parsed(**held("user-1", "2026-11-20T23:00:00-05:00")),
        parsed(assignee=None),
    ]
    holders = seat_holders(grants)
    assert [(holder.login, holder.last_active) for holder in holders] == [
        ("user-1", date(2026, 11, 21)),
        ("early", date(2026, 11, 1)),
        ("idle", None),
    ]


def test_a_hint_that_is_no_time_stamp_is_no_hint() -> None:
    (holder,) = seat_holders([parsed(**held("user-1", "yesterday"))])
    assert holder.last_active is None


def test_the_list_is_read_to_its_last_link_whatever_total_seats_says(requests_mock: Mocker) -> None:
    following = {"link": f'<{SEATS}?page=2>; rel="next"'}
    requests_mock.get(f"{SEATS}?per_page=100", json={"total_seats": 1, "seats": [held("a")]}, headers=following)
    requests_mock.get(f"{SEATS}?page=2", json={"total_seats": 1, "seats": [held("a"), held("b")]})
    assert [grant.login for grant in fetch_grants(account())] == ["a", "a", "b"]
    assert len(requests_mock.request_history) == 2
