"""The contract of the seats: driven by githubkit, whose models come from GitHub's OpenAPI."""

from __future__ import annotations

import re
from datetime import date

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    TODAY,
    as_installation,
    as_owner,
    raw,
    refused,
    undocumented,
)
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape


def test_seats_come_in_pages(sandbox: Sandbox) -> None:
    copilot = as_owner(sandbox).rest("ghec-2026-03-10").copilot
    whole = copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=100).parsed_data
    assert isinstance(whole.seats, list)
    logins = [seat.assignee.login if seat.assignee else None for seat in whole.seats]
    assert logins == [grant.login for grant in sandbox.bill.grants]
    assert logins.count(None) == 1
    assert (whole.total_seats, len(logins)) == (len(set(logins)), len(set(logins)) + 4)
    assert not {login for login in logins if login and login.startswith("left-")}

    paged, page, response = [], 1, copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=10)
    while True:
        assert undocumented(raw(response), response.parsed_data) == set()
        assert isinstance(response.parsed_data.seats, list)
        paged += [seat.assignee.login if seat.assignee else None for seat in response.parsed_data.seats]
        if 'rel="next"' not in response.raw_response.headers.get("link", ""):
            break
        page += 1
        following = f"{sandbox.url}/enterprises/{ENTERPRISE}/copilot/billing/seats?page={page}&per_page=10"
        assert response.raw_response.links["next"]["url"] == following
        response = copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=10, page=page)
    assert (paged, page) == (logins, -(-len(logins) // 10))


def test_seats_of_an_organization(sandbox: Sandbox) -> None:
    copilot = as_installation(sandbox, "acme-data").rest("ghec-2026-03-10").copilot
    response = copilot.list_copilot_seats("ACME-data")
    assert undocumented(raw(response), response.parsed_data) == set()
    seats = response.parsed_data.seats
    assert isinstance(seats, list)
    logins = {seat.assignee.login for seat in seats if seat.assignee}
    assert logins == {m.login for m in sandbox.bill.members if "acme-data" in m.organizations and m.left_on is None}
    assert "user-001" in logins  # a member of two organizations
    assert {seat.last_activity_at is None for seat in seats} == {True, False}
    assert {seat.plan_type for seat in seats} == {"business"}
    assert not any("organization" in seat for seat in raw(response)["seats"])


GRANTS = BillShape(
    first_day=date(2026, 11, 1),
    users_per_organization=40,
    enterprise_plans=("acme-data",),
    enterprise_team_seats=3,
    pending_cancellations=2,
)


def test_seats_are_grants_by_organizations_and_teams() -> None:
    with Sandbox(GRANTS, TODAY, seat_offset_minutes=330) as sandbox:
        copilot = as_owner(sandbox).rest("ghec-2026-03-10").copilot
        pages = [copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=100, page=page) for page in (1, 2)]
        assert [len(raw(page)["seats"]) for page in pages] == [100, len(sandbox.bill.grants) - 100]
        assert all(undocumented(raw(page), page.parsed_data) == set() for page in pages)
        typed = [seat for page in pages for seat in page.parsed_data.seats or []]
        seats = [seat for page in pages for seat in raw(page)["seats"]]
        bill = sandbox.bill
        found = [
            ((seat["assignee"] or {}).get("login"), (seat["organization"] or {}).get("login"), seat["plan_type"])
            for seat in seats
        ]
        assert found == [(grant.login, grant.organization, grant.plan_type) for grant in bill.seats()]
        assert {seat["organization"] is None for seat in seats[-3:]} == {True}
        assert {type(seat.assigning_team).__name__ for seat in typed} == {"Team", "EnterpriseTeam", "Unset", "NoneType"}
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30", seat["created_at"]) for seat in seats)
        assert [seat.created_at for seat in typed] == [grant.created_at for grant in bill.seats()]
        ending = [seat.pending_cancellation_date for seat in typed if seat.pending_cancellation_date]
        assert ending == [date(2026, 12, 1)] * 2
        assert len({login for login, _, _ in found}) == raw(pages[0])["total_seats"] < len(found)
        assert {seat["plan_type"] for seat in raw(copilot.list_copilot_seats("acme-data"))["seats"]} == {"enterprise"}
        units = sandbox.bill.usage_sums(("organization", "sku"))
        assert units["acme-data", "copilot_enterprise"].gross == units["acme-data", "copilot_enterprise"].quantity * 39


def test_teams_change_and_share_members() -> None:
    with Sandbox(GRANTS, TODAY) as sandbox:
        teams = {(team.organization, team.slug): team for team in sandbox.bill.teams()}
        frontend, backend = teams["acme-data", "frontend"], teams["acme-data", "backend"]
        first, last = ({one.login for one in frontend.members_on(day)} for day in (GRANTS.first_day or TODAY, TODAY))
        assert len(first - last) == 1
        assert last & {one.login for one in backend.members_on(TODAY)}
        assert [team.is_reported_on(TODAY) for team in (frontend, teams["acme-data", "reviewers"])] == [True, False]
        assert len({team.id for team in teams.values()}) == len(teams)


# An organization's plan

PLANS = BillShape(
    first_day=date(2026, 10, 1),
    users_per_organization=5,
    enterprise_plans=("acme-data",),
    pending_cancellations=2,
    joiners=((date(2026, 10, 20), 1), (date(2026, 11, 9), 2)),
)


def test_an_organization_s_plan_and_its_seats() -> None:
    with Sandbox(PLANS, TODAY) as sandbox:
        by_plan = {}
        for name in sandbox.bill.organizations:
            response = (
                as_installation(sandbox, name)
                .rest("ghec-2026-03-10")
                .copilot.get_copilot_organization_details(name.upper())
            )
            assert undocumented(raw(response), response.parsed_data) == set()
            by_plan[name] = (response.parsed_data.plan_type, raw(response)["seat_breakdown"])
        assert {name: plan for name, (plan, _) in by_plan.items()} == {
            "acme-platform": "business",
            "acme-data": "enterprise",
            "Acme-Labs": "business",
        }
        # 5 users less the one whom acme-data pays for, 2 idle ones, 1 renamed, 3 joiners, 1 who left this month.
        platform = by_plan["acme-platform"][1]
        assert (platform["total"], platform["added_this_cycle"], platform["pending_invitation"]) == (11, 2, 1)
        assert by_plan["Acme-Labs"][1]["pending_cancellation"] == 2
        for name, (_, seats) in by_plan.items():
            assert seats["active_this_cycle"] + seats["inactive_this_cycle"] == seats["total"]
            assert seats["inactive_this_cycle"] >= 2
            lines = sandbox.bill.usage_sums(("day", "organization", "unit_type"))
            billed = lines[TODAY, name.lower(), "user-months"].quantity * 30
            assert round(billed, 6) == seats["total"]


def test_who_may_see_an_organization_s_plan() -> None:
    with Sandbox(PLANS, TODAY, refused={"copilot_plan:acme-data": 422}) as sandbox:
        owner = as_owner(sandbox, sandbox.organization_token).rest("ghec-2026-03-10").copilot
        assert raw(owner.get_copilot_organization_details("acme-platform"))["plan_type"] == "business"
        refusal = refused(owner.get_copilot_organization_details, "acme-data")
        assert refusal == (422, "Copilot Business is not enabled for this organization.")
        assert refused(owner.get_copilot_organization_details, "nobody") == (404, "Not Found")
