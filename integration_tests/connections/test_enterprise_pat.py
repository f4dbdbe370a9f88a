"""The connection of an enterprise's token: what `check` says of it, and another enterprise than the state's."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from integration_tests.reliability.kills import console, lived
from integration_tests.support.billed import assert_sums
from integration_tests.support.check import SMALL_BILL, check
from integration_tests.support.connector import MONEY, Row, sync
from integration_tests.support.usage import SHAPE, TODAY, assert_billed
from sandbox import Fault, Sums
from sandbox.truth import Key
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


def named(*enterprises: str) -> dict[str, Any]:
    return {"enterprise": "", "enterprises": list(enterprises)}


def test_of_three_enterprises_one_is_refused_and_one_has_no_metrics_and_two_are_read_whole() -> None:
    streams = ("usage", "ai_credit_usage", "detailed_usage", "metrics")
    others = [replace(SMALL_BILL, enterprise=name, organizations=(f"{name}-one",)) for name in ("Umbrella", "gamma")]
    settings: dict[str, Any] = {"ip_allow_list": ("gamma",), "metrics_policy_off": ("Umbrella",), "export_polls": 1}
    with Sandbox(SMALL_BILL, today=TODAY, more_enterprises=others, **settings) as sandbox:
        start = (sandbox.bill.today - timedelta(days=40)).isoformat()
        config = sandbox.enterprise_config(named("umbrella", "gamma", "acme"), start_date=start, num_workers=4)
        with console(config, [], sandbox.clock, streams) as process:
            life = lived(process)
        assert life.exit_code == 1
        rows: dict[tuple[str, str], list[Row]] = {}
        for message in life.messages:
            if message["type"] == "RECORD":
                row = message["record"]["data"]
                rows.setdefault((row["enterprise_slug"].lower(), message["record"]["stream"]), []).append(row)
        assert {name for name, stream in rows if stream != "metrics"} == {"acme", "umbrella"}
        assert [name for name, stream in rows if stream == "metrics"] == ["acme"]
        for name, bill in ((one.lower(), bill) for one, bill in sandbox.bills.items() if one != "gamma"):
            credits = since(start, bill.ai_credit_sums(("day", "organization")))
            persons = since(start, bill.detailed_sums(("day", "organization"), ("copilot",)))
            days = ["date", "organization_name"]
            assert_billed(rows[name, "usage"], since(start, bill.usage_sums(("day", "sku"))), ("day", "sku"))
            assert_sums(rows[name, "ai_credit_usage"], credits, days, "gross_quantity")
            assert_sums(rows[name, "detailed_usage"], persons, days, "gross_quantity")
        errors = [
            message["trace"]["error"]["message"] for message in life.messages if "error" in message.get("trace", {})
        ]
        assert {text.split(":")[0] for text in errors if "Enterprise gamma" in text} == {"invalid_permissions"}
        assert any(text.startswith("policy_disabled: Enterprise umbrella") for text in errors)
        # Each has an export of its own, and all share one token's limits.
        orders = [request for request in sandbox.requests if request.method == "POST"]
        assert {request.status for request in orders} == {202}
        assert Counter(request.path.split("/")[2] for request in orders) == {"acme": 4, "umbrella": 4}
        assert {request.credential for request in sandbox.requests if request.host == "api"} == {"pat"}


def since(first: str, truth: Mapping[Key, Sums]) -> dict[Key, Sums]:
    return {key: sums for key, sums in truth.items() if str(key[0]) >= first}


def test_an_enterprise_is_added_to_the_one_of_an_older_configuration() -> None:
    others = [replace(SMALL_BILL, enterprise="Umbrella", organizations=("umbrella-one",))]
    with Sandbox(SMALL_BILL, more_enterprises=others) as sandbox:
        first = sync(sandbox.enterprise_config(), ["usage"], clock=VirtualClock())
        both = sandbox.enterprise_config({"enterprises": ["acme", "Umbrella"]})
        second = sync(both, ["usage"], first.state, VirtualClock())
        assert not first.errors and not second.errors
        rows = [row for row in second.rows["usage"] if row["enterprise_slug"] == "Umbrella"]
        assert_billed(rows, sandbox.bills["Umbrella"].usage_sums(("day", "sku")), ("day", "sku"))
        assert {key for key in second.state_of("usage")} == {("enterprise", "acme"), ("enterprise", "Umbrella")}
        assert check(both) == ""


def test_every_enterprise_that_is_named_must_work_in_a_check(sandbox: Sandbox) -> None:
    message = check(sandbox.enterprise_config(named("acme", "elsewhere")))
    assert message.startswith("no_resource: Enterprise elsewhere: GitHub answered 404")


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
