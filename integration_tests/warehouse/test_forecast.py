"""The forecast of a month on bills made up for one case each: it is right when it is what the month comes to."""

from __future__ import annotations

import calendar
import json
import math
import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, item
from integration_tests.warehouse.made_up_months import points

FIRST = DAY.replace(day=1)
READ_AT = "2027-03-02 06:30:00"
# A month of one seat that includes 1,900 AI credits.
PRICE = 19


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def read(bill: MadeUpBill, first: date, last: date, stream: str = "usage") -> None:
    """Receipts of all these days."""
    for day in days(first, last):
        bill.read(stream, day, day, READ_AT)


def line(bill: MadeUpBill, day: date, amount: float, **values: Any) -> None:
    item(bill, amount, date=day, read_at=READ_AT, is_read=False, **values)


def other(bill: MadeUpBill, day: date, amount: float) -> None:
    line(bill, day, amount, sku="other", unit_type="minutes")


def credits(bill: MadeUpBill, day: date, amount: float, paid: float = 0) -> None:
    """AI credits of one day, and what of their amount is charged."""
    line(bill, day, amount, discount_amount=amount - paid, net_amount=paid)


def seats(bill: MadeUpBill, day: date, count: float, sku: str = "copilot_for_business", days_paid: int = 1) -> None:
    """The seats of one day, as GitHub bills them: with the day's part of the month cut to nine decimals."""
    part = days_paid / calendar.monthrange(day.year, day.month)[1]
    quantity = count * math.floor(part * 10**9) / 10**9
    values = {"sku": sku, "unit_type": "user-months", "price_per_unit": PRICE, "quantity": quantity}
    line(bill, day, count * part * PRICE, **values)


def forecast(bill: MadeUpBill, *columns: str) -> list[Any]:
    ((*found,),) = bill.rows(f"select {', '.join(columns)} from github_copilot__month_end_forecast")  # noqa: S608 - own names
    return [value if value is None or isinstance(value, str | date) else float(value) for value in found]


def near(*values: float | None) -> Any:
    return pytest.approx(list(values), abs=1e-5)


def test_seats_of_a_short_month_cost_what_they_cost_in_a_long_one(bill: MadeUpBill) -> None:
    first, last = date(2026, 12, 8), date(2027, 2, 1)
    for day in days(first, last):
        seats(bill, day, 100)
    read(bill, first, last)
    found = forecast(bill, "seats", "gross_amount_at_month_end", "net_amount_at_month_end")
    assert found == near(100, 1900, 1900)


def test_seats_of_a_roll_out_count_with_their_newest_number(bill: MadeUpBill) -> None:
    last = FIRST.replace(day=10)
    for day in days(FIRST, last):
        seats(bill, day, 100 if day == last else 10)
    read(bill, FIRST, last)
    found = forecast(bill, "seats", "gross_amount_at_month_end", "net_amount_at_month_end")
    assert found == near(100, 1387, 1387)


def test_month_that_could_not_be_read_is_unknown_and_not_0(bill: MadeUpBill) -> None:
    for first, last in ((date(2026, 9, 1), date(2026, 9, 30)), (FIRST, DAY)):
        for day in days(first, last):
            other(bill, day, 10)
        read(bill, first, last)
    found = forecast(bill, "gross_amount_to_date", "gross_amount_at_month_end", "net_amount_at_month_end")
    assert found == near(140, 300, 300)


def test_days_of_this_month_that_could_not_be_read_or_only_in_part_are_expected_too(bill: MadeUpBill) -> None:
    for day in days(date(2026, 9, 1), DAY):
        is_unread = FIRST < day < FIRST + timedelta(days=8)
        if not is_unread:
            read(bill, day, day)
        if not is_unread or day.day == 3:
            other(bill, day, 4 if is_unread else 10)
            seats(bill, day, 30 if is_unread else 60)
    found = forecast(bill, "gross_amount_to_date", "gross_amount_at_month_end")
    assert found == near(7 * (10 + 2 * PRICE) + 4 + PRICE, 300 + 60 * PRICE)


