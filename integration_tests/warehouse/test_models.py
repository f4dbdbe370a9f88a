"""Staging models and costs on rows made up for one case each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, item


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def net(bill: MadeUpBill, since: date = date.min, until: date = date.max) -> float:
    sums = f"select sum(net_amount) from stg_github_copilot__usage where date between '{since}' and '{until}'"  # noqa: S608
    return float(bill.rows(sums)[0][0] or 0)


def test_table_that_is_only_appended_to_gives_each_row_once(bill: MadeUpBill) -> None:
    for later in (1, 2):
        read_on = DAY + timedelta(days=later)
        item(bill, id="1", window_last=read_on, read_at=f"{read_on} 06:30:00")
    assert net(bill) == 1


def test_withdrawn_day_stays_withdrawn_when_the_lookback_has_left_it_behind(bill: MadeUpBill) -> None:
    gone, today = date(2026, 10, 10), date(2026, 10, 11)
    for day in days(date(2026, 10, 1), today):
        item(
            bill, id=str(day), date=day, window_first=date(2026, 10, 1), window_last=today, read_at=f"{today} 06:30:00"
        )
    assert net(bill, gone, gone) == 1
    for number in range(1, 25):
        today += timedelta(days=1)
        begin = today - timedelta(days=9)
        for day in days(begin, today):
            if day != gone:
                bill.delete("usage", str(day))
                item(bill, id=str(day), date=day, window_first=begin, window_last=today, read_at=f"{today} 06:30:00")
        assert net(bill, gone, gone) == 0, number
        assert net(bill) == len(days(date(2026, 10, 1), today)) - 1


def test_cost_centers_of_one_name_stand_apart_by_id(bill: MadeUpBill) -> None:
    centers = [("1", "Ops"), ("2", "Ops"), ("1", "Ops before"), (None, "A"), (None, "B"), (None, None)]
    for center, name in centers:
        item(bill, cost_center_id=center, cost_center_name=name)
    rows = bill.rows("select cost_center_id, cost_center, gross_amount from cost_by_cost_center")
    assert set(rows) == {("1", "Ops before", 2), ("2", "Ops", 1), (None, "A", 1), (None, "B", 1), (None, None, 1)}


@pytest.mark.parametrize(
    ("unit", "kind"),
    [("UserMonths", "seats"), ("user-months", "seats"), ("AICredits", "ai_credits"), ("ai-units", "ai_credits"),
     ("credits", "ai_credits"), ("requests", "premium_requests"), ("minutes", "other")],
)  # fmt: skip
def test_unit_says_what_a_line_item_is_for(unit: str, kind: str, bill: MadeUpBill) -> None:
    item(bill, unit_type=unit)
    assert bill.rows("select kind from cost_by_month") == [(kind,)]
