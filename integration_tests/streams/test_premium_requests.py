"""The stream `premium_request_usage`: every sum is compared with what was billed, and no report is ordered in vain."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.support.ai_credits import BY_USER, EXPORT, NAMES
from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Sync, exact, merged, sync
from sandbox import BillShape, Fault
from sandbox import Sums as Truth
from sandbox.charges import PREMIUM_REQUEST
from sandbox.csv_report import by_quota, credits_of
from sandbox.truth import add_up
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 4, 10))
STREAM = "premium_request_usage"
BY = ("day", "organization", "user", "model", "cost_center")
COLUMNS = [NAMES[part] for part in BY]


def read(sandbox: Sandbox, state: Sync | None = None, streams: tuple[str, ...] = (STREAM,), **config: Any) -> Sync:
    config = {"credentials": EXPORT, "start_date": "2026-03-20", **config}
    return sync(
        sandbox.enterprise_config(**config), streams, state.state if state else None, VirtualClock(sandbox.bill.today)
    )


def billed(sandbox: Sandbox) -> Mapping[Any, Truth]:
    return add_up((charge for charge in sandbox.bill.charges if charge.sku == PREMIUM_REQUEST), BY)


def total(numbers: Iterable[Decimal]) -> Decimal:
    return sum(numbers, Decimal(0))


def orders(sandbox: Sandbox) -> int:
    return len([request for request in sandbox.requests if request.method == "POST"])


@pytest.mark.parametrize("method", [EXPORT, BY_USER])
def test_every_user_model_organization_and_cost_center_of_every_day_is_read(method: Mapping[str, str]) -> None:
    """However AI credits are read."""
    with Sandbox(SHAPE, today=TODAY, export_files=2) as sandbox:
        result = read(sandbox, credentials=method)
        assert not result.errors
        rows = result.rows[STREAM]
        assert_sums(rows, billed(sandbox), COLUMNS, "gross_quantity")
        assert (min(row["date"] for row in rows), max(row["date"] for row in rows)) == ("2026-04-10", "2026-05-31")
        assert len({row["id"] for row in rows}) == len(rows)
        assert {row["price_per_unit"] for row in rows} == {0.04}
        assert all((row.get("login") is None) == (row["attribution"] == "unattributed") for row in rows)
        assert orders(sandbox) == 3  # 73 days from March 20
        assert result.state_of(STREAM)["enterprise", "acme"]["cursor"] == {"date": "2026-05-31"}


def test_what_exceeds_the_quota_and_the_preview_in_credits_stand_beside_the_bill() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        rows = read(sandbox).rows[STREAM]
        lines = [line for charge in sandbox.bill.charges if charge.sku == PREMIUM_REQUEST for line in by_quota(charge)]
    for exceeds in (False, True):
        ours = [row for row in rows if row["exceeds_quota"] is exceeds]
        theirs = [line for line in lines if (not line.discount) is exceeds]
        credits = total(map(credits_of, theirs))
        truth = {
            "gross_quantity": total(line.quantity for line in theirs),
            "aic_quantity": credits,
            "aic_gross_amount": credits / 100,
        }
        assert ours
        assert {name: abs(total(exact(row[name]) for row in ours) - sum_) < 1e-6 for name, sum_ in truth.items()} == (
            dict.fromkeys(truth, True)
        )
    # Beside the bill, and never in it: the requests alone are what was charged.
    assert sum(row["net_amount"] for row in rows if not row["exceeds_quota"]) == 0


@pytest.mark.parametrize("column", ["exceeds_quota", "aic_quantity"])
def test_a_report_without_these_columns_is_read_all_the_same(column: str) -> None:
    with Sandbox(SHAPE, today=TODAY, without_columns=(column,)) as sandbox:
        result = read(sandbox)
        assert not result.errors and all(row.get(column) is None for row in result.rows[STREAM])
        assert_sums(result.rows[STREAM], billed(sandbox), COLUMNS, "gross_quantity")


def test_once_all_is_read_no_report_is_ordered_again() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox)
        sandbox.clear_requests()
        second = read(sandbox, first, lookback_window_days=365)
        assert not second.errors and not second.rows[STREAM]
        assert sandbox.requests == []
        assert second.state_of(STREAM) == first.state_of(STREAM)


def test_a_start_date_after_the_last_day_asks_nothing() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox, start_date="2026-06-01")
        assert not result.errors and not result.rows[STREAM]
        assert sandbox.requests == []


def test_an_interrupted_history_goes_on_where_it_stopped() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("forbidden", "POST", "billing/reports$", nth=2, times=None))
        first = read(sandbox)
        assert "premium request report needs" in first.errors[0]
        assert first.state_of(STREAM)["enterprise", "acme"]["cursor"] == {"date": "2026-03-31"}
        sandbox.clear_faults()
        sandbox.clear_requests()
        second = read(sandbox, first, lookback_window_days=0)
        assert orders(sandbox) == 3  # the last day once more, and two months
        rows = merged(first.rows[STREAM], second.rows[STREAM])
        assert_sums(rows.values(), billed(sandbox), COLUMNS, "gross_quantity")


def test_two_streams_share_the_one_export_of_the_enterprise() -> None:
    """GitHub answers 409 to an order while another report is made."""
    with Sandbox(SHAPE, today=TODAY, export_polls=3) as sandbox:
        result = read(sandbox, None, ("ai_credit_usage", STREAM))
        assert not result.errors
        assert not [request for request in sandbox.requests if request.status == 409]
        assert orders(sandbox) == 3 + 6
        assert len([request for request in sandbox.requests if request.path.endswith("/cost-centers")]) == 1
        assert_sums(result.rows[STREAM], billed(sandbox), COLUMNS, "gross_quantity")
        credits = sandbox.bill.ai_credit_sums(by=BY)
        assert_sums(result.rows["ai_credit_usage"], credits, COLUMNS, "gross_quantity")
        ids = [{row["id"] for row in rows} for rows in result.rows.values()]
        assert not ids[0] & ids[1]


def test_organizations_have_no_report_and_no_request() -> None:
    with Sandbox(BillShape()) as sandbox:
        result = sync(sandbox.app_config(), [STREAM], clock=VirtualClock())
        assert not result.errors and not result.rows[STREAM]
        assert not [request for request in sandbox.requests if "billing" in request.path]
