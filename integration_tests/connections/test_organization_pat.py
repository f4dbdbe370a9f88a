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


def test_rows_are_those_of_the_github_app() -> None:
    """Who moves from an App to a token, or back, has each row once."""
    with Sandbox(SHAPE) as sandbox:
        by_app = sync(sandbox.app_config(), ["usage"], clock=VirtualClock())
        by_token = read(sandbox, first=by_app)
        assert not by_token.errors
        ids = {row["id"] for row in by_app.rows["usage"]}
        assert {row["id"] for row in by_token.rows["usage"]} <= ids
        assert by_token.state_of("usage").keys() == by_app.state_of("usage").keys()


def test_ai_credits_of_the_organizations_equal_their_bill() -> None:
    with Sandbox(SMALL_BILL) as sandbox:
        start = sandbox.bill.today.replace(day=1).isoformat()
        config = sandbox.organization_pat_config(["acme-data"], start_date=start)
        result = sync(config, ["ai_credit_usage"], clock=VirtualClock())
        assert not result.errors and result.rows["ai_credit_usage"]
        truth = sandbox.bill.ai_credit_sums(("day",), account="acme-data")
        for day in {row["date"] for row in result.rows["ai_credit_usage"]}:
            read_of_day = sum(row["net_amount"] for row in result.rows["ai_credit_usage"] if row["date"] == day)
            (billed,) = [sums.net for (one,), sums in truth.items() if str(one) == day]
            assert read_of_day == pytest.approx(float(billed), abs=1e-6)


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


def test_a_token_without_single_sign_on_is_told_so_with_a_link_without_its_secret() -> None:
    with Sandbox(SMALL_BILL, sso_required=("acme-data",)) as sandbox:
        message = check(sandbox.organization_pat_config())
        assert message.startswith("invalid_permissions: Organization acme-data")
        assert "must be authorized for single sign-on (https://github.com/orgs/acme-data/sso)" in message
        assert sandbox.settings.sso_secret not in message


def test_a_token_that_sees_no_billing_is_told_the_three_reasons() -> None:
    with Sandbox(SMALL_BILL, organization_pat_scopes=("read:org",)) as sandbox:
        message = check(sandbox.organization_pat_config(["acme-data"]))
        assert message.startswith("no_resource: Organization acme-data: GitHub answered 404")
        for reason in ("the name is wrong", "the scope admin:org", "the enterprise may hold its billing"):
            assert reason in message
        assert "the token has: read:org" in message


def test_an_ip_allow_list_is_quoted() -> None:
    with Sandbox(SMALL_BILL, ip_allow_list=("acme-data",)) as sandbox:
        message = check(sandbox.organization_pat_config(["acme-data"]))
        assert message.startswith("invalid_permissions: Organization acme-data")
        assert "the `acme-data` organization has an IP allow list enabled" in message


def test_one_token_is_one_limit_and_a_revoked_one_is_asked_once() -> None:
    with Sandbox(SMALL_BILL) as sandbox:
        sandbox.revoke_organization_pat()
        message = check(sandbox.organization_pat_config(["acme-data"]))
        assert message.startswith(
            "invalid_credentials: Personal access token of the organizations: GitHub answered 401"
        )
        assert len(sandbox.requests) == 1
        sandbox.restore_organization_pat()
        sandbox.on_request(lambda call: sandbox.revoke_organization_pat() if "billing/usage" in call.path else None)
        sandbox.clear_requests()
        config = sandbox.organization_pat_config(num_workers=1)
        result = sync(config, ["usage"], clock=VirtualClock())
        refused = [request for request in sandbox.requests if request.status == 401]
        assert len(refused) == 1  # the breaker is shared: the other organizations send nothing
        assert result.failure_type == "config_error"
        assert result.statuses == {"usage": "INCOMPLETE"}


def test_an_organization_is_proven_by_a_look_and_one_request_of_its_billing() -> None:
    with Sandbox(SMALL_BILL) as sandbox:
        assert check(sandbox.organization_pat_config(["acme-data"])) == ""
        paths = [request.path for request in sandbox.requests][:2]
        assert paths == ["/orgs/acme-data", "/organizations/acme-data/settings/billing/usage"]


@pytest.mark.parametrize("hides", [True, False])
def test_no_secret_of_the_sign_on_is_printed(hides: bool) -> None:
    with Sandbox(SMALL_BILL, sso_required=("acme-data",), sso_hides=hides) as sandbox:
        result = sync(sandbox.organization_pat_config(), ["usage"], clock=VirtualClock(), debug=True)
        printed = "\n".join((*result.logs, *result.errors))
        assert "single sign-on" in printed
        assert not [secret for secret in sandbox.secrets if secret in printed]