def test_weekday_that_a_new_account_has_not_seen_yet_is_a_day_like_the_others(bill: MadeUpBill) -> None:
    for day in days(FIRST, FIRST + timedelta(days=3)):
        other(bill, day, 10)
    read(bill, FIRST, FIRST + timedelta(days=3))
    assert forecast(bill, "gross_amount_at_month_end") == near(300)


@pytest.mark.parametrize("short_days", [1, 2])
def test_days_whose_seat_lines_are_partly_there_do_not_count(short_days: int, bill: MadeUpBill) -> None:
    for day in days(FIRST, DAY):
        seats(bill, day, 5 * (1 + (DAY - day).days) if DAY - day < timedelta(days=short_days) else 100)
    read(bill, FIRST, DAY)
    assert forecast(bill, "seats", "included_credits", "gross_amount_at_month_end") == near(100, 190_000, 1900)


@pytest.mark.parametrize(("left", "expected"), [(2, 1), (1, 3), (0, 3)])
def test_fewer_seats_count_where_as_many_users_gave_one_back(left: int, expected: int, bill: MadeUpBill) -> None:
    for day in days(FIRST, DAY):
        seats(bill, day, 1 if day == DAY else 3)
    read(bill, FIRST, DAY)
    for day, users in ((DAY, 3), (DAY + timedelta(days=1), 3 - left)):
        for user in range(users):
            row = {"login": f"user-{user}", "user_id": user, "plan_type": "business"}
            bill.insert("seats", date=day, read_at=READ_AT, **row)
    assert forecast(bill, "seats") == near(expected)


@pytest.mark.parametrize("last", [FIRST, FIRST + timedelta(days=2), DAY])
def test_prepaid_seats_are_paid_for_the_month(last: date, bill: MadeUpBill) -> None:
    seats(bill, FIRST, 10, days_paid=30)
    for day in days(FIRST, last):
        # 19,000 credits are free: on the tenth day half of them is charged.
        credits(bill, day, 20, 0 if day.day < 10 else 10 if day.day == 10 else 20)
    read(bill, FIRST, last)
    found = forecast(bill, "seats", "included_credits", "net_amount_at_month_end", "gross_amount_at_month_end")
    assert found == near(10, 19_000, 600, 790)


def test_first_day_of_a_month_is_like_the_month_before(bill: MadeUpBill) -> None:
    for day in days(date(2026, 10, 1), FIRST):
        seats(bill, day, 300)  # on this day 10 user-months
    read(bill, date(2026, 10, 1), FIRST)
    assert forecast(bill, "seats", "gross_amount_at_month_end") == near(300, 300 * PRICE)


def test_charges_before_the_pool_is_used_up_by_arithmetic_go_on(bill: MadeUpBill) -> None:
    last = FIRST.replace(day=16)
    for day in days(FIRST, last):
        seats(bill, day, 100)
        credits(bill, day, 10, paid=10)
    read(bill, FIRST, last)
    found = forecast(bill, "net_amount_at_month_end", "credit_rule", "included_credits_used_up_on")
    # By the pool alone it would be 2,060: short by 6.4 %.
    assert found == [pytest.approx(2200, abs=1e-5), "observed_share", None]


def test_use_outside_the_pool_is_paid_and_leaves_the_pool_to_the_others(bill: MadeUpBill) -> None:
    for day in days(FIRST, DAY):
        seats(bill, day, 1)
        credits(bill, day, 1, paid=0.1)
    read(bill, FIRST, DAY)
    found = forecast(bill, "net_amount_at_month_end", "credit_rule", "included_credits_used_up_on")
    # 3,000 credits without the 1,900 of the pool, and 90 a day are drawn from it: the 22nd has the 1,900th.
    assert found == [pytest.approx(PRICE + 11, abs=1e-5), "observed_share", FIRST.replace(day=22)]


