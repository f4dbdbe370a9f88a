"""The stream `usage`, whole: the connector reads the sandbox, and every sum is compared with what was billed."""

from datetime import timedelta
from typing import Any

import pytest

from integration_tests.support.connector import Sync, merged, sync
from integration_tests.support.usage import BY, SHAPE, TODAY, assert_billed, read_enterprise, read_organizations
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

MONTHS = 8  # April to November


def billing_requests(sandbox: Sandbox) -> int:
    return len(sandbox.requests)


def test_an_enterprise_is_read_whole_with_one_request_a_month_and_cost_center() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read_enterprise(sandbox)
        assert not result.errors
        assert_billed(result.rows["usage"], sandbox.bill.usage_sums(by=tuple(BY)))
        cost_centers = len(sandbox.bill.cost_centers)
        assert cost_centers == 3
        assert billing_requests(sandbox) == (cost_centers + 1) * MONTHS + 1
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
        assert billing_requests(sandbox) == len(sandbox.bill.organizations) * (months + 1) + 1


def test_a_second_sync_right_after_the_first_gives_the_same_rows_and_reads_the_lookback_only() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox)
        assert first.state_of("usage")["enterprise", "acme"]["cursor"] == {"date": "2026-11-21"}
        sandbox.clear_requests()
        second = read_enterprise(sandbox, first)
        assert billing_requests(sandbox) == len(sandbox.bill.cost_centers) + 1 + 1  # November alone
        november = {row["id"]: row for row in first.rows["usage"] if row["date"] >= "2026-11-01"}
        again = {row["id"]: row for row in second.rows["usage"]}
        assert again.keys() == november.keys()
        for key, row in again.items():
            assert {**row, "read_at": ""} == {**november[key], "read_at": ""}
        assert second.state_of("usage") == first.state_of("usage")


def test_a_lookback_of_four_weeks_reads_two_months() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox)
        second = read_enterprise(sandbox, first, lookback_window_days=28)
        assert {row["date"][:7] for row in second.rows["usage"]} == {"2026-10", "2026-11"}


def test_changed_amounts_replace_the_rows_they_were_read_as() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox)
        sandbox.bill.change_recent_amounts()
        second = read_enterprise(sandbox, first)
        rows = merged(first.rows["usage"], second.rows["usage"])
        assert len(rows) == len(first.rows["usage"])
        assert_billed(rows.values(), sandbox.bill.usage_sums(by=tuple(BY)))


def test_rows_of_one_window_share_one_read_at_and_ids_are_unique() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        rows = read_enterprise(sandbox).rows["usage"]
    assert len({row["id"] for row in rows}) == len(rows)
    by_month: dict[str, set[str]] = {}
    for row in rows:
        by_month.setdefault(row["date"][:7], set()).add(row["read_at"])
    assert {len(moments) for moments in by_month.values()} == {1}
    spans = {(row["date"][:7], row["window_first"], row["window_last"]) for row in rows}
    assert {span for span in spans if span[0] >= "2026-10"} == {
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-11", "2026-11-01", "2026-11-22"),
    }


def test_an_earlier_start_date_reads_from_there_again_and_a_later_one_does_not() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox, start_date="2026-09-15")
        assert min(row["date"] for row in first.rows["usage"]) >= "2026-09-15"
        earlier = read_enterprise(sandbox, first, start_date="2026-08-20")
        assert min(row["date"] for row in earlier.rows["usage"]) == "2026-08-20"
        assert earlier.state_of("usage")["enterprise", "acme"]["start_date"] == "2026-08-20"
        later = read_enterprise(sandbox, earlier, start_date="2026-10-01")
        assert {row["date"][:7] for row in later.rows["usage"]} == {"2026-11"}
        assert later.state_of("usage")["enterprise", "acme"]["start_date"] == "2026-08-20"


