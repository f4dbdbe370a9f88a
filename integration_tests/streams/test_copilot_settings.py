"""The stream `copilot_settings`: the plan and the seats of each organization, against the sandbox's truth."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.support.connector import Row, Sync, merged, sync
from sandbox import BillShape, Fault
from sandbox.seat_routes import seat_breakdown
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 11, 1), enterprise_plans=("acme-data",), pending_cancellations=2)
STREAM = "copilot_settings"
CONNECTIONS = ("enterprise_config", "app_config", "organization_pat_config")


def read(
    sandbox: Sandbox, connection: str = CONNECTIONS[0], state: Sync | None = None, day: date | None = None, *more: str
) -> Sync:
    clock = VirtualClock(day or sandbox.bill.today)
    return sync(getattr(sandbox, connection)(), (STREAM, *more), state.state if state else None, clock)


def asked(sandbox: Sandbox) -> list[str]:
    return [request.path for request in sandbox.requests if request.path.endswith("/copilot/billing")]


def assert_are(rows: Iterable[Row], sandbox: Sandbox, names: Iterable[str], day: date) -> None:
    """A row of each organization, with its plan and its counts."""
    ours = {row["organization_name"]: row for row in rows if row["date"] == day.isoformat()}
    assert set(ours) == set(names)
    for name, row in ours.items():
        counts = seat_breakdown(sandbox.bill, sandbox.metrics, name)
        assert {count: row[f"seats_{count}"] for count in counts} == counts
        assert row["plan_type"] == ("enterprise" if name == "acme-data" else "business")
        assert (row["seat_management_setting"], row["public_code_suggestions"]) == ("assign_selected", "block")
        assert {row[policy] for policy in ("ide_chat", "platform_chat", "cli")} == {"enabled"}
        assert "other_fields" not in row


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_each_organization_is_a_row_of_the_day_in_the_first_sync_and_after_changes(connection: str) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        names = sandbox.bill.organizations
        first = read(sandbox, connection)
        assert not first.errors
        assert_are(first.rows[STREAM], sandbox, names, TODAY)
        assert len(asked(sandbox)) == len(first.rows[STREAM]) == len(names)
        sandbox.bill.grants = sandbox.bill.grants[:-1]
        second = read(sandbox, connection, first)
        kept = merged(first.rows[STREAM], second.rows[STREAM])
        assert len(kept) == len(names)
        assert_are(kept.values(), sandbox, names, TODAY)
        assert first.rows[STREAM] != second.rows[STREAM]
        tomorrow = read(sandbox, connection, second, TODAY + timedelta(days=1))
        assert not {row["id"] for row in tomorrow.rows[STREAM]} & kept.keys()


def test_an_enterprises_organizations_are_those_of_the_list_of_seats_which_is_fetched_once() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.bill.grants = tuple(one for one in sandbox.bill.grants if one.organization != "Acme-Labs")
        result = read(sandbox, CONNECTIONS[0], None, None, "seats")
        assert not result.errors
        assert {row["organization_name"] for row in result.rows[STREAM]} == {"acme-platform", "acme-data"}
        assert len([request for request in sandbox.requests if request.path.endswith("/seats")]) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_an_organization_that_an_enterprises_token_may_not_see_is_a_warning_and_the_others_are_read(
    status: int,
) -> None:
    with Sandbox(SHAPE, today=TODAY, refused={"copilot_plan:acme-data": status}) as sandbox:
        result = read(sandbox)
        assert not result.errors
        assert_are(result.rows[STREAM], sandbox, ("acme-platform", "Acme-Labs"), TODAY)
        (warning,) = [log for log in result.logs if "1 of 3 organizations do not show" in log]
        assert "an owner of each organization" in warning and f"GitHub answered {status}" in warning


def test_an_app_on_the_enterprise_sees_no_organization_and_a_warning_says_so() -> None:
    with Sandbox(SHAPE, today=TODAY, enterprise_installation=True) as sandbox:
        result = read(sandbox, "enterprise_app_config", None, None, "seats")
        assert result.statuses == {"seats": "COMPLETE", STREAM: "COMPLETE"}
        assert not result.rows[STREAM] and not result.errors
        assert (
            len([log for log in result.logs if "3 of 3 organizations do not show their Copilot settings" in log]) == 1
        )


def test_a_token_that_sees_no_organization_of_its_enterprise_fails_the_stream_alone() -> None:
    refused = {f"copilot_plan:{name}": 404 for name in SHAPE.organizations}
    with Sandbox(SHAPE, today=TODAY, refused=refused) as sandbox:
        result = read(sandbox, CONNECTIONS[0], None, None, "seats")
        assert result.statuses == {"seats": "COMPLETE", STREAM: "INCOMPLETE"}
        assert "3 of 3 organizations do not show their Copilot settings" in result.errors[0]
        assert not result.rows[STREAM] and result.failure_type == "config_error"


@pytest.mark.parametrize(
    ("status", "sentence"), [(403, "not accessible"), (404, "404"), (500, "500"), (422, "the payment may have")]
)
def test_settings_that_are_refused_fail_their_organization_alone(status: int, sentence: str) -> None:
    with Sandbox(SHAPE, today=TODAY, refused={} if status == 422 else {"copilot_plan:acme-data": status}) as sandbox:
        if status == 422:
            answer = {"message": "There is a problem with your account's associated payment method."}
            sandbox.inject(Fault("json", path="orgs/acme-data/copilot", status=422, times=None, json=answer))
        result = read(sandbox, "app_config")
        assert sentence in result.errors[-1]
        assert_are(result.rows[STREAM], sandbox, ("acme-platform", "Acme-Labs"), TODAY)


def test_an_organization_without_copilot_has_no_row_and_a_word_says_so() -> None:
    with Sandbox(SHAPE, today=TODAY, refused={"copilot_plan:acme-data": 422}) as sandbox:
        result = read(sandbox, "app_config")
        assert not result.errors
        assert_are(result.rows[STREAM], sandbox, ("acme-platform", "Acme-Labs"), TODAY)
        assert len([log for log in result.logs if "Copilot Business is not enabled" in log]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"tier": 2},
        {"cli": 3},
        {"seat_breakdown": {"total": "5", "new": 1}},
        {"seat_breakdown": []},
    ],
)
def test_odd_and_unknown_fields_cost_themselves_alone_and_are_kept(answer: dict[str, Any]) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(
            Fault("json", path="orgs/acme-data/copilot/billing$", times=None, json={"plan_type": "business", **answer})
        )
        result = read(sandbox, "app_config")
        (row,) = [row for row in result.rows[STREAM] if row["organization_name"] == "acme-data"]
        assert (row["plan_type"], row["other_fields"], "seats_total" in row) == ("business", answer, False)
