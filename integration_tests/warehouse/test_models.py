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
    for later in (1, 2, 2):  # the last batch was delivered twice
        item(bill, id="1", read_at=f"{DAY + timedelta(days=later)} 06:30:00", is_read=False)
    assert net(bill) == 1


def test_receipts_of_a_table_that_is_only_appended_to_count_as_the_newest(bill: MadeUpBill) -> None:
    item(bill)
    for _ in range(2):
        bill.execute("insert into reads select * from reads")
    assert bill.rows("select count(*) from stg_github_copilot__reads") == [(1,)]
    assert net(bill) == 1


def test_row_that_a_newer_receipt_of_its_day_does_not_have_is_gone(bill: MadeUpBill) -> None:
    item(bill, 1)
    item(bill, 2, date=DAY - timedelta(days=1))
    bill.read("usage", DAY, DAY + timedelta(days=1), f"{DAY + timedelta(days=2)} 06:30:00")
    assert net(bill) == 2


@pytest.mark.parametrize(
    "other",
    [{"stream": "ai_credit_usage"}, {"enterprise_slug": "beta"}, {"part": "c"}, {"first": DAY + timedelta(days=1)}],
)
def test_receipt_of_something_else_hides_nothing(other: dict[str, Any], bill: MadeUpBill) -> None:
    item(bill, 1)
    receipt = {"stream": "usage", "first": DAY, "last": DAY + timedelta(days=1), "read_at": "2026-11-16 06:30:00"}
    bill.read(**{**receipt, **other})
    assert net(bill) == 1


def test_rows_of_an_unfinished_read_stand_and_hide_nothing(bill: MadeUpBill) -> None:
    item(bill, 1, id="a")
    item(bill, 2, id="b")
    item(bill, 5, id="a", read_at=f"{DAY + timedelta(days=2)} 06:30:00", is_read=False)
    assert net(bill) == 7


def test_receipt_of_a_part_proves_what_is_gone_of_it_and_of_no_other(bill: MadeUpBill) -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 14)
    for day in days(first, last):
        for center in ("a", "b", None):
            item(bill, id=f"{day}-{center}", date=day, cost_center_id=center, read_at="2026-11-14 06:30:00")
    # Of a, the days 3 and 9 are left; all line items without a cost center were withdrawn; b could not be read.
    for number in (3, 9):
        day = date(2026, 11, number)
        bill.delete("usage", f"{day}-a")
        read_at = "2026-11-14 12:30:00"
        item(bill, id=f"{day}-a", date=day, cost_center_id="a", read_at=read_at, is_read=False)
    for part in ("a", "no_cost_center"):
        bill.read("usage", first, last, "2026-11-14 12:30:00", part)
    rows = bill.rows("select cost_center_id, count(*) from stg_github_copilot__usage group by 1 order by 1")
    assert rows == [("a", 2), ("b", 14)]


def test_row_of_a_version_without_account_key_stands_until_its_account_is_read_again(bill: MadeUpBill) -> None:
    renamed: dict[str, Any] = {"account_type": "organization", "enterprise_slug": None, "organization_id": 7}
    item(bill, 1, account_key=None, organization_name="Old", is_read=False, **renamed)
    item(bill, 2, account_key=None, enterprise_slug="Acme", is_read=False)
    assert net(bill) == 3
    assert bill.rows("select account_key from stg_github_copilot__usage order by 1") == [
        ("enterprise:acme",), ("organization:7",),
    ]  # fmt: skip
    bill.read("usage", DAY, DAY, f"{DAY + timedelta(days=2)} 06:30:00", organization_name="New", **renamed)
    assert net(bill) == 2


def test_cost_centers_of_one_name_stand_apart_by_id(bill: MadeUpBill) -> None:
    centers = [("1", "Ops"), ("2", "Ops"), ("1", "Ops before"), (None, "A"), (None, "B"), (None, None)]
    for center, name in centers:
        item(bill, cost_center_id=center, cost_center_name=name)
    rows = bill.rows("select cost_center_id, cost_center, gross_amount from github_copilot__cost_by_cost_center")
    assert set(rows) == {("1", "Ops before", 2), ("2", "Ops", 1), (None, "A", 1), (None, "B", 1), (None, None, 1)}
