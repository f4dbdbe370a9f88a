"""The App on enterprises: its installations, what their tokens read by permission, and two bills in one sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests
from githubkit.exception import RequestFailed

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_app,
    as_installation,
    as_owner,
    exact,
    refused,
)
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape

UMBRELLA = BillShape(enterprise="Umbrella", organizations=("umbrella-one",), first_day=date(2026, 6, 1))
NOT_ACCESSIBLE = (403, "Resource not accessible by integration")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY, more_enterprises=[UMBRELLA], enterprise_installation=True, export_polls=1) as running:
        yield running


def token_of(sandbox: Sandbox, enterprise: str) -> str:
    apps = as_app(sandbox).rest("ghec-2026-03-10").apps
    found = apps.list_installations(per_page=100).raw_response.json()
    (wanted,) = [one for one in found if one["account"].get("slug") == enterprise]
    assert (wanted["target_type"], wanted["permissions"]["enterprise_billing"]) == ("Enterprise", "read")
    return str(apps.create_installation_access_token(wanted["id"]).parsed_data.token)


def test_each_enterprise_has_its_own_bill_and_token(sandbox: Sandbox) -> None:
    for name in (ENTERPRISE, "Umbrella"):
        rest = as_owner(sandbox, token_of(sandbox, name)).rest("ghec-2026-03-10")
        answer = rest.billing.get_github_billing_ai_credit_usage_report_ghe(name.lower(), year=2026, month=6)
        assert answer.parsed_data.enterprise == name
        truth = sandbox.bills[name].ai_credit_sums(("month",))[(date(2026, 6, 1),)]
        assert sum(item["grossQuantity"] for item in exact(answer)["usageItems"]) == truth.quantity
        other = "Umbrella" if name == ENTERPRISE else ENTERPRISE
        assert refused(rest.billing.get_all_cost_centers, other) == (404, "Not Found")
        seats = rest.copilot.list_copilot_seats_for_enterprise(name, per_page=100).parsed_data.seats
        assert isinstance(seats, list)
        assert len(seats) == len(sandbox.bills[name].grants)
        order: dict[str, Any] = {
            "report_type": "ai_credit",
            "start_date": date(2026, 6, 3),
            "end_date": date(2026, 6, 3),
        }
        created = rest.billing.create_usage_report_export(name, **order, send_email=False).parsed_data
        assert rest.billing.get_usage_report_export(name, created.id).parsed_data.status == "completed"
        listed = rest.billing.list_usage_report_exports(name).parsed_data.usage_report_exports
        assert [one.id for one in listed] == [created.id]
        day = date(2026, 9, 20)
        (link,) = rest.copilot.copilot_users_one_day_usage_metrics(name, day=day).parsed_data.download_links
        logins = {json.loads(line)["user_login"].lower() for line in requests.get(link, timeout=5).text.splitlines()}
        assert logins == sandbox.metrics_by_enterprise[name].active_users(day)
    labels = {request.credential for request in sandbox.requests if request.host == "api"}
    assert labels == {"jwt", "installation:acme", "installation:Umbrella"}


def test_an_enterprises_token_reads_by_permission() -> None:
    settings: dict[str, Any] = {"enterprise_installation": True, "enterprise_permissions": ("enterprise_billing",)}
    with Sandbox(SHAPE, TODAY, **settings) as sandbox:
        rest = as_owner(sandbox, token_of(sandbox, ENTERPRISE)).rest("ghec-2026-03-10")
        assert rest.billing.get_all_cost_centers(ENTERPRISE).status_code == 200
        assert refused(rest.copilot.list_copilot_seats_for_enterprise, ENTERPRISE) == NOT_ACCESSIBLE
        metrics = rest.copilot.copilot_users_one_day_usage_metrics
        assert refused(metrics, ENTERPRISE, day=date(2026, 9, 20)) == NOT_ACCESSIBLE
        sandbox.settings.enterprise_permissions = ("enterprise_copilot_metrics",)
        assert metrics(ENTERPRISE, day=date(2026, 9, 20)).status_code == 200
        assert refused(rest.billing.get_all_cost_centers, ENTERPRISE) == NOT_ACCESSIBLE
        sandbox.settings.enterprise_permissions = ("enterprise_copilot_seat_management",)
        assert rest.copilot.list_copilot_seats_for_enterprise(ENTERPRISE).status_code == 200
        with pytest.raises(RequestFailed) as failure:
            rest.billing.get_github_billing_usage_report_ghe(ENTERPRISE)
        assert failure.value.response.json()["message"] == NOT_ACCESSIBLE[1]
        assert failure.value.response.headers["x-accepted-github-permissions"] == "enterprise_billing=read"


def test_an_organizations_installation_needs_a_permission_for_metrics() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        metrics = as_installation(sandbox, ORGANIZATION).rest("ghec-2026-03-10").copilot
        ask, day = metrics.copilot_organization_users_one_day_usage_metrics, date(2026, 9, 20)
        assert ask(ORGANIZATION, day=day).status_code == 200
        sandbox.settings.installation_permissions = ()
        assert refused(ask, ORGANIZATION, day=day) == NOT_ACCESSIBLE


def test_an_enterprises_token_reads_no_organization(sandbox: Sandbox) -> None:
    rest = as_owner(sandbox, token_of(sandbox, ENTERPRISE))
    usage = rest.rest("2026-03-10").billing.get_github_billing_usage_report_org
    assert refused(usage, "acme-data") == (404, "Not Found")
    assert refused(rest.rest("ghec-2026-03-10").copilot.list_copilot_seats, "acme-data") == (404, "Not Found")


def test_configurations_of_the_app_on_enterprises(sandbox: Sandbox) -> None:
    config = sandbox.enterprise_app_config(credentials={"ai_credit_method": "report_export"})
    assert config["credentials"] == {
        "connection_type": "enterprise_github_app",
        "app_id": sandbox.app_id,
        "private_key": sandbox.private_key,
        "ai_credit_method": "report_export",
    }
    assert config["api_url"] == sandbox.url
    assert sandbox.enterprise_app_config("Umbrella")["credentials"]["enterprise"] == "Umbrella"
