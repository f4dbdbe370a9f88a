"""The marts behind the page on rows made up for one case each: all accounts together, and the month before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, credit, item

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
READ = {"read_at": "2026-11-15 06:30:00", "is_read": False}


def read(bill: MadeUpBill, stream: str = "usage", first: date = OCTOBER, last: date = DAY, **account: Any) -> None:
    """Receipts of 31 days at most, as the connector leaves them."""
    while first <= last:
        end = min(last, first + timedelta(days=30))
        bill.read(stream, first, end, READ["read_at"], **account)
        first = end + timedelta(days=1)


def ranked(bill: MadeUpBill, dimension: str, columns: str, month: date = NOVEMBER) -> list[tuple[Any, ...]]:
    which = f"dimension = '{dimension}' and month = '{month}'"
    return bill.rows(f"select name, {columns} from github_copilot__cost_ranking where {which} order by place")  # noqa: S608


def test_running_month_is_compared_with_the_same_days_of_the_month_before(bill: MadeUpBill) -> None:
    read(bill)
    for day, amount in ((date(2026, 10, 14), 5), (date(2026, 10, 15), 100), (date(2026, 11, 3), 7)):
        item(bill, amount, date=day, organization_name="Web", **READ)
    assert ranked(bill, "organization", "net_amount, previous_net_amount, net_amount_change, previous_last_day") == [
        ("web", 7, 5, 2, date(2026, 10, 14))
    ]
    # October is over: nothing is known of September, which was not read.
    columns = "net_amount, previous_net_amount, net_amount_change, first_day, last_day"
    assert ranked(bill, "organization", columns, OCTOBER) == [("web", 105, None, None, OCTOBER, date(2026, 10, 31))]


@pytest.mark.parametrize(
    ("last", "previous_last"), [(date(2026, 11, 30), date(2026, 10, 31)), (date(2026, 11, 29), date(2026, 10, 29))]
)
def test_month_that_is_over_is_compared_with_the_whole_month_before(
    last: date, previous_last: date, bill: MadeUpBill
) -> None:
    for first, end in ((OCTOBER, date(2026, 10, 31)), (NOVEMBER, last)):
        bill.read("usage", first, end, "2026-12-01 06:30:00")
    for day in (date(2026, 10, 31), NOVEMBER):
        item(bill, 1, date=day, read_at="2026-12-01 06:30:00", is_read=False)
    rows = ranked(bill, "all", "previous_net_amount, previous_last_day")
    assert rows == [("all", 1 if previous_last.day == 31 else 0, previous_last)]


def test_each_dimension_has_the_whole_bill_until_the_last_finished_day(bill: MadeUpBill) -> None:
    read(bill)
    read(bill, "ai_credit_usage")
    bill.insert("user_teams", login="ann", user_id=1, team_id=1, team_slug="web", **READ)
    item(bill, 40, sku="copilot_for_business", unit_type="user-months", organization_name="Web", **READ)
    item(bill, 20, cost_center_id="1", cost_center_name="Ops", **READ)
    credit(bill, 15, login="ann", model="auto", **READ)
    credit(bill, 5, login=None, attribution="unattributed", **READ)
    item(bill, 1000, date=DAY + timedelta(days=1), **READ)  # a day that is not over
    sums = bill.rows(
        "select dimension, sum(net_amount), max(month_net_amount), sum(net_share), max(name_count)"
        " from github_copilot__cost_ranking where month = '2026-11-01' group by 1 order by 1"
    )
    assert [(row[0], *(round(float(value), 6) for value in row[1:])) for row in sums] == [
        ("all", 60, 60, 1, 1), ("charge_type", 60, 60, 1, 2), ("cost_center", 60, 60, 1, 2), ("model", 20, 20, 1, 2),
        ("organization", 60, 60, 1, 2), ("sku", 60, 60, 1, 2), ("team", 20, 20, 1, 2), ("user", 20, 20, 1, 2),
    ]  # fmt: skip
    assert ranked(bill, "team", "gross_amount, place") == [("web", 15, 1), (None, 5, 2)]


def test_accounts_are_added_up(bill: MadeUpBill) -> None:
    for number, name in ((1, "web"), (2, "ops")):
        account: dict[str, Any] = {"account_type": "organization", "enterprise_slug": None}
        account |= {"organization_id": number, "organization_name": name}
        read(bill, **account)
        item(bill, number, sku="copilot_agent", unit_type="minutes", date=date(2026, 10, 9), **account, **READ)
        item(bill, number * 10, sku="copilot_agent", unit_type="minutes", **account, **READ)
    assert ranked(bill, "sku", "net_amount, previous_net_amount") == [("copilot_agent", 30, 3)]
    columns = "month, last_day, net_amount_to_date, previous_net_amount, unknown_because"
    assert bill.rows(f"select {columns} from github_copilot__headline") == [(NOVEMBER, DAY, 30, 3, None)]  # noqa: S608


def test_headline_of_an_account_that_is_behind_has_no_month_end(bill: MadeUpBill) -> None:
    behind: dict[str, Any] = {"enterprise_slug": "beta"}
    read(bill)
    read(bill, last=date(2026, 10, 30), **behind)
    item(bill, 10, **READ)
    item(bill, 10, date=date(2026, 10, 30), **behind, **READ)
    columns = "net_amount_to_date, net_amount_at_month_end, unknown_because, net_amount_change"
    assert bill.rows(f"select {columns} from github_copilot__headline") == [(10, None, "account_behind", None)]  # noqa: S608


def test_headline_of_a_plan_that_nobody_knows_says_so(bill: MadeUpBill) -> None:
    read(bill)
    for day in range(1, 15):
        item(bill, 1, date=NOVEMBER.replace(day=day), sku="copilot_max", unit_type="user-months", **READ)
        item(bill, 1, date=NOVEMBER.replace(day=day), discount_amount=1, net_amount=0, **READ)
    columns = "net_amount_at_month_end, unknown_because"
    assert bill.rows(f"select {columns} from github_copilot__headline") == [(None, "unknown_plan")]  # noqa: S608


def test_month_before_that_was_read_in_part_is_not_compared(bill: MadeUpBill) -> None:
    read(bill, first=date(2026, 10, 20))
    item(bill, 3, date=date(2026, 10, 25), **READ)
    item(bill, 4, **READ)
    assert ranked(bill, "all", "previous_net_amount, net_amount_change") == [("all", None, None)]
    assert bill.rows("select previous_net_amount, net_amount_change from github_copilot__headline") == [(None, None)]


def test_day_that_was_not_read_is_unknown_and_not_0(bill: MadeUpBill) -> None:
    read(bill, last=DAY - timedelta(days=3))
    bill.read("usage", DAY - timedelta(days=1), DAY, READ["read_at"])
    item(bill, 1, date=OCTOBER, **READ)
    item(bill, 2, **READ)
    item(bill, 4, sku="copilot_for_business", unit_type="user-months", **READ)
    days = bill.rows(
        "select date, charge_type, net_amount, day_net_amount, unread_accounts from github_copilot__recent_days"
        " where date >= '2026-11-12' order by 1, 2"
    )
    assert days == [
        (DAY - timedelta(days=2), None, None, None, 1),
        (DAY - timedelta(days=1), None, None, None, 0),
        (DAY, "ai_credit", 2, 6, 0),
        (DAY, "seat", 4, 6, 0),
    ]
    # Nothing is told of days before the first read.
    assert bill.rows("select min(date) from github_copilot__recent_days") == [(OCTOBER,)]


def test_idle_seats_are_those_that_are_paid_for_and_do_not_end(bill: MadeUpBill) -> None:
    item(bill, 0.5, sku="copilot_for_business", unit_type="user-months", quantity=0.025, date=DAY)
    item(bill, 0.5, sku="copilot_for_business", unit_type="user-months", quantity=0.025, date=DAY - timedelta(days=1))
    seats: dict[str, dict[str, Any]] = {
        "idle": {"last_activity_at": "2026-09-01 10:00:00"},
        "active": {"last_activity_at": f"{DAY} 05:00:00"},
        "ends": {"pending_cancellation_date": DAY},
        "other-plan": {"plan_type": "standalone"},
    }
    for number, (login, values) in enumerate(seats.items()):
        row = {"plan_type": "business", "created_at": "2026-01-01 00:00:00", "organization_name": "Web", **values}
        bill.insert("seats", login=login, user_id=number, **row)
    columns = "login, organization, plan_type, last_active_on, monthly_amount"
    assert bill.rows(f"select {columns} from github_copilot__idle_seats order by login") == [  # noqa: S608
        ("idle", "web", "business", date(2026, 9, 1), 20),
        ("other-plan", "web", "standalone", None, None),
    ]


def test_use_is_ranked_by_month_against_the_same_days_before(bill: MadeUpBill) -> None:
    for day, editor, count in (
        (date(2026, 10, 1), "vim", 0),
        (date(2026, 10, 14), "vim", 5),
        (date(2026, 10, 15), "vim", 50),
        (DAY, "vim", 8),
        (DAY, "vscode", 24),
    ):
        bill.insert(
            "metrics_breakdown", breakdown="ide", ide=editor, date=day,
            code_generation_activity_count=count, code_acceptance_activity_count=count // 4,
        )  # fmt: skip
    columns = "name, suggestions, acceptance_rate, suggestions_change, place, name_count"
    rows = bill.rows(f"select {columns} from github_copilot__use_ranking where month = '2026-11-01' order by place")  # noqa: S608
    assert rows == [("vscode", 24, 0.25, 24, 1, 2), ("vim", 8, 0.25, 3, 2, 2)]
