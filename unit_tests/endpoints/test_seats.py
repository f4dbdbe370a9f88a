import json
from datetime import date
from typing import Any

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.endpoints.seats import Grant, Team, fetch_grants, parse_grant, seat_holders
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github import client
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Item, Response
from testing.mocked_github import API, account

SEATS = f"{API}/enterprises/acme/copilot/billing/seats"


def parsed(**values: Any) -> Grant:
    return parse_grant(Item(values, Response(Request("/seats", "Enterprise acme"), {}, {})))


def held(login: str, last_activity_at: str | None = None, number: int = 1) -> dict[str, Any]:
    return {"assignee": {"login": login, "id": number}, "last_activity_at": last_activity_at}


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
    "values", [{"assignee": "user-1"}, {"organization": []}, {"assignee": {"login": "user-1", "id": "7"}}]
)
def test_a_grant_that_does_not_say_whose_it_is_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as caught:
        parsed(**values)
    assert caught.value.code is Code.UNEXPECTED_ANSWER


@pytest.mark.parametrize("assignee", [{"id": 7, "type": "Team"}, {"login": ""}, {}])
def test_a_seat_whose_assignee_has_no_login_is_a_seat_all_the_same(assignee: dict[str, Any]) -> None:
    grant = parsed(assignee=assignee)
    assert (grant.login, grant.user_id) == (None, assignee.get("id"))


TIMES = ("created_at", "updated_at", "last_activity_at", "last_authenticated_at")


def test_times_are_in_utc() -> None:
    moments = dict.fromkeys(TIMES, "2026-08-13T23:15:16+05:30")
    grant = parsed(**moments, pending_cancellation_date="2026-12-01T02:00:00+05:30")
    assert {getattr(grant, name) for name in TIMES} == {"2026-08-13T17:45:16Z"}
    assert grant.pending_cancellation_date == "2026-11-30"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "yesterday") for name in TIMES),
        ("last_activity_at", 1),
        ("plan_type", 3),
        ("pending_cancellation_date", "soon"),
        # Python 3.11 and later read these as days, Python 3.10 does not.
        ("pending_cancellation_date", "2026-W49-2"),
        ("pending_cancellation_date", "20261201"),
        ("pending_cancellation_date", "2026-12-01 soon"),
    ],
)
def test_a_value_that_cannot_be_read_costs_its_field_alone_and_is_kept(name: str, value: Any) -> None:
    grant = parsed(**{"assignee": {"login": "user-1"}, "plan_type": "business", name: value})
    assert getattr(grant, name) is None
    assert (grant.other_fields, grant.odd_fields) == ({name: value}, (name,))
    assert grant.login == "user-1"


@pytest.mark.parametrize(
    ("team", "kind"),
    [
        ({"id": 1, "type": "organization", "organization_id": 7}, "organization"),
        ({"id": 1, "type": "enterprise", "enterprise_id": 7}, "enterprise"),
        ({"id": 1, "group_id": None, "slug": "ent:all"}, "enterprise"),
        ({"id": 1, "organization_selection_type": "all"}, "enterprise"),
        ({"id": 1, "slug": "frontend"}, None),
        ({"id": 1, "type": 3}, None),
    ],
)
def test_a_team_of_the_enterprise_is_known_by_its_type_or_by_its_own_fields(team: Any, kind: str | None) -> None:
    found = parsed(assigning_team=team).team
    assert found is not None and found.type == kind


def test_a_field_that_nobody_knows_yet_is_kept_and_is_not_odd() -> None:
    grant = parsed(assignee={"login": "user-1"}, tier={"level": 2})
    assert (grant.other_fields, grant.odd_fields) == ({"tier": {"level": 2}}, ())


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


def test_the_list_is_read_to_its_last_link_and_once_where_it_has_as_many_users_as_github_says(
    requests_mock: Mocker,
) -> None:
    following = {"link": f'<{SEATS}?page=2>; rel="next"'}
    requests_mock.get(
        f"{SEATS}?per_page=100", json={"total_seats": 2, "seats": [held("a", number=1)]}, headers=following
    )
    seats = [held("A", number=1), held("b", number=2)]
    requests_mock.get(f"{SEATS}?page=2", json={"total_seats": 2, "seats": seats})
    assert [grant.login for grant in fetch_grants(account())] == ["a", "A", "b"]
    assert len(requests_mock.request_history) == 2


def test_a_list_that_moved_is_read_once_more(requests_mock: Mocker, caplog: pytest.LogCaptureFixture) -> None:
    short, whole = [held("a", number=1)], [held("a", number=1), {"assignee": None}]
    requests_mock.get(SEATS, [{"json": {"total_seats": 2, "seats": seats}} for seats in (short, whole)])
    assert len(fetch_grants(account())) == 2
    assert len(requests_mock.request_history) == 2
    assert caplog.messages == []


def test_a_list_that_stays_short_is_a_warning_with_both_numbers(
    requests_mock: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    requests_mock.get(SEATS, json={"total_seats": 229, "seats": [held("a", number=1)]})
    assert len(fetch_grants(account())) == 1
    assert len(requests_mock.request_history) == 2
    (warning,) = caplog.messages
    assert "229 Copilot seats, and its list has 1" in warning


def test_a_list_without_a_last_page_is_refused(requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_PAGES", 5)

    def page(request: Any, context: Any) -> Any:
        context.headers["link"] = f'<{SEATS}?page={len(requests_mock.request_history) + 1}>; rel="next"'
        assert len(requests_mock.request_history) < 9
        return {"total_seats": 1, "seats": [held("a", number=1)]}

    requests_mock.get(SEATS, json=page)
    with pytest.raises(ConnectorError, match="links to a page that was read before, or to no last one"):
        fetch_grants(account())
    assert len(requests_mock.request_history) == 6


def test_a_list_of_many_pages_is_bounded(requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch) -> None:
    seats = {"total_seats": 1, "seats": [held("a", number=1)]}
    size = len(json.dumps(seats))
    requests_mock.get(f"{SEATS}?per_page=100", json=seats, headers={"link": f'<{SEATS}?page=2>; rel="next"'})
    requests_mock.get(f"{SEATS}?page=2", json=seats)
    monkeypatch.setattr(client, "MAX_LIST_BYTES", 2 * size)
    assert len(fetch_grants(account())) == 2
    monkeypatch.setattr(client, "MAX_LIST_BYTES", 2 * size - 1)
    with pytest.raises(ConnectorError, match="is one of a list that has more than 0 MB"):
        fetch_grants(account())
