"""The stream `billing_summary`, whole: GitHub's totals as it gives them, and how they prove the stream `usage`."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Sync, merged, sync
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 4, 1))
BY = ("date", "product", "sku")
STREAM = "billing_summary"
BOTH = ("usage", STREAM)
HIDDEN = "Control Rooms"


def read(sandbox: Sandbox, streams: tuple[str, ...] = (STREAM,), state: Sync | None = None, **config: Any) -> Sync:
    clock = VirtualClock(sandbox.bill.today)
    return sync(sandbox.enterprise_config(**config), streams, state.state if state else None, clock)


def warnings(result: Sync) -> list[str]:
    return [log for log in result.logs if "billing_summary" in log and "add up to" in log]


def months_asked(sandbox: Sandbox, path: str = "/usage/summary") -> list[tuple[int, int]]:
    """Each month once, oldest first; of totals as often as they were fetched."""
    asked = [
        (int(request.query["year"]), int(request.query["month"]))
        for request in sandbox.requests
        if request.path.endswith(path)
    ]
    return sorted(asked if path == "/usage/summary" else set(asked))


def changed(result: Sync) -> list[str]:
    return [log for log in result.logs if "GitHub has changed" in log]


def test_an_enterprise_is_read_whole_with_one_request_a_month() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox)
        assert not result.errors
        assert_sums(result.rows[STREAM], sandbox.bill.summary_sums(), BY, "gross_quantity")
        assert len(sandbox.requests) == 8  # April to November
        assert {row["product"].lower() for row in result.rows[STREAM]} > {"copilot"}


def test_organizations_are_read_with_the_totals_of_their_own() -> None:
    with Sandbox(BillShape()) as sandbox:
        result = sync(sandbox.app_config(), [STREAM], clock=VirtualClock())
        assert not result.errors
        for organization in sandbox.bill.organizations:
            rows = [row for row in result.rows[STREAM] if row["organization_name"] == organization]
            assert {row["organization_id"] for row in rows} == {sandbox.bill.organization_id(organization)}
            assert_sums(rows, sandbox.bill.summary_sums(account=organization), BY, "gross_quantity")


def test_a_second_sync_reads_the_running_month_and_three_closed_ones_and_replaces_changed_totals() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox)
        sandbox.bill.change_recent_amounts()
        sandbox.clear_requests()
        second = read(sandbox, state=first)
        assert months_asked(sandbox) == [(2026, 8), (2026, 9), (2026, 10), (2026, 11)]
        rows = merged(first.rows[STREAM], second.rows[STREAM])
        assert len(rows) == len(first.rows[STREAM])
        assert_sums(rows.values(), sandbox.bill.summary_sums(), BY, "gross_quantity")


def test_a_month_is_read_until_it_is_final_also_without_a_lookback() -> None:
    with Sandbox(SHAPE, today=date(2026, 11, 3)) as sandbox:
        first = read(sandbox, lookback_window_days=0)
        assert not any(row["is_final"] for row in first.rows[STREAM] if row["date"] == "2026-10-01")
    with Sandbox(SHAPE, today=date(2026, 11, 5)) as sandbox:
        second = read(sandbox, state=first, lookback_window_days=0)
    assert {row["is_final"] for row in second.rows[STREAM] if row["date"] == "2026-10-01"} == {True}


def test_a_start_date_within_a_month_reads_the_whole_month() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        rows = read(sandbox, start_date="2026-09-15").rows[STREAM]
        assert min(row["date"] for row in rows) == "2026-09-01"
        truth = {key: total for key, total in sandbox.bill.summary_sums().items() if key[0] >= date(2026, 9, 1)}  # type: ignore[operator]
        assert_sums(rows, truth, BY, "gross_quantity")


def test_without_a_start_date_the_24_months_that_github_has_whole_are_asked() -> None:
    """GitHub refuses a month that began more than two years ago."""
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        config = sandbox.enterprise_config()
        del config["start_date"]
        assert not sync(config, [STREAM], clock=VirtualClock(TODAY)).errors
        asked = months_asked(sandbox)
        assert (len(asked), asked[0], asked[-1]) == (24, (2024, 12), (2026, 11))


@pytest.mark.parametrize(
    "answer, complaint",
    [
        ({"timePeriod": {"year": 2027, "month": 1}, "usageItems": []}, "another time"),
        ({"costCenter": {"id": "1", "name": "x"}, "usageItems": []}, "one cost center"),
        ({"usageItems": [{"product": "copilot", "sku": "x", "unitType": "y"}]}, "pricePerUnit"),
    ],
)
def test_an_answer_to_another_question_is_an_error_and_no_rows(answer: dict[str, Any], complaint: str) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="summary.*month=10", times=None, json=answer))
        result = read(sandbox)
        assert complaint in result.errors[0]
        assert not any(row["date"] == "2026-10-01" for row in result.rows[STREAM])
        assert result.state_of(STREAM)["enterprise", "acme"]["cursor"] == {"date": "2026-09-30"}


def test_two_streams_that_agree_warn_of_nothing() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox, BOTH)
        assert not result.errors
        assert not warnings(result)


def test_a_hidden_cost_center_is_one_warning_with_both_sums() -> None:
    with Sandbox(SHAPE, today=TODAY, hidden_cost_centers=(HIDDEN,)) as sandbox:
        result = read(sandbox, BOTH)
        assert not result.errors
        logged = [record.log for record in result.output.logs if record.log and "add up to" in record.log.message]
        levels = [log.level.value for log in logged]
        assert levels.count("WARN") == 1
        assert len(logged) == 7  # April to October are final
        (warning,) = (log.message for log in logged if log.level.value == "WARN")
        assert "Enterprise acme" in warning and "cost center" in warning
        month = date.fromisoformat(warning.split("in ")[1][:7] + "-01")
        shown = sandbox.bill.usage_sums(by=("month", "cost_center"))
        hidden = next(center.id for center in sandbox.bill.cost_centers if center.name == HIDDEN)
        for name in ("gross", "net"):
            parts = {key: getattr(total, name) for key, total in shown.items() if key[0] == month}
            whole, seen = sum(parts.values(), Decimal(0)), sum(parts.values(), Decimal(0)) - parts[month, hidden]
            numbers = [Decimal(text.split()[-1]) for text in warning.split(f" USD {name}")[:2]]
            assert numbers == [seen, whole]


def test_a_hidden_cost_center_in_a_month_that_was_not_read_whole_is_no_warning() -> None:
    with Sandbox(SHAPE, today=TODAY, hidden_cost_centers=(HIDDEN,)) as sandbox:
        assert not warnings(read(sandbox, BOTH, start_date="2026-10-02"))


def test_changed_amounts_of_a_final_month_agree_after_both_are_read_again() -> None:
    with Sandbox(SHAPE, today=date(2026, 11, 5)) as sandbox:
        first = read(sandbox, BOTH)
        sandbox.bill.change_recent_amounts()
        second = read(sandbox, BOTH, first)
        assert not warnings(second)
        rows = merged(first.rows[STREAM], second.rows[STREAM])
        assert_sums(rows.values(), sandbox.bill.summary_sums(), BY, "gross_quantity")


@pytest.mark.parametrize("streams", [BOTH, BOTH[::-1]])
def test_a_change_behind_the_lookback_is_found_read_again_and_said(streams: tuple[str, ...]) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, streams)
        assert not changed(first)
        (dropped,) = sandbox.bill.withdraw(lambda charge: charge.product == "copilot" and charge.day.month == 9)
        sandbox.clear_requests()
        second = read(sandbox, streams, first)
        assert not second.errors
        assert months_asked(sandbox) == [(2026, 8), (2026, 9), (2026, 10), (2026, 11)]
        assert months_asked(sandbox, "/billing/usage") == [(2026, 9), (2026, 11)]
        (warning,) = changed(second)
        assert "Enterprise acme" in warning and "2026-09" in warning
        before, after = map(Decimal, re.findall(r"([0-9.]+) USD gross", warning))
        assert before - after == pytest.approx(dropped.gross, abs=Decimal("2e-6"))
        assert not warnings(second)  # the line items that were read again add up to the new total
        rows = {row["id"]: row for row in second.rows["usage"] if row["date"].startswith("2026-09")}
        sums = sandbox.bill.usage_sums(("day", "sku"))
        truth = {key: one for key, one in sums.items() if str(key[0]).startswith("2026-09")}
        assert_sums(rows.values(), truth, ("date", "sku"), "quantity")
        sandbox.clear_requests()
        third = read(sandbox, streams, second)
        assert not changed(third)
        assert months_asked(sandbox, "/billing/usage") == [(2026, 11)]


def test_a_month_that_never_adds_up_is_not_read_again_in_each_sync() -> None:
    with Sandbox(SHAPE, today=TODAY, hidden_cost_centers=(HIDDEN,)) as sandbox:
        first = read(sandbox, BOTH)
        sandbox.clear_requests()
        assert not changed(read(sandbox, BOTH, first))
        assert months_asked(sandbox, "/billing/usage") == [(2026, 11)]


def test_a_closed_month_that_was_never_compared_is_read_once_more_without_a_warning() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, ("usage",))
        assert "memory" not in first.state_of("usage")["enterprise", "acme"]
        for months in ([(2026, 8), (2026, 9), (2026, 10), (2026, 11)], [(2026, 11)]):
            sandbox.clear_requests()
            first = read(sandbox, BOTH, first)
            assert not changed(first)
            assert months_asked(sandbox, "/billing/usage") == months
        assert set(first.state_of("usage")["enterprise", "acme"]["memory"]) == {"2026-08", "2026-09", "2026-10"}


def test_usage_alone_fetches_no_totals_and_is_read_where_totals_are_refused() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, ("usage",))
        assert months_asked(sandbox) == []
        sandbox.inject(Fault("json", path="usage/summary", times=None, status=403, json={"message": "Forbidden"}))
        second = read(sandbox, BOTH, first)
        assert second.errors and second.statuses["usage"] == "COMPLETE"
        assert {row["date"][:7] for row in second.rows["usage"]} == {"2026-11"}


def test_a_month_that_the_start_date_cuts_is_read_again_from_it() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, BOTH, start_date="2026-09-10")
        sandbox.bill.withdraw(lambda charge: charge.product == "copilot" and charge.day == date(2026, 9, 15))
        second = read(sandbox, BOTH, first, start_date="2026-09-10")
        assert len(changed(second)) == 1
        days = {row["date"] for row in second.rows["usage"] if row["date"].startswith("2026-09")}
        assert min(days) == "2026-09-10" and "2026-08" not in {day[:7] for day in days}