def test_charges_of_last_month_say_nothing_of_the_new_pool(bill: MadeUpBill) -> None:
    last = FIRST.replace(day=2)
    for day in days(date(2026, 10, 1), last):
        seats(bill, day, 1)
        credits(bill, day, 1, paid=0 if day >= FIRST or day < date(2026, 10, 20) else 1)
    read(bill, date(2026, 10, 1), last)
    found = forecast(bill, "net_amount_at_month_end", "credit_rule", "included_credits_used_up_on")
    assert found == [pytest.approx(PRICE + 11, abs=1e-5), "pool", FIRST.replace(day=19)]


@pytest.mark.parametrize(("sku", "reason"), [("copilot_standalone", "unknown_plan"), (None, "no_seats")])
def test_what_depends_on_an_unknown_pool_is_not_known(sku: str | None, reason: str, bill: MadeUpBill) -> None:
    for day in days(FIRST, DAY):
        credits(bill, day, 1)
        if sku:
            seats(bill, day, 1)
            seats(bill, day, 1, sku)
    read(bill, FIRST, DAY)
    dependent = ("included_credits", "net_amount_at_month_end", "included_credits_used_up_on", "credit_rule")
    assert forecast(bill, *dependent) == [None] * 4
    assert forecast(bill, "included_credits_missing_because") == [reason]
    gross = 30 + (2 * PRICE if sku else 0)
    assert forecast(bill, "gross_amount_at_month_end", "credits_at_month_end") == near(gross, 3000)


def test_pool_that_nobody_knows_is_used_up_where_all_is_charged(bill: MadeUpBill) -> None:
    for day in days(FIRST, DAY):
        credits(bill, day, 1, paid=1 if day.day > 2 else 0)
    read(bill, FIRST, DAY)
    assert forecast(bill, "net_amount_at_month_end", "credit_rule") == [pytest.approx(28), "observed_share"]


@pytest.mark.parametrize(
    ("values", "net", "rule"),
    [
        ({}, PRICE + 5, "stop_budget"),
        ({"budget_amount": 1}, PRICE + 2, "stop_budget"),  # the bill has charged 2
        ({"budget_amount": 50}, PRICE + 44, "pool"),
        ({"prevent_further_usage": False}, PRICE + 44, "pool"),
        ({"exclude_cost_center_usage": True}, PRICE + 44, "pool"),
        ({"budget_scope": "cost_center", "entity_name": "ops"}, PRICE + 44, "pool"),
        ({"product_sku_keys": '["spark"]'}, PRICE + 44, "pool"),
    ],
)
def test_stop_budget_of_the_account_caps_what_is_paid(
    values: dict[str, Any], net: float, rule: str, bill: MadeUpBill
) -> None:
    for day in days(FIRST, FIRST.replace(day=10)):
        seats(bill, day, 1)
        credits(bill, day, 2.1, paid=2 if day.day == 10 else 0)  # 1,900 credits are free
    read(bill, FIRST, FIRST.replace(day=10))
    row = {"budget_id": "b", "budget_scope": "enterprise", "budget_amount": 5, "prevent_further_usage": True}
    bill.insert("budgets", **{**row, "product_sku_keys": json.dumps(["aicredits"]), **values})
    found = forecast(bill, "net_amount_at_month_end", "credit_rule")
    assert found == [pytest.approx(net, abs=1e-5), rule]


def test_forecast_is_near_the_end_of_six_made_up_months(bill: MadeUpBill) -> None:
    # `python -m integration_tests.bench.answers` tries each day.
    found = list(points(bill, days=(11, 19, 27), seeds=(0,)))
    assert len(found) == 18
    assert statistics.median(point.error for point in found) < 0.03
    assert [point for point in found if point.error >= 0.1] == []
