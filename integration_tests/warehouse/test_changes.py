"""What the newest sync changed, with rows that are replaced by their newer version, and with rows that are appended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, item

BEFORE, NOW = DAY, DAY + timedelta(days=1)
FIRST = DAY.replace(day=1)
# Rows of three days that were over when they were read before: changed, unchanged, withdrawn.
KNOWN = {"a": FIRST, "b": FIRST + timedelta(days=1), "c": FIRST + timedelta(days=2)}


def read_at(day: date, minute: int = 30) -> str:
    return f"{day} 06:{minute}:00"


def sync(bill: MadeUpBill, on: date, amounts: dict[str, tuple[date, float]], replaced: bool) -> None:
    """The line items of a sync, and its receipt."""
    for key, (day, amount) in amounts.items():
        if replaced:
            bill.delete("usage", key)
        item(bill, amount, id=key, date=day, read_at=read_at(on), is_read=False)
    bill.read("usage", FIRST, on, read_at(on))


def changes(bill: MadeUpBill, columns: str) -> list[tuple[Any, ...]]:
    sql = f"select change, {columns} from github_copilot__changes_since_last_sync order by 1, 2"  # noqa: S608 - own names
    return bill.rows(sql)


def two_syncs(bill: MadeUpBill, replaced: bool) -> None:
    known = {"a": (KNOWN["a"], 10.0), "b": (KNOWN["b"], 20.0), "c": (KNOWN["c"], 40.0)}
    sync(bill, BEFORE - timedelta(days=1), {**known, "gone-before": (KNOWN["a"], 1.0)}, replaced)
    sync(bill, BEFORE, {**known, "filling": (BEFORE, 3.0)}, replaced)
    later = {"a": (KNOWN["a"], 12.5), "b": known["b"], "new": (KNOWN["b"], 0.5)}
    sync(bill, NOW, {**later, "filling": (BEFORE, 8.0), "today": (NOW, 99.0)}, replaced)


def test_rows_that_are_replaced_show_new_days_and_what_was_withdrawn_and_say_what_is_not_known(
    bill: MadeUpBill,
) -> None:
    two_syncs(bill, replaced=True)
    found = changes(bill, "date, item_count, gross_amount, net_amount, missing_because")
    assert found == [
        ("changed_rows", None, None, None, None, "rows_are_replaced"),
        ("new_day", BEFORE, 1, 8, 8, None),
        ("withdrawn_rows", KNOWN["c"], 1, -40, -40, None),
    ]
    assert set(changes(bill, "read_on, read_before_on")) == {
        (change, NOW, BEFORE) for change in ("changed_rows", "new_day", "withdrawn_rows")
    }


def test_rows_that_are_appended_show_each_days_change(bill: MadeUpBill) -> None:
    two_syncs(bill, replaced=False)
    assert changes(bill, "date, item_count, gross_amount, missing_because") == [
        ("changed_rows", KNOWN["a"], 1, 2.5, None),
        ("changed_rows", KNOWN["b"], 1, 0.5, None),
        ("new_day", BEFORE, 1, 8, None),
        ("withdrawn_rows", KNOWN["c"], 1, -40, None),
    ]
    # The changes are what the sum of the days that were over then has changed by.
    total = bill.rows(f"select sum(net_amount) from stg_github_copilot__usage where date < '{BEFORE}'")  # noqa: S608
    assert float(total[0][0]) == 10 + 20 + 40 + 2.5 + 0.5 - 40


def test_day_without_a_charge_is_new_too_and_two_syncs_of_one_day_are_one(bill: MadeUpBill) -> None:
    sync(bill, BEFORE, {"a": (KNOWN["a"], 10.0)}, replaced=True)
    for minute in (30, 45):
        bill.read("usage", BEFORE, NOW, read_at(NOW, minute))
    assert changes(bill, "date, item_count, net_amount") == [("new_day", BEFORE, 0, 0)]


@pytest.mark.parametrize("account", [{}, {"enterprise_slug": "beta"}])
def test_account_that_was_read_once_has_no_changes(account: dict[str, Any], bill: MadeUpBill) -> None:
    sync(bill, NOW, {"a": (KNOWN["a"], 10.0)}, replaced=True)
    item(bill, 1, date=BEFORE, read_at=read_at(NOW), **account)
    assert changes(bill, "date") == []


def test_seats_that_came_and_went(bill: MadeUpBill) -> None:
    for day, users in ((BEFORE - timedelta(days=3), (1, 9)), (BEFORE, (1, 2, 3)), (NOW, (1, 3, 4))):
        for number in users:
            login = f"renamed-{number}" if (number, day) == (3, NOW) else f"user-{number}"
            row = {"login": login, "user_id": number, "plan_type": "business", "created_at": "2026-01-01 00:00:00"}
            bill.insert("seats", date=day, **row)
        bill.insert("seats", date=day, login=None, user_id=None, plan_type="business", created_at="2026-01-01 00:00:00")
    assert changes(bill, "date, login, plan_type, read_before_on") == [
        ("seat_came", NOW, "user-4", "business", BEFORE),
        ("seat_went", NOW, "user-2", "business", BEFORE),
    ]


def test_last_seat_that_went_is_said(bill: MadeUpBill) -> None:
    bill.insert("seats", date=BEFORE, login="user-1", user_id=1, plan_type="business")
    bill.read("seats", NOW, NOW, read_at(NOW))
    assert changes(bill, "login") == [("seat_went", "user-1")]
