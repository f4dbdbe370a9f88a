"""Staging models and costs on rows made up for one case each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

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


def test_read_that_lacks_a_part_proves_what_is_gone_of_the_parts_that_it_has_and_of_no_other(bill: MadeUpBill) -> None:
    month: dict[str, Any] = {"window_first": date(2026, 11, 1), "window_last": date(2026, 11, 14)}
    for day in range(1, 15):
        for center in ("a", "b", None):
            key = f"{day}-{center}"
            read_at = "2026-11-14 06:30:00"
            item(bill, id=key, date=date(2026, 11, day), cost_center_id=center, read_at=read_at, **month)
    # Of a, the days 3 and 9 are left; the line items without a cost center are all there; b could not be read.
    for day, center in [(3, "a"), (9, "a"), *((day, None) for day in range(1, 15))]:
        key = f"{day}-{center}"
        bill.delete("usage", key)
        incomplete: dict[str, Any] = {"window_first": None, "window_last": None, "read_at": "2026-11-14 12:30:00"}
        item(bill, id=key, date=date(2026, 11, day), cost_center_id=center, **incomplete)
    rows = bill.rows("select cost_center_id, count(*) from stg_github_copilot__usage group by 1 order by 1")
    # Days 4 to 8 of a are gone. Nothing proves that days 1, 2 and 10 to 14 are.
    assert rows == [("a", 9), ("b", 14), (None, 14)]


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
    item(bill, unit_type=unit, sku="a sku")
    assert bill.rows("select kind from cost_by_month") == [(kind,)]


@pytest.mark.parametrize("sku", ["copilot_ai_credit", "Spark AI Credits", "copilot_ai_unit"])
def test_sku_of_ai_credits_is_known_where_the_unit_has_a_new_name(sku: str, bill: MadeUpBill) -> None:
    item(bill, unit_type="tokens", sku=sku)
    assert bill.rows("select kind from cost_by_month") == [("ai_credits",)]
