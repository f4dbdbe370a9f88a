"""The connection of an organization owner's token: what `check` says of each organization, and what a sync reads."""

import pytest

from integration_tests.support.check import SMALL_BILL, check
from integration_tests.support.connector import Sync, sync
from integration_tests.support.usage import assert_billed
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

SHAPE = BillShape(users_per_organization=2)


def read(
    sandbox: Sandbox, *organizations: str, streams: tuple[str, ...] = ("usage",), first: Sync | None = None
) -> Sync:
    config = sandbox.organization_pat_config(organizations)
    return sync(config, streams, first.state if first else None, VirtualClock())


@pytest.mark.parametrize("kind", ["classic", "fine_grained"])
def test_usage_of_the_organizations_equals_their_bill(kind: str) -> None:
    with Sandbox(SHAPE, organization_pat_kind=kind) as sandbox:
        names = sandbox.bill.organizations if kind == "classic" else sandbox.bill.organizations[:1]
        result = read(sandbox, *names)
        assert not result.errors
        for name in names:
            rows = [row for row in result.rows["usage"] if row["organization_name"] == name]
            assert {row["organization_id"] for row in rows} == {sandbox.bill.organization_id(name)}
            assert_billed(rows, sandbox.bill.usage_sums(by=("day", "sku"), account=name), ("day", "sku"))
        assert {row["organization_name"] for row in result.rows["usage"]} == set(names)


def test_organization_whose_name_ends_in_a_hyphen_is_read() -> None:
    """GitHub gives such names no more; old ones have kept theirs."""
    with Sandbox(BillShape(organizations=("acme-",), users_per_organization=2)) as sandbox:
        result = read(sandbox, "acme-")
        assert not result.errors
        truth = sandbox.bill.usage_sums(by=("day", "sku"), account="acme-")
        assert_billed(result.rows["usage"], truth, ("day", "sku"))


def test_rows_are_those_of_the_github_app() -> None:
    """Who moves from an App to a token, or back, has each row once."""
    with Sandbox(SHAPE) as sandbox:
        by_app = sync(sandbox.app_config(), ["usage"], clock=VirtualClock())
        by_token = read(sandbox, first=by_app)
        assert not by_token.errors
        ids = {row["id"] for row in by_app.rows["usage"]}
        assert {row["id"] for row in by_token.rows["usage"]} <= ids
        assert by_token.state_of("usage").keys() == by_app.state_of("usage").keys()


@pytest.mark.parametrize("trouble", ["single sign-on", "unknown name", "billing refused"])
def test_an_organization_that_cannot_be_read_fails_the_sync_and_stops_no_other(trouble: str) -> None:
    with Sandbox(SHAPE, sso_required=("acme-data",) if trouble == "single sign-on" else ()) as sandbox:
        names = ["acme-platform", "acme-data"]
        if trouble == "unknown name":
            names[1] = "acme-dat"
        if trouble == "billing refused":
            sandbox.inject(Fault("not_found", path="organizations/acme-data/", times=None))
        result = read(sandbox, *names)
        assert result.failure_type == "config_error"
        assert {row["organization_name"] for row in result.rows["usage"]} == {"acme-platform"}
        expected = {
            "single sign-on": "invalid_permissions: Organization acme-data: GitHub answered 403",
            "unknown name": "no_resource: Organization acme-dat: GitHub knows no organization of this name",
            "billing refused": "no_resource: Organization acme-data: GitHub answered 404",
        }
        assert any(error.startswith(expected[trouble]) for error in result.errors)


def test_a_token_that_sees_no_billing_gets_both_reasons_and_the_connections_that_may_read_it() -> None:
    with Sandbox(SMALL_BILL, organization_pat_scopes=("read:org",)) as sandbox:
        message = check(sandbox.organization_pat_config(["acme-data"]))
        assert message.startswith("no_resource: Organization acme-data: GitHub answered 404")
        assert "the name is wrong" not in message  # GitHub has just shown the organization to this token
        assert "the scope admin:org" in message
        assert (
            "If an enterprise owns the organization, the enterprise may hold its billing, whatever this credential may "
            'do: read the enterprise with the connection "Enterprise (personal access token)" (enterprise_pat) or '
            '"Enterprise (GitHub App)" (enterprise_github_app).'
        ) in message
        assert "the token has: read:org" in message


def test_an_ip_allow_list_is_quoted() -> None:
    with Sandbox(SMALL_BILL, ip_allow_list=("acme-data",)) as sandbox:
        message = check(sandbox.organization_pat_config(["acme-data"]))
        assert message.startswith("invalid_permissions: Organization acme-data")
        assert "the `acme-data` organization has an IP allow list enabled" in message


def test_an_organization_is_proven_by_a_look_and_one_request_of_its_billing() -> None:
    with Sandbox(SMALL_BILL) as sandbox:
        assert check(sandbox.organization_pat_config(["acme-data"])) == ""
        paths = [request.path for request in sandbox.requests][:2]
        assert paths == ["/orgs/acme-data", "/organizations/acme-data/settings/billing/usage"]
