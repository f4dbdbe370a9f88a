"""What a month cost by what it was good for, on bills made up for one case each."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.warehouse.compiled import STREAMS, compiled
from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, credit, item

OCTOBER = date(2026, 10, 1)
USER_MONTHS = {"unit_type": "user-months", "price_per_unit": 19}
RATIOS = (
    "amount_per_seat, amount_per_active_user, amount_per_1000_lines, amount_per_agent_pull_request, amount_per_credit,"
    " pool_share_used"
)


def unit_costs(bill: MadeUpBill, columns: str, month: date = OCTOBER) -> list[float | None]:
    sql = f"select {columns} from github_copilot__unit_costs where month = '{month}'"  # noqa: S608 - own names
    (row,) = bill.rows(sql)
    return [None if value is None else float(value) for value in row]


def metrics(bill: MadeUpBill, day: date, lines: int, pulls: int, monthly: int) -> None:
    counts = {"loc_added_sum": lines, "pull_requests_total_created_by_copilot": pulls}
    bill.insert("metrics", date=day, monthly_active_users=monthly, **counts)


def month_of_ten_seats(bill: MadeUpBill, days: int = 31) -> None:
    """Ten seats, and 1,000 credits a day: the last day is charged."""
    for number in range(days):
        day = OCTOBER + timedelta(days=number)
        quantity = round(10 / 31, 9)
        item(bill, quantity * 19, quantity=quantity, date=day, sku="copilot_for_business", **USER_MONTHS)
        paid = 10 if number == days - 1 else 0
        item(bill, 10, date=day, net_amount=paid, discount_amount=10 - paid)


def test_costs_of_a_closed_month(bill: MadeUpBill) -> None:
    month_of_ten_seats(bill)
    credit(bill, 2, date=OCTOBER, product="spark", sku="spark_ai_credit")
    for number in range(31):
        metrics(bill, OCTOBER + timedelta(days=number), 100, 1, 8)
    for number in (1, 1, 2, 3, 3):
        bill.insert("user_metrics", date=OCTOBER, login=f"user-{number}", user_id=number)
    item(bill, 1, date=DAY)  # the running month is another one
    net = 190 + 10 + 2
    found = unit_costs(bill, "gross_amount, net_amount, seats, active_users, measured_days, lines_accepted, credits")
    assert found == pytest.approx([190 + 310 + 2, net, 10, 3, 31, 3100, 31_200], abs=1e-5)
    expected = [net / 10, net / 3, net / 3.1, net / 31, 12 / 31_200, 30_000 / 19_000]
    assert unit_costs(bill, RATIOS) == pytest.approx(expected, abs=1e-5)


def test_lines_and_pull_requests_are_set_against_what_their_own_days_cost(bill: MadeUpBill) -> None:
    month_of_ten_seats(bill)
    for number in range(10):
        metrics(bill, OCTOBER + timedelta(days=number), 100, 0, number)
    columns = "measured_days, measured_net_amount, amount_per_1000_lines, amount_per_agent_pull_request"
    assert unit_costs(bill, columns) == [10, *(pytest.approx(1900 / 31, abs=1e-5),) * 2, None]


@pytest.mark.parametrize("amount", [190, 1_234_567.89])  # 32 bits hold seven digits
def test_seats_that_are_prepaid_are_of_each_day_of_the_month(amount: float, bill: MadeUpBill) -> None:
    item(bill, amount, quantity=10, date=OCTOBER, sku="copilot_for_business", **USER_MONTHS)
    bill.read("usage", OCTOBER, date(2026, 10, 31), "2026-10-02 06:30:00")
    bill.read("usage", date(2026, 10, 2), date(2026, 10, 31), "2026-11-01 06:30:00")
    metrics(bill, date(2026, 10, 5), 1000, 0, 1)
    assert unit_costs(bill, "amount_per_1000_lines") == [pytest.approx(amount / 31, abs=1e-6)]


def test_running_month_has_the_pool_of_the_newest_seats(bill: MadeUpBill) -> None:
    month_of_ten_seats(bill, 5)
    found = unit_costs(bill, "seats, included_credits, pool_share_used")
    assert found == pytest.approx([50 / 31, 19_000, 4000 / 19_000], abs=1e-5)


def test_what_is_not_known_is_null(bill: MadeUpBill) -> None:
    row: dict[str, Any] = {"date": OCTOBER, "sku": "copilot_standalone", **USER_MONTHS}
    item(bill, 10, quantity=1, **row)
    item(bill, 1, date=DAY)
    columns = "included_credits, active_users, lines_accepted, amount_per_credit"
    assert unit_costs(bill, columns) == [None] * 4


def test_without_user_metrics_the_28_days_before_the_last_measured_day_count(tmp_path: Path) -> None:
    streams = [stream for stream in STREAMS if stream != "user_metrics"]
    with contextlib.closing(MadeUpBill(compiled("duckdb", tmp_path, streams))) as bill:
        month_of_ten_seats(bill)
        for number in range(10):
            metrics(bill, OCTOBER + timedelta(days=number), 100, 0, number)
        assert unit_costs(bill, "active_users, amount_per_active_user") == [9, pytest.approx(200 / 9, abs=1e-5)]