def test_without_a_start_date_24_months_are_asked() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        config = sandbox.enterprise_config()
        del config["start_date"]
        sync(config, ["usage"], clock=VirtualClock(TODAY))
        asked = {(request.query["year"], request.query["month"]) for request in sandbox.requests if request.query}
        assert len(asked) == 25  # the month that holds the day 24 months ago, and this one
        assert min(asked, key=lambda month: (int(month[0]), int(month[1]))) == ("2024", "11")


def test_a_day_that_begins_while_the_sync_runs_is_left_to_the_next_one() -> None:
    """Its rows would stand outside the window that they tell of, and the view would drop them."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        yesterday = TODAY - timedelta(days=1)
        config = sandbox.enterprise_config()
        first = sync(config, ["usage"], clock=VirtualClock(yesterday))  # planned before midnight, asked after it
        assert not first.errors
        assert max(row["date"] for row in first.rows["usage"]) == yesterday.isoformat()
        second = read_enterprise(sandbox, first)
        today = [row for row in second.rows["usage"] if row["date"] == TODAY.isoformat()]
        assert today and {row["window_last"] for row in today} == {TODAY.isoformat()}


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"items": []}},
        {"json": []},
        {"json": {"usageItems": None}},
        {"json": {"usageItems": [{"date": "2026-11-01", "product": "Copilot"}]}},
        {"json": {"usageItems": [{"product": "Actions"}, {}]}},
        {"body": b"<html>Unicorn!</html>"},
        {"body": b'{"usageItems": [{"date": "2026-11'},
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
        "id", "account_type", "enterprise_slug", "organization_name", "repository_name", "cost_center_id",
        "cost_center_name", "date", "product", "sku", "unit_type", "price_per_unit", "quantity", "gross_amount",
        "discount_amount", "net_amount", "window_first", "window_last", "read_at",
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


def line_item(**fields: Any) -> dict[str, Any]:
    return {
        "date": "2026-11-05T01:00:00Z", "product": "Copilot", "sku": "Copilot AI Credits", "unitType": "ai-credits",
        "pricePerUnit": 0.01, "quantity": 1, "grossAmount": 0.01, "discountAmount": 0, "netAmount": 0.01,
        "organizationName": "acme-web", **fields,
    }  # fmt: skip


def november(*items: dict[str, Any]) -> Sync:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="cost-centers", times=None, json={"costCenters": []}))
        sandbox.inject(Fault("json", path="billing/usage.*month=", times=None, json={"usageItems": list(items)}))
        return sync(sandbox.enterprise_config(start_date="2026-11-01"), ["usage"], clock=VirtualClock(TODAY))


@pytest.mark.parametrize("day", ["2026-10-31", "2026-12-01T00:00:00Z", "2025-11-05", "2026-11-01T01:00:00+02:00"])
def test_a_day_of_another_month_than_the_one_asked_for_is_refused(day: str) -> None:
    result = november(line_item(date=day))
    assert "is outside the time that was asked for" in result.errors[0]
    assert not result.rows["usage"]


def test_a_time_stamp_counts_for_its_utc_day() -> None:
    (row,) = november(line_item(date="2026-11-05T23:30:00-05:00")).rows["usage"]
    assert row["date"] == "2026-11-06"


def test_items_of_one_key_are_added_up_whatever_their_order_and_units_stay_apart() -> None:
    items = [
        line_item(sku="copilot_ai_credit", pricePerUnit=0.02, netAmount=0.02),
        line_item(date="2026-11-05T09:00:00Z"),
        line_item(unitType="requests", netAmount=0.04),
    ]
    for order in (items, items[::-1]):
        rows = {row["unit_type"]: row for row in november(*order).rows["usage"]}
        assert {unit: row["net_amount"] for unit, row in rows.items()} == {"ai-credits": 0.03, "requests": 0.04}
        assert (rows["ai-credits"]["sku"], rows["ai-credits"].get("price_per_unit")) == ("Copilot AI Credits", None)
        assert rows["requests"]["price_per_unit"] == 0.01
