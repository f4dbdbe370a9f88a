"""The stream `usage`, whole: the connector reads the sandbox, and every sum is compared with what was billed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.sandbox import BillShape, Fault, Sandbox
from integration_tests.sandbox import Sums as Truth
from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Row, Sync, merged, sync
from unit_tests.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 4, 1))
MONTHS = 8  # April to November
COLUMNS = {
    "quantity": "quantity",
    "gross_amount": "gross",
    "discount_amount": "discount",
    "net_amount": "net",
}
BY = {"day": "date", "organization": "organization_name", "sku": "sku", "cost_center": "cost_center_id"}


def read_enterprise(sandbox: Sandbox, state: Sync | None = None, **config: Any) -> Sync:
    return sync(
        sandbox.enterprise_config(**config), ["usage"], state.state if state else None, VirtualClock(sandbox.bill.today)
    )


def read_organizations(sandbox: Sandbox, state: Sync | None = None, **config: Any) -> Sync:
    return sync(sandbox.app_config(**config), ["usage"], state.state if state else None, VirtualClock())


def assert_billed(rows: Iterable[Row], truth: Mapping[Any, Truth], by: Sequence[str] = tuple(BY)) -> None:
    assert_sums(rows, truth, {part: BY[part] for part in by}, COLUMNS)


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


def test_another_enterprise_than_the_states_is_refused_before_any_request() -> None:
    """Each row would get another id, and the views would show the bill twice."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = sync(sandbox.enterprise_config(), clock=VirtualClock(TODAY))
        sandbox.bill.shape = replace(sandbox.bill.shape, enterprise="acme-corp")
        sandbox.clear_requests()
        second = sync(sandbox.enterprise_config(), state=first.state, clock=VirtualClock(TODAY))
        assert not sandbox.requests and not second.rows
        assert second.statuses == {"usage": "INCOMPLETE", "ai_credit_usage": "INCOMPLETE"}
        assert second.failure_type == "config_error"
        for stream in second.statuses:
            sentence = f"stream {stream}: the state is of enterprise acme, and the configuration names acme-corp. If it"
            assert any(error.startswith(f"invalid_configuration: {sentence}") for error in second.errors)
            assert second.state_of(stream) in ({}, first.state_of(stream))


def test_an_enterprise_of_another_spelling_is_the_same() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read_enterprise(sandbox)
        sandbox.bill.shape = replace(sandbox.bill.shape, enterprise="ACME")
        assert not read_enterprise(sandbox, first).errors


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


def test_an_organization_that_is_suspended_after_it_was_read_is_no_silence() -> None:
    with Sandbox(BillShape()) as sandbox:
        first = read_organizations(sandbox)
        broken = sandbox.bill.organizations[0]
        sandbox.suspend(broken)
        second = read_organizations(sandbox, first)
        assert second.failure_type == "config_error"
        assert any("suspended" in error and broken in error for error in second.errors)


def test_an_organization_that_was_read_renamed_and_suspended_is_no_silence() -> None:
    with Sandbox(BillShape()) as sandbox:
        first = read_organizations(sandbox)
        sandbox.rename(sandbox.bill.organizations[0], "acme-renamed")
        sandbox.suspend("acme-renamed")
        second = read_organizations(sandbox, first)
        assert second.failure_type == "config_error"
        assert any("suspended" in error and "acme-renamed" in error for error in second.errors)


def test_another_organization_that_takes_a_known_name_is_read_whole() -> None:
    shape = BillShape(organizations=("acme", "beta"), first_day=date.today() - timedelta(days=70))
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


def test_an_organization_that_was_read_and_is_gone_is_warned_of_and_keeps_its_state() -> None:
    with Sandbox(BillShape()) as sandbox:
        first = read_organizations(sandbox)
        gone = sandbox.bill.organizations[0]
        sandbox.uninstall(gone)
        second = read_organizations(sandbox, first)
        assert not second.errors
        assert any(gone in line and "no longer installed or configured" in line for line in second.logs)
        assert second.state_of("usage")["organization", gone] == first.state_of("usage")["organization", gone]


def test_an_organization_installed_later_starts_at_the_start_date() -> None:
    with Sandbox(BillShape()) as sandbox:
        first = read_organizations(sandbox)
        sandbox.bill.add_organization("acme-new")
        sandbox.install("acme-new")
        second = read_organizations(sandbox, first)
        assert not second.errors
        new = [row for row in second.rows["usage"] if row["organization_name"] == "acme-new"]
        assert_billed(new, sandbox.bill.usage_sums(by=("day", "sku"), account="acme-new"), ("day", "sku"))
        old = [row for row in second.rows["usage"] if row["organization_name"] != "acme-new"]
        assert min(row["date"] for row in old) >= (sandbox.bill.today - timedelta(days=8)).replace(day=1).isoformat()


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


def test_a_bill_of_no_account_is_no_bill_of_nothing() -> None:
    with Sandbox(BillShape()) as sandbox:
        for organization in sandbox.bill.organizations:
            sandbox.uninstall(organization)
        output = sync(sandbox.app_config(), [], clock=VirtualClock())
        assert output.failure_type == "config_error"
        assert output.errors[0].startswith("invalid_permissions: the GitHub App can read no organization")


def test_pages_that_lead_in_a_circle_are_refused() -> None:
    with Sandbox(BillShape()) as sandbox:
        link = {"Link": f'<{sandbox.url}/app/installations?page=1>; rel="next"'}
        sandbox.inject(Fault("json", path="app/installations", times=None, json=[], headers=link))
        output = sync(sandbox.app_config(), [], clock=VirtualClock())
        assert "links to a page that was read before" in output.errors[0]
        assert len(sandbox.requests) == 2


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
    assert "is outside the month that was asked for" in result.errors[0]
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


def test_two_organizations_of_one_name_are_not_told_apart_by_a_guess() -> None:
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
