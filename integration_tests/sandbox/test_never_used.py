"""A fault or a surprise that a test plans and that never comes fails that test."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import ENTERPRISE, SHAPE, TODAY
from sandbox.faults import KINDS, Fault
from sandbox.never_used import NeverUsed
from sandbox.sandbox import Sandbox
from sandbox.settings import Settings

CENTERS = f"/enterprises/{ENTERPRISE}/settings/billing/cost-centers"


def get(sandbox: Sandbox, path: str = CENTERS) -> int:
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    return requests.get(sandbox.url + path, headers=headers, timeout=5).status_code


@pytest.mark.parametrize(
    "fault", [Fault("not_found", nth=2), Fault("not_found", path="/seats"), Fault(KINDS[-1])], ids=str
)
def test_fault_that_never_fires_fails_the_test_that_planned_it(fault: Fault) -> None:
    with pytest.raises(NeverUsed, match=re.escape(str(fault))), Sandbox(SHAPE, TODAY) as sandbox:
        sandbox.inject(fault)
        assert get(sandbox) == 200


def test_fault_that_fired_is_used_also_where_it_would_fire_on() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        sandbox.inject(Fault("not_found", times=3))
        assert get(sandbox) == 404


def test_fault_is_not_cleared_before_it_fired() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        sandbox.inject(Fault("not_found"))
        with pytest.raises(NeverUsed, match="not_found"):
            sandbox.clear_faults()


def test_error_of_the_test_is_told_rather_than_the_fault_that_could_not_fire_any_more() -> None:
    with pytest.raises(ZeroDivisionError), Sandbox(SHAPE, TODAY) as sandbox:
        sandbox.inject(Fault("not_found"))
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("settings", "never_used"),
    [
        ({"csv_style": "wrapped"}, "csv_style='wrapped'"),
        ({"refused": {"cost_centers": 403, "seats:acme": 403}}, "refused of seats:acme"),
        ({"hidden_cost_centers": ("Control Rooms", "Nowhere")}, "hidden_cost_centers of nowhere"),
        ({"ip_allow_list": ("acme-data",)}, "ip_allow_list of acme-data"),
        ({"no_report": {("*", date(2026, 11, 1)): "404"}}, "no_report of "),
    ],
)
def test_surprise_that_is_never_looked_at_fails_the_test_that_planned_it(
    settings: dict[str, Any], never_used: str
) -> None:
    with (
        pytest.raises(NeverUsed, match=re.escape(f"never used: {never_used}")),
        Sandbox(SHAPE, TODAY, **settings) as sandbox,
    ):
        get(sandbox)


def test_surprises_that_came_and_choices_that_are_none_are_no_failure() -> None:
    with Sandbox(SHAPE, TODAY, refused={"Cost_Centers": 404}, page_size_max=2, export_polls=9, quota=7) as sandbox:
        assert get(sandbox) == 404
        assert get(sandbox, f"/enterprises/{ENTERPRISE}/copilot/billing/seats") == 200


def test_surprise_is_not_replaced_before_it_came() -> None:
    settings = Settings(metrics_policy_off=("acme",))
    with pytest.raises(NeverUsed, match="metrics_policy_off of acme"):
        settings.metrics_policy_off = ()
    assert settings.find("metrics_policy_off", "ACME")
    settings.metrics_policy_off = ()


def test_what_nobody_knows_cannot_be_planned() -> None:
    with pytest.raises(ValueError, match="no fault is called 'riot'"):
        Fault("riot")
    with pytest.raises(ValueError, match="organization_pat_kind is one of classic, fine_grained"):
        Settings(organization_pat_kind="golden")
    with pytest.raises(ValueError, match="loopback only"):
        Sandbox(SHAPE, TODAY, host="0.0.0.0")  # noqa: S104 - it is refused
