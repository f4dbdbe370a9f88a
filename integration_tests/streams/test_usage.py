"""The stream `usage`, whole: the connector reads the sandbox, and every sum is compared with what was billed."""

from datetime import timedelta
from typing import Any

import pytest

from integration_tests.support.connector import RECEIPTS, merged, sync
from integration_tests.support.usage import BY, SHAPE, TODAY, assert_billed, read_enterprise, read_organizations
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

MONTHS = 8  # April to November


def test_an_enterprise_is_read_whole_with_one_request_a_month_and_cost_center() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read_enterprise(sandbox)
        assert not result.errors
        assert_billed(result.rows["usage"], sandbox.bill.usage_sums(by=tuple(BY)))
        assert len({row["id"] for row in result.rows["usage"]}) == len(result.rows["usage"])
        cost_centers = len(sandbox.bill.cost_centers)
        assert cost_centers == 3
        assert len(sandbox.requests) == (cost_centers + 1) * MONTHS + 1
        deleted = {center.id for center in sandbox.bill.cost_centers if center.state == "deleted"}
        assert deleted & {row.get("cost_center_id") for row in result.rows["usage"]}


def test_organizations_are_read_with_one_token_and_one_request_a_month() -> None:
    with Sandbox(BillShape()) as sandbox:
        result = read_organizations(sandbox)
        assert not result.errors
        for organization in sandbox.bill.organizations:
            rows = [row for row in result.rows["usage"] if row["organization_name"].lower() == organization.lower()]
            assert rows and {row["organization_id"] for row in rows} == {sandbox.bill.organization_id(organization)}
            assert_billed(rows, sandbox.bill.usage_sums(by=("day", "sku"), account=organization), ("day", "sku"))
        first, today = sandbox.bill.first_day, sandbox.bill.today
        months = (today.year - first.year) * 12 + today.month - first.month + 1
        assert len(sandbox.requests) == len(sandbox.bill.organizations) * (months + 1) + 1


def test_a_second_sync_right_after_the_first_gives_the_same_rows_and_reads_the_lookback_only() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox)
        assert first.state_of("usage")["enterprise", "acme"]["cursor"] == {"date": "2026-11-21"}
        sandbox.clear_requests()
        second = read_enterprise(sandbox, first)
        assert len(sandbox.requests) == len(sandbox.bill.cost_centers) + 1 + 1  # November alone
        november = {row["id"]: row for row in first.rows["usage"] if row["date"] >= "2026-11-01"}
        again = {row["id"]: row for row in second.rows["usage"]}
        assert again.keys() == november.keys()
        for key, row in again.items():
            assert {**row, "read_at": ""} == {**november[key], "read_at": ""}
        assert second.state_of("usage") == first.state_of("usage")


def test_changed_amounts_replace_the_rows_they_were_read_as() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox)
        sandbox.bill.change_recent_amounts()
        second = read_enterprise(sandbox, first)
        rows = merged(first.rows["usage"], second.rows["usage"])
        assert len(rows) == len(first.rows["usage"])
        assert_billed(rows.values(), sandbox.bill.usage_sums(by=tuple(BY)))


def test_rows_of_one_month_share_one_read_at_which_is_that_of_its_receipt() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = sync(sandbox.enterprise_config(), ["usage", RECEIPTS], clock=VirtualClock(TODAY))
    rows = result.rows["usage"]
    assert len({row["id"] for row in rows}) == len(rows)
    moments = {month: {row["read_at"] for row in rows if row["date"][:7] == month} for month in ("2026-10", "2026-11")}
    receipts = {row["first_day"]: row for row in result.rows[RECEIPTS]}
    assert {receipts["2026-10-01"]["read_at"]} == moments["2026-10"]
    assert {receipts["2026-11-01"]["read_at"]} == moments["2026-11"]
    assert (receipts["2026-10-01"]["last_day"], receipts["2026-11-01"]["last_day"]) == ("2026-10-31", "2026-11-22")
    assert sum(row["row_count"] for row in receipts.values()) == len(rows)


def test_without_a_start_date_24_months_are_asked() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        config = sandbox.enterprise_config()
        del config["start_date"]
        sync(config, ["usage"], clock=VirtualClock(TODAY))
        asked = {(request.query["year"], request.query["month"]) for request in sandbox.requests if request.query}
        assert len(asked) == 25  # the month that holds the day 24 months ago, and this one
        assert min(asked, key=lambda month: (int(month[0]), int(month[1]))) == ("2024", "11")


def test_a_day_that_begins_while_the_sync_runs_is_left_to_the_next_one() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        yesterday = TODAY - timedelta(days=1)
        config = sandbox.enterprise_config()
        first = sync(config, ["usage"], clock=VirtualClock(yesterday))  # planned before midnight, asked after it
        assert not first.errors
        assert max(row["date"] for row in first.rows["usage"]) == yesterday.isoformat()
        second = read_enterprise(sandbox, first)
        today = [row for row in second.rows["usage"] if row["date"] == TODAY.isoformat()]
        assert today


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"usageItems": None}},
        {"json": {"usageItems": [{"product": "Actions"}, {}]}},
        {"body": b'{"usageItems": [{"quantity": NaN}]}'},
    ],
)
def test_an_answer_that_is_no_bill_is_an_error_that_names_the_request_and_no_rows(answer: dict[str, Any]) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="month=10", times=None, **answer))
        result = read_enterprise(sandbox)
        assert any("/enterprises/acme/settings/billing/usage" in error for error in result.errors)
        assert not any(row["date"].startswith("2026-10") for row in result.rows["usage"])
        # October is not counted as read, and what came before it is.
        assert result.state_of("usage")["enterprise", "acme"]["cursor"] == {"date": "2026-09-30"}
        sandbox.clear_faults()
        again = read_enterprise(sandbox, result)
        assert_billed(merged(result.rows["usage"], again.rows["usage"]).values(), sandbox.bill.usage_sums(by=tuple(BY)))


def test_every_column_of_the_schema_is_filled_somewhere_and_empty_text_is_null() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        rows = read_enterprise(sandbox).rows["usage"]
    filled = {name for row in rows for name, value in row.items() if value is not None}
    assert filled == {
        "id", "account_key", "account_type", "enterprise_slug", "organization_name", "repository_name",
        "cost_center_id", "cost_center_name", "date", "product", "sku", "unit_type", "product_key", "sku_key",
        "charge_type", "plan_type",
        "price_per_unit", "quantity", "gross_amount", "discount_amount", "net_amount", "read_at",
    }  # fmt: skip
    assert not any(value == "" for row in rows for value in row.values())
    assert {row["product"].lower() for row in rows} == {"copilot"}


def test_a_cost_center_that_is_listed_twice_is_read_once() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        centers = [
            {"id": center.id, "name": center.name, "state": center.state, "resources": []}
            for center in (*sandbox.bill.cost_centers, sandbox.bill.cost_centers[0])
        ]
        sandbox.inject(Fault("json", path="cost-centers", times=None, json={"costCenters": centers}))
        assert_billed(read_enterprise(sandbox).rows["usage"], sandbox.bill.usage_sums(by=tuple(BY)))
