"""The connection of a GitHub App: what `check` proves of each organization, and which organizations are read."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from integration_tests.support.check import SMALL_BILL, check
from integration_tests.support.connector import sync
from integration_tests.support.usage import assert_billed, read_organizations
from sandbox import BillShape, Fault
from testing.keys import pkcs1
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock


@pytest.mark.parametrize("trouble", ["forbidden", "not_found", "suspended"])
def test_an_organization_that_fails_stops_no_other(trouble: str) -> None:
    with Sandbox(BillShape()) as sandbox:
        first = read_organizations(sandbox)
        broken, *others = sandbox.bill.organizations
        if trouble == "suspended":
            sandbox.suspend(broken)
        else:
            sandbox.inject(Fault(trouble, path=f"organizations/{broken}/", times=None))
        config: dict[str, Any] = {"organizations": list(sandbox.bill.organizations)} if trouble == "suspended" else {}
        second = read_organizations(sandbox, first, **config)
        assert second.statuses == {"usage": "INCOMPLETE"}
        assert second.failure_type == "config_error"
        assert any(broken in error for error in second.errors)
        read = {row["organization_name"].lower() for row in second.rows["usage"]}
        assert read == {name.lower() for name in others}
        key = ("organization", broken)
        assert second.state_of("usage")[key]["cursor"] == first.state_of("usage")[key]["cursor"]
        assert len(second.errors) == 2  # the organization's own, and the exit's


def test_an_organization_that_is_suspended_after_it_was_read_fails_the_sync() -> None:
    with Sandbox(BillShape()) as sandbox:
        first = read_organizations(sandbox)
        broken = sandbox.bill.organizations[0]
        sandbox.suspend(broken)
        second = read_organizations(sandbox, first)
        assert second.failure_type == "config_error"
        assert any("suspended" in error and broken in error for error in second.errors)


def test_another_organization_that_takes_a_known_name_is_read_whole() -> None:
    shape = BillShape(organizations=("acme", "beta"), first_day=TODAY - timedelta(days=70))
    with Sandbox(shape) as sandbox:
        first = read_organizations(sandbox, organizations=["acme"])
        (before,) = {row["organization_id"] for row in first.rows["usage"]}
        sandbox.rename("acme", "acme-old")
        sandbox.rename("beta", "acme")
        sandbox.clear_requests()
        second = read_organizations(sandbox, first)
        assert not second.errors
        assert_billed(
            [row for row in second.rows["usage"] if row["organization_id"] != before],
            sandbox.bill.usage_sums(by=("day", "sku"), account="acme"),
            ("day", "sku"),
        )
        # The one that was read goes on under its new name, and nobody asks for its first months again.
        assert second.state_of("usage").keys() == {("organization", "acme"), ("organization", "acme-old")}
        assert second.state_of("usage")["organization", "acme-old"]["organization_id"] == before
        asked = [request for request in sandbox.requests if "/organizations/acme-old/" in request.path]
        assert len(asked) <= 2
        # The local GitHub knows both by the numbers of their former names.
        assert before == sandbox.bill.organization_id("acme-old")
        assert {row["organization_id"] for row in second.rows["usage"]} <= {
            sandbox.bill.organization_id(name) for name in ("acme", "acme-old")
        }


def test_pages_that_lead_in_a_circle_are_refused() -> None:
    with Sandbox(BillShape()) as sandbox:
        link = {"Link": f'<{sandbox.url}/app/installations?page=1>; rel="next"'}
        sandbox.inject(Fault("json", path="app/installations", times=None, json=[], headers=link))
        output = sync(sandbox.app_config(), ["usage"], clock=VirtualClock())
        assert "links to a page that was read before" in output.errors[0]
        assert len(sandbox.requests) == 2


def test_two_organizations_of_one_name_fail_the_sync_without_a_row() -> None:
    """One was renamed, and another one has taken its name, while the pages of the list were read."""
    with Sandbox(BillShape()) as sandbox:
        name = sandbox.bill.organizations[0]
        kept = {"id": 5001, "target_type": "Organization", "suspended_at": None}
        both = [{**kept, "account": {"login": login, "id": number}} for login, number in ((name, 1), (name.upper(), 2))]
        sandbox.inject(Fault("json", path="app/installations", json=both))
        result = read_organizations(sandbox)
        assert result.errors[-1].startswith("unexpected_answer: GitHub App ")
        assert f"has two organizations of the name {name.upper()}. Nothing of it was used" in result.errors[-1]
        assert not result.rows["usage"]


def test_an_installation_that_stands_on_two_pages_is_read_once() -> None:
    with Sandbox(BillShape()) as sandbox:
        name = sandbox.bill.organizations[0]
        account = {"login": name, "id": sandbox.bill.organization_id(name)}
        installation = {"id": 5001, "account": account, "target_type": "Organization", "suspended_at": None}
        sandbox.inject(Fault("json", path="app/installations", json=[installation, installation]))
        result = read_organizations(sandbox)
        assert not result.errors
        rows = result.rows["usage"]
        assert rows and len({row["id"] for row in rows}) == len(rows)


def test_organizations_are_proven_by_one_token_and_one_request_for_each_capability(sandbox: Sandbox) -> None:
    assert check(sandbox.app_config()) == ""
    assert len(sandbox.requests) == 1 + 4 * len(sandbox.bill.organizations)


def test_an_app_whose_key_or_id_is_of_another_fails_the_check(sandbox: Sandbox) -> None:
    message = check(sandbox.app_config(credentials={"private_key": pkcs1()}))
    assert message.startswith("invalid_credentials: GitHub App")
    assert "knows no App with this ID and key" in message
    message = check(sandbox.app_config(credentials={"app_id": "1"}))
    assert message.startswith("invalid_credentials: GitHub App 1: GitHub knows no App with this ID and key (404")


def test_one_named_organization_that_cannot_be_read_fails_the_check(sandbox: Sandbox) -> None:
    good = sandbox.bill.organizations[0]
    assert check(sandbox.app_config(organizations=[good.upper()])) == ""
    message = check(sandbox.app_config(organizations=[good, "acme-archive"]))
    assert message.startswith("invalid_permissions: Organization acme-archive")
    assert "suspended" in message
    message = check(sandbox.app_config(organizations=[good, "elsewhere"]))
    assert message.startswith("invalid_permissions: Organization elsewhere")
    assert "not installed" in message


def test_of_unnamed_organizations_one_must_work_and_the_others_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(SMALL_BILL, without_administration=("acme-data",)) as github:
        assert check(github.app_config()) == ""
        warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        assert any("Organization acme-data" in line and "Administration: read" in line for line in warnings)
        assert any("acme-archive" in line and "suspended" in line for line in warnings)
        message = check(github.app_config(organizations=["acme-data"]))
        assert message.startswith("invalid_permissions: Organization acme-data")
    with Sandbox(SMALL_BILL, without_administration=SMALL_BILL.organizations) as github:
        assert check(github.app_config()).startswith("invalid_permissions: ")


def test_an_app_that_is_installed_nowhere_fails_the_check(sandbox: Sandbox) -> None:
    for organization in sandbox.bill.organizations:
        sandbox.uninstall(organization)
    message = check(sandbox.app_config())
    assert message.startswith("invalid_permissions: the GitHub App can read no organization")


def test_an_app_on_an_enterprise_alone_fails_the_check_and_names_the_connection_that_reads_it() -> None:
    with Sandbox(SMALL_BILL, enterprise_installation=True) as sandbox:
        for organization in sandbox.bill.organizations:
            sandbox.uninstall(organization)
        seen = 'on Enterprise acme: the connection "Enterprise (GitHub App)" (enterprise_github_app) reads that.'
        assert seen in check(sandbox.app_config())
        assert seen in check(sandbox.app_config(organizations=["acme"]))
        assert check(sandbox.enterprise_app_config()) == ""
