"""The connection of an enterprise's token: what `check` says of it, and another enterprise than the state's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from integration_tests.support.check import SMALL_BILL, check
from integration_tests.support.connector import MONEY, sync
from integration_tests.support.usage import SHAPE, TODAY
from sandbox import Fault
from testing.sandbox import Sandbox
from testing.today import BEGIN
from testing.virtual_clock import VirtualClock


def test_another_enterprise_than_the_states_fails_the_sync_before_any_request() -> None:
    """Each row would get another id, and the views would show the bill twice."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = sync(sandbox.enterprise_config(), MONEY, clock=VirtualClock(TODAY))
        sandbox.bill.shape = replace(sandbox.bill.shape, enterprise="acme-corp")
        sandbox.clear_requests()
        second = sync(sandbox.enterprise_config(), MONEY, first.state, VirtualClock(TODAY))
        assert not sandbox.requests and not second.rows
        assert second.statuses == {"usage": "INCOMPLETE", "ai_credit_usage": "INCOMPLETE"}
        assert second.failure_type == "config_error"
        for stream in second.statuses:
            sentence = f"stream {stream}: the state is of enterprise acme, and the configuration names acme-corp. If it"
            assert any(error.startswith(f"invalid_configuration: {sentence}") for error in second.errors)
            assert second.state_of(stream) in ({}, first.state_of(stream))


def test_an_enterprise_is_proven_by_one_request_for_each_capability(sandbox: Sandbox) -> None:
    assert check(sandbox.enterprise_config()) == ""
    assert [(request.method, request.path) for request in sandbox.requests] == [
        ("GET", "/enterprises/acme/settings/billing/usage"),
        ("GET", "/enterprises/acme/copilot/billing/seats"),
        ("GET", "/enterprises/acme/copilot/metrics/reports/enterprise-1-day"),
    ]
    billing, seats, metrics = (request.query for request in sandbox.requests)
    assert billing.keys() == {"year", "month", "day"}
    assert (seats, metrics.keys()) == ({"per_page": "1"}, {"day"})


def test_a_wrong_token_fails_the_check(sandbox: Sandbox) -> None:
    message = check(sandbox.enterprise_config(credentials={"personal_access_token": "y" * 30}))
    assert message.startswith("invalid_credentials: Enterprise acme: GitHub answered 401")


def test_an_enterprise_that_is_not_there_fails_the_check(sandbox: Sandbox) -> None:
    message = check(sandbox.enterprise_config(credentials={"enterprise": "amce"}))
    assert message.startswith("no_resource: Enterprise amce: GitHub answered 404")


def test_a_token_without_the_scope_is_told_what_it_has_and_lacks() -> None:
    with Sandbox(SMALL_BILL, pat_scopes=("repo", "read:org")) as github:
        message = check(github.enterprise_config())
    assert message.startswith("invalid_permissions: Enterprise acme")
    assert "the token has: repo, read:org" in message
    assert "manage_billing:enterprise" in message


@pytest.mark.parametrize(("days", "is_warned_of"), [(13, True), (15, False)])
def test_a_token_that_ends_within_two_weeks_is_warned_of_once(
    days: int, is_warned_of: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ends = BEGIN + timedelta(days=days)
    with Sandbox(SMALL_BILL, pat_expires_at=f"{ends:%Y-%m-%d %H:%M:%S} UTC") as github:
        assert check(github.enterprise_config()) == ""
    warnings = [record.message for record in caplog.records if "expires on" in record.message]
    assert [f"{ends:%Y-%m-%d}" in warning for warning in warnings] == [True] * is_warned_of


def test_a_limit_or_an_outage_fails_the_check_at_once(sandbox: Sandbox) -> None:
    sandbox.inject(Fault("primary_limit", times=None, reset_in=3000))
    assert check(sandbox.enterprise_config()).startswith("rate_limited: Enterprise acme")
    assert len(sandbox.requests) == 1
    sandbox.clear_faults()
    sandbox.inject(Fault("status", status=502, times=None))
    assert check(sandbox.enterprise_config()).startswith("unreachable: Enterprise acme")
    assert check({**sandbox.enterprise_config(), "api_url": "http://127.0.0.1:9"}).startswith("unreachable: ")
