"""Answers that lack organizations, because the token is not authorized for their single sign-on: nothing of them is
used, whatever is read."""

from typing import Any

import pytest

from integration_tests.support.ai_credits import BY_USER, EXPORT, TODAY
from integration_tests.support.connector import Sync, sync
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

SHAPE = BillShape(users_per_organization=3)
SINCE = "2026-11-10"


def read(sandbox: Sandbox, stream: str, method: dict[str, str] = EXPORT) -> Sync:
    config = sandbox.enterprise_config(credentials=method, start_date=SINCE)
    return sync(config, [stream], clock=VirtualClock(TODAY))


def assert_refused(result: Sync, stream: str, *organizations: int) -> None:
    assert result.errors and result.failure_type == "config_error"
    for error in result.errors:
        assert error.startswith("invalid_permissions: Enterprise acme: ")
        assert f"lacks the organizations with GitHub's numbers {', '.join(map(str, organizations))}" in error
        assert "authorizes the token for these organizations" in error
    assert not result.rows[stream]
    assert "cursor" not in result.state_of(stream).get(("enterprise", "acme"), {})


@pytest.mark.parametrize(
    ("stream", "method"),
    [("usage", EXPORT), ("ai_credit_usage", BY_USER), ("billing_summary", EXPORT), ("seats", EXPORT)],
)
def test_answers_of_github_that_lack_organizations_are_refused(stream: str, method: dict[str, str]) -> None:
    missing = ("acme-data", "Acme-Labs")
    with Sandbox(SHAPE, today=TODAY, sso_partial=missing) as sandbox:
        result = read(sandbox, stream, method)
        assert_refused(result, stream, *map(sandbox.bill.organization_id, missing))


# The sandbox's own answers to these are whole: GitHub's header alone is put on them.
LISTS: dict[str, tuple[str, Any]] = {
    "cost_centers": ("/cost-centers$", {"costCenters": []}),
    "ai_credit_usage": ("/reports$", {"usage_report_exports": []}),
    "budgets": ("/budgets", {"budgets": []}),
    "metrics": ("/metrics/reports/", {"download_links": []}),
}


@pytest.mark.parametrize("stream", LISTS)
def test_no_list_that_lacks_organizations_is_taken_for_an_empty_one(stream: str) -> None:
    path, answer = LISTS[stream]
    headers = {"x-github-sso": "partial-results; organizations=1001,1002"}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", "GET", path, times=None, json=answer, headers=headers))
        config = sandbox.enterprise_config(credentials=EXPORT, start_date="2026-05-01")
        assert_refused(sync(config, [stream], clock=VirtualClock(TODAY)), stream, 1001, 1002)


def test_a_second_page_of_seats_that_lacks_organizations_refuses_the_first_one_too() -> None:
    headers = {"x-github-sso": "partial-results; organizations=1001"}
    with Sandbox(SHAPE, today=TODAY, page_size_max=3) as sandbox:
        second = Fault("json", path="seats.*[?&]page=2", times=None, json={"seats": []}, headers=headers)
        sandbox.inject(second)
        assert_refused(read(sandbox, "seats"), "seats", 1001)
        assert len([request for request in sandbox.requests if "seats" in request.path]) == 2


def test_one_cost_center_that_lacks_organizations_stops_the_bill() -> None:
    headers = {"x-github-sso": "partial-results; organizations=1001"}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        center = {"cost_center_id": sandbox.bill.cost_centers[0].id}
        sandbox.inject(Fault("json", query=center, times=None, json={"usageItems": []}, headers=headers))
        assert_refused(read(sandbox, "usage"), "usage", 1001)
