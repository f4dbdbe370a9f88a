"""The connection of a GitHub App on enterprises: what `check` proves, and which enterprises a sync reads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from integration_tests.support.check import SMALL_BILL, check
from integration_tests.support.connector import Sync, sync
from integration_tests.support.usage import assert_billed
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

UMBRELLA = replace(SMALL_BILL, enterprise="Umbrella", organizations=("umbrella-one",))


def two_enterprises(**settings: Any) -> Sandbox:
    return Sandbox(SMALL_BILL, more_enterprises=[UMBRELLA], enterprise_installation=True, **settings)


def read(sandbox: Sandbox, first: Sync | None = None, streams: tuple[str, ...] = ("usage",), **config: Any) -> Sync:
    return sync(sandbox.enterprise_app_config(**config), streams, first.state if first else None, VirtualClock())


def test_every_enterprise_of_the_app_is_read_whole() -> None:
    with two_enterprises(export_polls=1) as sandbox:
        start = (sandbox.bill.today - timedelta(days=40)).isoformat()
        result = read(sandbox, streams=("usage", "ai_credit_usage"), start_date=start)
        assert not result.errors
        for name, bill in sandbox.bills.items():
            rows = [row for row in result.rows["usage"] if row["enterprise_slug"] == name]
            truth = {key: sums for key, sums in bill.usage_sums(by=("day", "sku")).items() if str(key[0]) >= start}
            assert_billed(rows, truth, ("day", "sku"))
            credits = [row for row in result.rows["ai_credit_usage"] if row["enterprise_slug"] == name]
            truth = {key: sums for key, sums in bill.ai_credit_sums(("day",)).items() if str(key[0]) >= start}
            assert {row["date"] for row in credits} == {str(day) for (day,) in truth}
            billed = float(sum(sums.net for sums in truth.values()))
            assert sum(row["net_amount"] for row in credits) == pytest.approx(billed, abs=1e-6)
        entries = result.state_of("usage")
        assert {key: entry["enterprise_id"] for key, entry in entries.items()} == {
            ("enterprise", "acme"): 50_001,
            ("enterprise", "Umbrella"): 50_002,
        }


def test_rows_are_those_of_the_token() -> None:
    with two_enterprises() as sandbox:
        by_token = sync(sandbox.enterprise_config(), ["usage"], clock=VirtualClock())
        by_app = read(sandbox, by_token, enterprise="acme")
        assert not by_app.errors
        assert {row["id"] for row in by_app.rows["usage"]} <= {row["id"] for row in by_token.rows["usage"]}


def test_a_named_enterprise_without_the_app_fails_and_the_other_one_is_read() -> None:
    with two_enterprises() as sandbox:
        result = read(sandbox, credentials={"enterprises": ["umbrella", "elsewhere"]})
        assert any("Enterprise elsewhere: the GitHub App is not installed there." in error for error in result.errors)
        assert_billed(result.rows["usage"], sandbox.bills["Umbrella"].usage_sums(by=("day", "sku")), ("day", "sku"))
        assert result.failure_type == "config_error"


def test_an_enterprise_that_installs_the_app_later_is_read_beside_the_first() -> None:
    with two_enterprises() as sandbox:
        first = read(sandbox, enterprise="acme")
        second = read(sandbox, first)
        assert not second.errors
        rows = [row for row in second.rows["usage"] if row["enterprise_slug"] == "Umbrella"]
        assert_billed(rows, sandbox.bills["Umbrella"].usage_sums(by=("day", "sku")), ("day", "sku"))


def test_a_renamed_enterprise_fails_the_sync_and_the_other_one_is_read() -> None:
    """Its rows would stand there twice: they are known by the name."""
    with two_enterprises() as sandbox:
        first = read(sandbox)
        sandbox.rename_enterprise("Umbrella", "Umbrella-Corp")
        second = read(sandbox, first)
        assert second.failure_type == "config_error"
        sentence = "stream usage: the state is of enterprise Umbrella, and the configuration names Umbrella-Corp."
        assert any(error.startswith(f"invalid_configuration: {sentence}") for error in second.errors)
        assert {row["enterprise_slug"] for row in second.rows["usage"]} == {"acme"}
        assert second.state_of("usage")["enterprise", "Umbrella"] == first.state_of("usage")["enterprise", "Umbrella"]


def test_an_enterprise_that_has_another_ones_former_name_is_refused() -> None:
    """The two would stand under the same ids: GitHub's number alone tells them apart."""
    with Sandbox(UMBRELLA, more_enterprises=[SMALL_BILL], enterprise_installation=True) as sandbox:
        first = read(sandbox, enterprise="acme")
        assert not first.errors and first.rows["usage"]
    with two_enterprises() as sandbox:
        second = read(sandbox, first, enterprise="acme")
    numbers = [result.state_of("usage")["enterprise", "acme"]["enterprise_id"] for result in (first, second)]
    assert numbers == [50_002, 50_002]  # the one that is installed now has 50_001
    assert second.failure_type == "config_error" and not second.rows["usage"]
    sentence = "stream usage: the state is of another enterprise that had the name acme before."
    assert second.errors[-1].startswith(f"invalid_configuration: {sentence}")
    assert second.state_of("usage") == first.state_of("usage")


def test_an_app_without_the_billing_permission_is_told_what_to_do() -> None:
    with two_enterprises(enterprise_permissions=("enterprise_copilot_metrics",)) as sandbox:
        message = check(sandbox.enterprise_app_config("acme"))
        assert message.startswith("invalid_permissions: Enterprise acme: GitHub answered 403")
        for part in ("Enterprise billing: read", "approves it", "manage_billing:enterprise", "enterprise_billing=read"):
            assert part in message


def test_an_app_that_is_not_installed_on_the_named_enterprise_fails_the_check() -> None:
    with Sandbox(SMALL_BILL) as sandbox:
        message = check(sandbox.enterprise_app_config("acme"))
        assert message.startswith("invalid_permissions: Enterprise acme: the GitHub App is not installed there.")
        message = check(sandbox.enterprise_app_config())
        assert message.startswith("invalid_permissions: the GitHub App can read no enterprise")
        assert f"on Organization {', '.join(sandbox.bill.organizations[:3])}" in message
        assert 'the connection "Organizations (GitHub App)" (organization_github_app) reads that.' in message
