"""The stream `cost_centers`: the list that `usage` needs anyway, as rows."""

from datetime import date
from typing import Any

from integration_tests.support.connector import Sync, sync
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 10, 1))
STREAM = "cost_centers"


def read(sandbox: Sandbox, streams: tuple[str, ...] = (STREAM,), state: Sync | None = None) -> Sync:
    clock = VirtualClock(sandbox.bill.today)
    return sync(sandbox.enterprise_config(), streams, state.state if state else None, clock)


def listed(*resources: tuple[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "id": "center-1", "name": "Research", "state": "active",
        "resources": [{"type": kind, "name": name} for kind, name in resources], **fields,
    }  # fmt: skip


def test_every_cost_center_and_resource_is_a_row_of_today() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox)
        assert not result.errors
        rows = result.rows[STREAM]
        expected = {
            (center.id, center.name, center.state, *resource)
            for center in sandbox.bill.cost_centers
            for resource in center.resources or [(None, None)]
        }
        columns = ("cost_center_id", "cost_center_name", "state", "resource_type", "resource_name")
        assert {tuple(row.get(name) for name in columns) for row in rows} == expected
        assert (None, None) in {(row.get("resource_type"), row.get("resource_name")) for row in rows}
        assert len({row["id"] for row in rows}) == len(rows) == len(expected)
        assert {row["date"] for row in rows} == {TODAY.isoformat()}
        pools = {row["cost_center_id"]: (row.get("pool_enabled"), row.get("pool_target")) for row in rows}
        targets = {
            center.id: (None if center.deleted_on else center.pool_target is not None, center.pool_target)
            for center in sandbox.bill.cost_centers
        }
        assert pools == targets
        paid_on_azure = {row["cost_center_id"]: row.get("azure_subscription") for row in rows}
        assert paid_on_azure == {center.id: center.azure_subscription for center in sandbox.bill.cost_centers}
        assert len(set(paid_on_azure.values())) == 2


def test_the_list_is_fetched_once_for_both_streams() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        assert not read(sandbox, ("usage", STREAM)).errors
        assert len([request for request in sandbox.requests if "/cost-centers" in request.path]) == 1


def test_the_next_day_is_a_snapshot_of_its_own() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox)
        again = read(sandbox, state=first)
    with Sandbox(SHAPE, today=date(2026, 11, 23)) as sandbox:
        tomorrow = read(sandbox, state=first)
    ids = {row["id"] for row in first.rows[STREAM]}
    assert {row["id"] for row in again.rows[STREAM]} == ids
    assert tomorrow.rows[STREAM] and not ids & {row["id"] for row in tomorrow.rows[STREAM]}


def test_organizations_have_no_cost_centers_and_no_request() -> None:
    with Sandbox(BillShape()) as sandbox:
        result = sync(sandbox.app_config(), [STREAM], clock=VirtualClock())
        assert not result.errors and not result.rows[STREAM]
        assert not [request for request in sandbox.requests if "cost-centers" in request.path]


def test_a_cut_list_is_completed_page_by_page() -> None:
    pages = [listed(("User", "a"), ("User", "b"), has_next_page=True), listed(("Org", "c"), has_next_page=False)]
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        cut = listed(("User", "a"), has_next_page=True)
        sandbox.inject(Fault("json", path="cost-centers$", times=None, json={"costCenters": [cut]}))
        for number, page in enumerate(pages, start=1):
            sandbox.inject(Fault("json", path=f"cost-centers/center-1.*[?&]page={number}", times=None, json=page))
        result = read(sandbox)
        assert not result.errors
        assert [row["resource_name"] for row in result.rows[STREAM]] == ["a", "b", "c"]


def test_pages_without_an_end_are_an_error() -> None:
    cut = listed(("User", "a"), has_next_page=True)
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="cost-centers$", times=None, json={"costCenters": [cut]}))
        sandbox.inject(Fault("json", path="cost-centers/center-1", times=None, json=cut))
        result = read(sandbox)
        assert "says that more follow" in result.errors[0]
        assert len([request for request in sandbox.requests if "/cost-centers/" in request.path]) == 2


def test_a_resource_without_a_name_fails_this_stream_and_not_the_bill() -> None:
    broken = {"id": "center-1", "name": "Research", "resources": [{"type": "User"}]}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="cost-centers$", times=None, json={"costCenters": [broken]}))
        sandbox.inject(Fault("json", path="cost_center_id", times=None, json={"usageItems": []}))
        result = read(sandbox, ("usage", STREAM))
        assert result.statuses == {"usage": "COMPLETE", STREAM: "INCOMPLETE"}
        assert any("an item whose name is missing" in error for error in result.errors)


def test_an_odd_or_unknown_field_costs_itself_alone_and_is_kept() -> None:
    odd = {
        "state": 3,
        "ai_credit_pool_enabled": "yes",
        "ai_credit_pool_state": {"target_amount": "many"},
        "colour": "red",
    }
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        center = listed(("User", "a"), azure_subscription=[1], **odd)
        sandbox.inject(Fault("json", path="cost-centers$", times=None, json={"costCenters": [center]}))
        result = read(sandbox)
        assert not result.errors
        (row,) = result.rows[STREAM]
        assert (row["cost_center_id"], row["resource_name"]) == ("center-1", "a")
        assert [row.get(name) for name in ("state", "pool_enabled", "pool_target", "azure_subscription")] == [None] * 4
        assert row["other_fields"] == {**odd, "azure_subscription": [1]}
        (warning,) = [text for text in result.logs if "values of another kind than it documents" in text]
        assert "azure_subscription (1)" in warning and "colour" not in warning
