"""The contract of the seats: driven by githubkit, whose models come from GitHub's OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .contract import (
    ENTERPRISE,
    SHAPE,
    TODAY,
    as_installation,
    as_owner,
    raw,
    undocumented,
)
from .sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY, quota=100_000) as running:
        yield running


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
    assert {seat.organization.id for seat in seats if seat.organization} == {sandbox.bill.organization_id("acme-data")}
