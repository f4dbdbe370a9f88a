"""The days whose cost is not usual for their weekday, and who made it so, on bills made up for one case each."""

from __future__ import annotations

import random
import statistics
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, credit, item

FIRST = DAY - timedelta(days=70)
READ_AT = f"{DAY + timedelta(days=1)} 06:30:00"
USER_MONTHS = {"sku": "copilot_for_business", "unit_type": "user-months"}


def read_until(bill: MadeUpBill, last: date = DAY, first: date = FIRST) -> None:
    while first <= last:
        until = min(first + timedelta(days=30), last)
        bill.read("usage", first, until, READ_AT)
        first = until + timedelta(days=1)


def seats_of(bill: MadeUpBill, day: date, seats: int, days_in_month: int) -> None:
    amount = round(seats / days_in_month, 9) * 19
    item(
        bill, amount, date=day, quantity=round(seats / days_in_month, 9), is_read=False, read_at=READ_AT, **USER_MONTHS
    )


def every_day(first: date = FIRST, last: date = DAY) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_band_is_the_median_and_three_median_deviations_of_the_weekdays_of_eight_weeks(bill: MadeUpBill) -> None:
    chosen = random.Random(7)
    costs = {day: round(chosen.uniform(1, 100), 2) for day in every_day(FIRST - timedelta(days=28))}
    unread = DAY - timedelta(days=21)
    for day, cost in costs.items():
        item(bill, cost, date=day, is_read=False, read_at=READ_AT)
    read_until(bill, unread - timedelta(days=1), FIRST - timedelta(days=28))
    read_until(bill, DAY, unread + timedelta(days=1))
    columns = "gross_amount, days_compared, usual_amount, low_amount, high_amount, is_anomaly"
    rows = bill.rows(f"select date, {columns} from int_github_copilot__cost_bands")  # noqa: S608 - own names
    found = {day: values for day, *values in rows}
    assert set(found) == set(costs) - {unread}
    for day in every_day(FIRST + timedelta(days=28)):
        if day == unread:
            continue
        weeks = [day - timedelta(days=7 * number) for number in range(1, 9)]
        past = [costs[earlier] for earlier in weeks if earlier != unread]
        median = statistics.median(past)
        tolerance = 3 * statistics.median(abs(cost - median) for cost in past)
        expected = [costs[day], len(past), median, median - tolerance, median + tolerance]
        assert [float(value) for value in found[day][:5]] == pytest.approx(expected, abs=1e-6)
        assert found[day][5] == (abs(costs[day] - median) > tolerance + 0.01)


def test_anomaly_names_the_sku_and_the_user_that_moved_the_day_most(bill: MadeUpBill) -> None:
    other = {"sku": "copilot_extra", "unit_type": "minutes"}
    for day in every_day():
        jumped = day == DAY - timedelta(days=1)
        for login, usual, then in (("ann", 5, 5.5), ("Bob", 1, 4), ("cat", 3, 2)):
            amount = then if jumped else usual
            item(bill, amount, date=day, is_read=False, read_at=READ_AT)
            credit(bill, amount, date=day, login=login)
        item(bill, 8 if day == DAY else 10, date=day, is_read=False, read_at=READ_AT, **other)
    read_until(bill)
    columns = "date, gross_amount, usual_amount, difference, sku, sku_difference, login, login_difference"
    rows = bill.rows(f"select {columns} from github_copilot__anomalies order by date")  # noqa: S608 - own names
    assert [(row[0], row[4], row[6]) for row in rows] == [
        (DAY - timedelta(days=1), "copilot_ai_credit", "bob"),
        (DAY, "copilot_extra", "ann"),
    ]
    numbers = [[float(value) for value in (*row[1:4], row[5], row[7])] for row in rows]
    assert numbers == [pytest.approx(row, abs=1e-6) for row in ([21.5, 19, 2.5, 2.5, 3], [17, 19, -2, -2, 0])]


def test_seats_that_stay_are_usual_in_a_shorter_month_and_where_they_are_prepaid(bill: MadeUpBill) -> None:
    last = date(2026, 3, 20)
    for day in every_day(date(2026, 1, 1), last):
        seats_of(bill, day, 100, {1: 31, 2: 28, 3: 31}[day.month])
        for month in (1, 2, 3):
            if day == date(2026, month, 1):
                prepaid: dict[str, Any] = {"enterprise_slug": "beta", "date": day, "is_read": False, "read_at": READ_AT}
                item(bill, 190, quantity=10, **prepaid, **USER_MONTHS)
    for account in ("acme", "beta"):
        for month, days in ((1, 31), (2, 28), (3, 20)):
            bill.read("usage", date(2026, month, 1), date(2026, month, days), READ_AT, enterprise_slug=account)
    assert bill.rows("select * from github_copilot__anomalies") == []
    found = bill.rows(
        "select account_name, count(usual_amount) from int_github_copilot__cost_bands group by 1 order by 1"
    )
    assert found == [("acme", 79 - 56), ("beta", 79 - 56)]


@pytest.mark.parametrize(("weeks", "unread", "is_anomaly"), [(7, 0, False), (8, 0, True), (8, 4, True), (8, 5, False)])
def test_less_than_eight_weeks_and_fewer_than_four_known_days_are_no_habit(
    weeks: int, unread: int, is_anomaly: bool, bill: MadeUpBill
) -> None:
    first = DAY - timedelta(days=7 * weeks)
    for day in every_day(first):
        item(bill, 50 if day == DAY else 10, date=day, is_read=False, read_at=READ_AT)
    read_until(bill, first, first)
    read_until(bill, DAY, first + timedelta(days=7 * unread + 1))
    assert [row[0] for row in bill.rows("select date from github_copilot__anomalies")] == [DAY] * is_anomaly
