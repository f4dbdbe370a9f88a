"""Marts on rows made up for one case each: teams, seats, forecast, and the checks against GitHub's totals."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.warehouse.compiled import compiled
from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, charge, credit, item
from integration_tests.warehouse.random_savings import largest_difference


def approximately(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [
        tuple(round(float(value), 6) if not isinstance(value, str | None) else value for value in row) for row in rows
    ]


def team(bill: MadeUpBill, login: str, slug: str, number: int | None, day: date = DAY) -> None:
    bill.insert("user_teams", date=day, login=login, user_id=1, team_id=number, team_slug=slug)


def seat(bill: MadeUpBill, user: int | None, **values: Any) -> None:
    login = f"user-{user}" if user is not None else None
    row = {"login": login, "user_id": user, "plan_type": "business", "created_at": "2026-01-01 00:00:00", **values}
    bill.insert("seats", **row)


def seat_item(bill: MadeUpBill, seats: float, price: float, **values: Any) -> None:
    day = values.get("date", DAY)
    days = (date(day.year + day.month // 12, day.month % 12 + 1, 1) - day.replace(day=1)).days
    row = {"sku": "copilot_for_business", "unit_type": "user-months", "price_per_unit": price, "quantity": seats / days}
    item(bill, seats / days * price, **{**row, **values})


def test_user_in_two_teams_is_split_equally_and_teams_add_up_to_the_bill(bill: MadeUpBill) -> None:
    team(bill, "Ann", "web", 1)
    team(bill, "ann", "data", 2)
    team(bill, "bob", "web", 1)
    credit(bill, 9, login="ann")
    credit(bill, 1, login="BOB")
    credit(bill, 0.5, login=None, attribution="unattributed")
    rows = bill.rows("select team, credits, net_amount from github_copilot__cost_by_team order by team")
    assert approximately(rows) == [("(no team)", 50, 0.5), ("data", 450, 4.5), ("web", 550, 5.5)]


def test_teams_without_a_number_stand_apart_by_slug(bill: MadeUpBill) -> None:
    team(bill, "ann", "web", None)
    team(bill, "bob", "data", None)
    # A team keeps its number under a new name.
    team(bill, "cat", "before", 3)
    team(bill, "cat", "now", 3, DAY + timedelta(days=1))
    for login, amount, day in (("ann", 1, DAY), ("bob", 2, DAY), ("cat", 4, DAY), ("cat", 8, DAY + timedelta(days=1))):
        credit(bill, amount, login=login, date=day)
    credit(bill, 16, login="dan")
    rows = bill.rows("select team, net_amount from github_copilot__cost_by_team order by team")
    assert approximately(rows) == [("(no team)", 16), ("data", 2), ("now", 12), ("web", 1)]


def test_team_of_the_nearest_earlier_day_of_the_month_counts(bill: MadeUpBill) -> None:
    team(bill, "ann", "old", 1, DAY - timedelta(days=3))
    team(bill, "ann", "new", 2, DAY - timedelta(days=1))
    team(bill, "ann", "later", 3, DAY + timedelta(days=1))
    team(bill, "bob", "last-month", 4, DAY.replace(day=1) - timedelta(days=1))
    credit(bill, 1, login="ann", date=DAY - timedelta(days=4))
    credit(bill, 2, login="ann", date=DAY - timedelta(days=2))
    credit(bill, 4, login="ann")
    credit(bill, 8, login="bob")
    rows = bill.rows("select team, net_amount from github_copilot__cost_by_team order by team")
    assert approximately(rows) == [("(no team)", 9), ("new", 4), ("old", 2)]


@pytest.mark.parametrize(
    ("created", "active", "cancelled", "state"),
    [
        (200, 29, None, "active"),
        (200, 30, None, "idle_30_days"),
        (200, 60, None, "idle_60_days"),
        (200, 90, None, "idle_90_days"),
        (200, None, None, "never_used"),
        (30, None, None, "never_used"),
        (29, None, None, "new"),
        (10, 1, None, "active"),
        (200, 1, DAY, "pending_cancellation"),
    ],
)
def test_seat_has_the_state_of_its_days(
    created: int, active: int | None, cancelled: date | None, state: str, bill: MadeUpBill
) -> None:
    seat(
        bill,
        1,
        created_at=f"{DAY - timedelta(days=created)} 10:00:00",
        last_activity_at=None if active is None else f"{DAY - timedelta(days=active)} 10:00:00",
        pending_cancellation_date=cancelled,
    )
    assert bill.rows("select state from github_copilot__seats_by_user") == [(state,)]


def test_idle_seat_that_ends_is_both_and_counts_once(bill: MadeUpBill) -> None:
    seat(bill, 1, pending_cancellation_date=DAY)
    seat(bill, 2, pending_cancellation_date=DAY, last_activity_at=f"{DAY} 01:00:00")
    seat(bill, 3)
    seat(bill, 4, last_activity_at=f"{DAY} 01:00:00")
    seat_item(bill, 4, 19)
    rows = bill.rows("select is_pending_cancellation, is_idle, state from github_copilot__seats_by_user order by login")
    assert rows == [
        (True, True, "pending_cancellation"),
        (True, False, "pending_cancellation"),
        (False, True, "never_used"),
        (False, False, "active"),
    ]
    sums = "sum(seats), sum(idle_seats), sum(idle_amount)"
    table = "github_copilot__seat_utilization"
    assert approximately(bill.rows(f"select {sums} from {table}")) == [(4, 2, 38)]  # noqa: S608 - own names
    assert bill.rows(
        "select sum(seats) from github_copilot__seat_utilization where state = 'pending_cancellation'"
    ) == [(2,)]
    # Removing it saves nothing more.
    assert approximately(bill.rows("select idle_seats, idle_amount from github_copilot__seat_savings")) == [(1, 19)]


def test_credits_of_products_that_usage_leaves_out_draw_on_the_pool(bill: MadeUpBill) -> None:
    last_month = DAY.replace(day=1) - timedelta(days=1)
    seat(bill, 1)
    seat_item(bill, 31, 19, date=last_month)
    item(bill, 1, date=last_month)
    credit(bill, 18, date=last_month, product="spark", sku="spark_ai_credit", login="user-1")
    rows = bill.rows("select credits, unused_credits, saved_amount from github_copilot__seat_savings")
    assert approximately(rows) == [(1900, 0, 0)]


def test_activity_that_github_forgot_is_known_from_an_earlier_day(bill: MadeUpBill) -> None:
    seat(bill, 1, date=DAY - timedelta(days=1), last_activity_at=f"{DAY - timedelta(days=90)} 10:00:00")
    seat(bill, 1)
    assert bill.rows(f"select state from github_copilot__seats_by_user where date = '{DAY}'") == [("idle_90_days",)]  # noqa: S608


@pytest.mark.parametrize("stream", ["ai_credit_usage", "user_metrics"])
def test_use_that_last_activity_misses_keeps_a_seat_active_from_its_day_on(stream: str, bill: MadeUpBill) -> None:
    before, used_on = DAY - timedelta(days=2), DAY - timedelta(days=1)
    for day in (before, used_on, DAY):
        seat(bill, 1, date=day, login="User-1")
    if stream == "ai_credit_usage":
        credit(bill, date=used_on, login="user-1")
    else:
        bill.insert("user_metrics", date=used_on, login="user-1", user_id=1)
    rows = bill.rows("select date, last_active_on, state from github_copilot__seats_by_user order by date")
    assert rows == [(before, None, "never_used"), (used_on, used_on, "active"), (DAY, used_on, "active")]


def test_last_use_is_the_newest_of_activity_credits_and_metrics(bill: MadeUpBill) -> None:
    for user, activity, credits, metrics in ((1, 40, 70, 95), (2, 70, 40, 95), (3, 95, 70, 40)):
        seat(bill, user, last_activity_at=f"{DAY - timedelta(days=activity)} 10:00:00")
        credit(bill, date=DAY - timedelta(days=credits), login=f"user-{user}")
        bill.insert("user_metrics", date=DAY - timedelta(days=metrics), login=f"user-{user}", user_id=user)
    rows = bill.rows("select login, last_active_on from github_copilot__seats_by_user order by login")
    assert rows == [(f"user-{user}", DAY - timedelta(days=40)) for user in (1, 2, 3)]


def test_credits_of_nobody_of_another_account_or_of_zero_are_no_use_of_a_seat(bill: MadeUpBill) -> None:
    seat(bill, 1)
    seat(bill, None)
    credit(bill, login=None, attribution="unattributed")
    credit(bill, login="user-1", enterprise_slug="beta")
    credit(bill, 0, login="user-1")
    assert bill.rows("select state from github_copilot__seats_by_user") == [("never_used",)] * 2


def test_seat_rests_on_last_activity_alone_where_nothing_else_is_synced(tmp_path: Path) -> None:
    with contextlib.closing(MadeUpBill(compiled("duckdb", tmp_path, ["reads", "seats"]))) as bill:
        seat(bill, 1, last_activity_at=f"{DAY} 10:00:00")
        seat(bill, 2)
        credit(bill, login="user-2")
        rows = bill.rows("select login, state from github_copilot__seats_by_user order by login")
    assert rows == [("user-1", "active"), ("user-2", "never_used")]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue"])
def test_seat_is_idle_by_utc_days_whatever_the_time_zone_of_the_session(zone: str, models: Mapping[str, str]) -> None:
    with contextlib.closing(MadeUpBill(models, moment="timestamptz")) as bill:
        for user, days_ago, time in ((1, 30, "23:59:59"), (2, 29, "00:00:00")):
            seat(bill, user, last_activity_at=f"{DAY - timedelta(days=days_ago)} {time}+00")
        # Moments of the UTC day on which it is granted decide as well.
        seat(bill, 3, created_at=f"{DAY - timedelta(days=29)} 00:00:00+00")
        seat(bill, 4, created_at=f"{DAY - timedelta(days=30)} 23:59:59+00")
        bill.execute(f"set timezone = '{zone}'")
        rows = bill.rows("select login, state from github_copilot__seats_by_user order by login")
    assert rows == [("user-1", "idle_30_days"), ("user-2", "active"), ("user-3", "new"), ("user-4", "never_used")]


def test_renamed_user_is_active_by_what_is_used_under_the_new_name(bill: MadeUpBill) -> None:
    seat(bill, 1, login="old-one")
    bill.insert("user_metrics", login="New-One", user_id=1)
    seat(bill, 2, login="old-two")
    bill.insert("user_metrics", login="new-two", user_id=2, date=DAY - timedelta(days=50))
    credit(bill, login="new-two", date=DAY - timedelta(days=5))
    # The old name went to somebody else, who is another number.
    seat(bill, 3, login="user-3")
    bill.insert("user_metrics", login="user-3", user_id=33)
    rows = bill.rows("select holder, last_active_on, state from github_copilot__seats_by_user order by 1")
    assert rows == [("1", DAY, "active"), ("2", DAY - timedelta(days=5), "active"), ("3", None, "never_used")]


def organization(number: int, name: str) -> dict[str, Any]:
    return {
        "account_type": "organization",
        "enterprise_slug": None,
        "organization_id": number,
        "organization_name": name,
    }


def test_seats_of_now_are_those_of_accounts_that_are_still_read(bill: MadeUpBill) -> None:
    for number, name, day in (
        (1, "old-name", DAY - timedelta(days=1)),
        (1, "new-name", DAY),
        (2, "two-days-behind", DAY - timedelta(days=2)),
        (3, "three-days-behind", DAY - timedelta(days=3)),
        (4, "left", DAY - timedelta(days=150)),
    ):
        seat(bill, 10 * number, date=day, **organization(number, name))
    # A read that found no seat left is the newest one too.
    seat(bill, 50, date=DAY - timedelta(days=1), **organization(5, "empty"))
    bill.read("seats", DAY, DAY, f"{DAY} 06:30:00", **organization(5, "empty"))
    for table in ("github_copilot__seats_by_user", "github_copilot__seat_utilization"):
        rows = bill.rows(f"select account_name from {table} where is_current order by 1")  # noqa: S608 - own names
        assert rows == [("new-name",), ("two-days-behind",)]


@pytest.mark.parametrize("second_read", [0, 1])
def test_of_a_user_in_two_organizations_the_one_with_the_billed_seat_pays(second_read: int, bill: MadeUpBill) -> None:
    first, second = organization(1, "first"), organization(2, "second")
    for day in (DAY - timedelta(days=1), DAY):
        seat_item(bill, 1, 19, date=day, **first)
        seat_item(bill, 2, 19, date=day, **second)
    # By its bill, the second one pays for the user of both, and the first one for its other user.
    seat(bill, 7, **first)
    seat(bill, 8, **first)
    for user in (7, 9):
        seat(bill, user, date=DAY - timedelta(days=second_read), **second)
    rows = bill.rows(
        "select account_name, sum(granted_seats), sum(seats), sum(monthly_amount), sum(idle_amount)"
        " from github_copilot__seat_utilization where is_current group by 1 order by 1"
    )
    assert approximately(rows) == [("first", 2, 1, 19, 19), ("second", 2, 2, 38, 38)]
    assert bill.rows("select account_name, login from github_copilot__seats_by_user where not is_billed") == [
        ("first", "user-7")
    ]


def test_user_in_two_organizations_is_two_seats_where_both_are_billed_and_one_where_no_bill_says_so(
    bill: MadeUpBill,
) -> None:
    for number, name in ((1, "first"), (2, "second")):
        seat(bill, 7, **organization(number, name))
    assert bill.rows("select sum(seats), sum(granted_seats) from github_copilot__seat_utilization") == [(1, 2)]
    for number, name in ((1, "first"), (2, "second")):
        for day in (DAY - timedelta(days=1), DAY):
            seat_item(bill, 1, 19, date=day, **organization(number, name))
    assert approximately(bill.rows("select sum(seats), sum(monthly_amount) from github_copilot__seat_utilization")) == [
        (2, 38)
    ]


@pytest.mark.parametrize(("plan", "shown"), [("unknown", "unknown"), (None, "unknown"), ("Standalone", "standalone")])
def test_plan_that_nobody_knows_stands_apart_without_a_price(plan: str | None, shown: str, bill: MadeUpBill) -> None:
    seat(bill, 1)
    seat(bill, 2, plan_type=plan)
    seat(bill, 3, plan_type=plan)
    seat(bill, 3, plan_type="business", granted_by_organization="b")
    seat_item(bill, 2, 19)
    rows = bill.rows(
        "select plan_type, seats, monthly_amount, idle_amount from github_copilot__seat_utilization order by seats"
    )
    assert approximately(rows) == [(shown, 1, None, None), ("business", 2, 38, 38)]


def test_plan_is_that_of_the_organizations_newest_settings_where_the_seat_and_its_line_tell_none(
    bill: MadeUpBill,
) -> None:
    for number, (granted_by, plan) in enumerate(
        [("Labs", None), ("labs", "unknown"), ("labs", "business"), ("web", None), (None, None), ("data", None)]
    ):
        seat(bill, number, granted_by_organization=granted_by, plan_type=plan)
    for name, plan, days in (
        ("labs", "business", 2),
        ("labs", "Enterprise", 1),
        ("data", "business", 2),
        ("data", None, 1),
    ):
        bill.insert("copilot_settings", organization_name=name, plan_type=plan, date=DAY - timedelta(days=days))
    seat_item(bill, 2, 39, organization_name="labs", sku="copilot", plan_type=None)
    seat_item(bill, 1, 19)
    seat_item(bill, 3, 10, organization_name="web", sku="copilot", plan_type=None)
    rows = bill.rows("select plan_type, seats, monthly_amount from github_copilot__seat_utilization order by plan_type")
    assert approximately(rows) == [("business", 1, 19), ("enterprise", 2, 78), ("unknown", 3, None)]
    rows = bill.rows("select plan_type, seats from int_github_copilot__seats_by_day order by plan_type nulls last")
    assert approximately(rows) == [("business", 1), ("enterprise", 2), (None, 3)]


def test_pool_of_an_organization_whose_seat_lines_tell_no_plan_is_that_of_its_settings(bill: MadeUpBill) -> None:
    columns = "seats, included_credits, included_credits_missing_because"
    sql = f"select {columns} from github_copilot__month_end_forecast"  # noqa: S608 - own names
    seat(bill, 1, plan_type=None, **organization(1, "after"))
    seat_item(bill, 2, 39, sku="copilot", plan_type=None, **organization(1, "before"))
    bill.insert("copilot_settings", plan_type="enterprise", **organization(2, "other"))
    assert approximately(bill.rows(sql)) == [(2, None, "unknown_plan")]
    bill.insert("copilot_settings", plan_type="enterprise", **organization(1, "after"))
    assert approximately(bill.rows(sql)) == [(2, 7800, None)]
    assert bill.rows("select plan_type, price_per_seat from github_copilot__seat_utilization")[0][0] == "enterprise"


def test_user_with_two_grants_has_one_seat_of_the_dearer_plan(bill: MadeUpBill) -> None:
    seat(bill, 1, granted_by_organization="a", pending_cancellation_date=DAY)
    seat(bill, 1, granted_by_organization="b", plan_type="enterprise", last_activity_at=f"{DAY} 01:00:00")
    seat(bill, None, granted_by_organization="a")
    seat(bill, None, granted_by_organization="b")
    rows = bill.rows("select plan_type, state, seats from github_copilot__seat_utilization order by 1")
    assert rows == [("business", "never_used", 2), ("enterprise", "active", 1)]


def test_removing_idle_seats_saves_their_price_less_the_credits_that_the_pool_then_lacks(bill: MadeUpBill) -> None:
    # `python -m integration_tests.bench.answers` tries a thousand.
    assert largest_difference(bill, range(40)) < 1e-6


def test_saving_is_not_known_without_the_months_seats_and_leaves_out_seats_of_unknown_plans(bill: MadeUpBill) -> None:
    last_month = DAY.replace(day=1) - timedelta(days=1)
    seat(bill, 1)
    seat(bill, 2, plan_type=None)
    seat_item(bill, 1, 19)
    columns = "idle_seats, idle_seats_unpriced, idle_amount, saved_amount, unknown_because"
    sql = f"select {columns} from github_copilot__seat_savings"  # noqa: S608 - own names
    assert approximately(bill.rows(sql)) == [(2, 1, 19, None, "month_not_in_bill")]
    item(bill, 1, date=last_month)
    assert approximately(bill.rows(sql)) == [(2, 1, 19, None, "no_seats_in_bill")]
    seat_item(bill, 31, 19, date=last_month)
    assert approximately(bill.rows(sql)) == [(2, 1, 19, 18, None)]  # the pool of 1,900 had 1,800 left
    seat_item(bill, 31, 10, date=last_month, sku="copilot_standalone")
    assert approximately(bill.rows(sql)) == [(2, 1, 19, None, "unknown_plan")]


def test_idle_seats_cost_the_newest_price_of_their_plan_in_the_bill(bill: MadeUpBill) -> None:
    seat(bill, 1)
    seat(bill, 2, last_activity_at=f"{DAY} 01:00:00")
    seat(bill, 3, plan_type="enterprise")
    seat_item(bill, 2, 19, date=DAY - timedelta(days=40))
    seat_item(bill, 2, 17)
    rows = bill.rows(
        "select plan_type, state, monthly_amount, idle_amount from github_copilot__seat_utilization order by 1, 2"
    )
    # The bill has no enterprise seat: its price is not known, and not 0.
    assert [row[:2] for row in rows] == [
        ("business", "active"),
        ("business", "never_used"),
        ("enterprise", "never_used"),
    ]
    assert approximately([row[2:] for row in rows]) == [(17, 0), (17, 17), (None, None)]


def test_forecast_takes_each_weekday_of_the_last_eight_weeks(bill: MadeUpBill) -> None:
    # Mondays to Fridays cost 10, and the weekend 1, since the 2026-09-01; DAY, a Saturday, is still filling.
    day = date(2026, 9, 1)
    while day <= DAY:
        amount = 100 if day == DAY else 1 if day.weekday() >= 5 else 10
        row = {
            "unit_type": "minutes",
            "sku": "other",
            "date": day,
        }
        item(bill, amount, read_at=f"{DAY} 06:00:00", **row)
        day += timedelta(days=1)
    columns = "last_day, gross_amount_to_date, gross_amount_at_month_end, net_amount_at_month_end, included_credits"
    ((last_day, to_date, gross, net, included),) = bill.rows(
        f"select {columns} from github_copilot__month_end_forecast"  # noqa: S608 - own names
    )
    assert last_day == DAY - timedelta(days=1)
    # November 2026 begins on a Sunday and has 21 weekdays and 9 days of weekends.
    assert approximately([(to_date, gross, net)]) == [(10 * 10 + 3, 21 * 10 + 9, 21 * 10 + 9)]
    assert included is None


def test_forecast_says_when_the_included_credits_are_used_up(bill: MadeUpBill) -> None:
    # One seat includes 1,900 credits; 100 a day are free until the 19th.
    first = date(2026, 9, 1)
    for offset in range((DAY - first).days + 1):
        row: dict[str, Any] = {"date": first + timedelta(days=offset)}
        row |= {"read_at": f"{DAY} 06:00:00"}
        item(bill, 1, discount_amount=1, net_amount=0, **row)
        seat_item(bill, 1, 30, **row, net_amount=0)
    columns = (
        "seats, included_credits, credits_to_date, credits_at_month_end, net_amount_to_date, net_amount_at_month_end"
    )
    (found,) = bill.rows(f"select {columns}, included_credits_used_up_on from github_copilot__month_end_forecast")  # noqa: S608
    assert approximately([found[:6]]) == [(1, 1900, 1300, 3000, 0, 11)]
    assert found[6] == date(2026, 11, 19)


def summary(bill: MadeUpBill, gross: float, net: float, **values: Any) -> None:
    row = charge({"product": "Copilot", "sku": "copilot_ai_unit", "unit_type": "ai-units", **values})
    row |= {
        "date": DAY.replace(day=1),
        "gross_quantity": 1,
        "discount_quantity": 0,
        "net_quantity": 1,
        "discount_amount": 0,
        "is_final": True,
    }
    bill.insert("billing_summary", **{**row, "gross_amount": gross, "net_amount": net, **values})


def read_usage(bill: MadeUpBill, first: date, last: date, read_at: str | None = None, **values: Any) -> None:
    """The receipt of line items, by default of the morning after."""
    bill.read("usage", first, last, read_at or f"{last + timedelta(days=1)} 06:30:00", **values)


def test_bill_check_compares_the_products_of_the_bill_and_tells_months_not_read_whole(bill: MadeUpBill) -> None:
    item(bill, 3)
    read_usage(bill, date(2026, 11, 1), date(2026, 11, 13))
    read_usage(bill, date(2026, 11, 15), date(2026, 11, 30))
    item(bill, 4, date=date(2026, 10, 20))
    summary(bill, 3.5, 3)
    summary(bill, 4, 4, date=date(2026, 10, 1))
    summary(bill, 99, 99, product="actions")
    columns = "product, gross_difference, net_difference, is_read_whole"
    rows = bill.rows(f"select {columns} from github_copilot__bill_check order by month")  # noqa: S608 - own names
    assert [(row[0], row[3]) for row in rows] == [("copilot", False), ("copilot", True)]
    assert approximately([row[1:3] for row in rows]) == [(0, 0), (-0.5, 0)]


@pytest.mark.parametrize(
    ("last", "values", "is_whole"),
    [
        (30, {}, True),
        (29, {}, False),
        (30, {"read_at": "2026-11-30 23:58:00"}, False),  # the last day was still filling
        (30, {"read_at": "2026-12-01 00:01:00"}, True),
        (30, {"part": "c"}, False),
        (30, {"enterprise_slug": "beta"}, False),
    ],
)
def test_month_is_read_whole_when_all_its_days_have_a_receipt_that_came_after_them(
    last: int, values: dict[str, Any], is_whole: bool, bill: MadeUpBill
) -> None:
    item(bill, 3, read_at="2026-12-01 06:30:00", is_read=False)
    read_usage(bill, date(2026, 11, 1), date(2026, 11, last), **values)
    assert bill.rows("select is_read_whole from github_copilot__bill_check") == [(is_whole,)]


def test_total_that_is_older_than_the_line_items_proves_nothing(bill: MadeUpBill) -> None:
    item(bill, 3, read_at="2026-12-05 06:30:00", is_read=False)
    read_usage(bill, date(2026, 11, 1), date(2026, 11, 30), "2026-12-05 06:30:00")
    columns = "net_difference, is_final, is_read_whole, is_total_newer"
    for read_at, is_newer in (("2026-12-04 23:59:59", False), ("2026-12-05 00:00:00", True)):
        summary(bill, 4, 4, read_at=read_at, id="total")
        assert bill.rows(f"select {columns} from github_copilot__bill_check") == [(-1, True, True, is_newer)]  # noqa: S608
        bill.delete("billing_summary", "total")


def test_accounts_that_differ_either_way_are_rows_of_their_own(bill: MadeUpBill) -> None:
    for number, difference in ((1, 5), (2, -5)):
        account = organization(number, f"org-{number}")
        item(bill, 10 + difference, **account)
        summary(bill, 10, 10, **account)
    rows = bill.rows("select account_key, net_difference from github_copilot__bill_check order by 1")
    assert rows == [("organization:1", 5), ("organization:2", -5)]


def test_product_is_compared_in_whatever_way_the_two_answers_spell_it(bill: MadeUpBill) -> None:
    item(bill, 3, product="code_quality", read_at="2026-12-01 06:30:00", is_read=False)
    read_usage(bill, date(2026, 11, 1), date(2026, 11, 30))
    summary(bill, 52, 52, product="Code Quality")
    rows = bill.rows("select product, gross_difference, net_difference from github_copilot__bill_check")
    assert rows == [("code_quality", -49, -49)]


def test_month_without_a_row_is_short_by_all_of_it_where_it_was_read(bill: MadeUpBill) -> None:
    item(bill, 3, date=date(2026, 9, 14), read_at="2026-10-01 06:30:00", is_read=False)
    for month, last in ((9, 30), (10, 31)):
        read_usage(bill, date(2026, month, 1), date(2026, month, last))
    for month, gross in ((9, 3), (10, 50), (11, 7)):
        summary(bill, gross, gross, date=date(2026, month, 1))
    rows = bill.rows(
        "select month, net_amount, net_difference, is_read_whole from github_copilot__bill_check order by month"
    )
    assert [(month.month, *others) for month, *others in rows] == [
        (9, 3, 0, True),
        (10, 0, -50, True),
        (11, None, None, False),  # nothing proves that it was read
    ]


def test_month_whose_reads_all_lack_a_part_has_no_forecast_rather_than_that_of_the_month_before(
    bill: MadeUpBill,
) -> None:
    item(bill, 3, date=date(2026, 10, 30), read_at="2026-11-01 06:30:00", is_read=False)
    read_usage(bill, date(2026, 10, 1), date(2026, 10, 31))
    columns = "last_day, gross_amount_to_date"
    # The month is over and whole: its last day counts.
    assert bill.rows(f"select {columns} from github_copilot__month_end_forecast") == [(date(2026, 10, 31), 3)]  # noqa: S608
    item(bill, 5, part="no_cost_center")
    assert bill.rows(f"select {columns} from github_copilot__month_end_forecast") == []  # noqa: S608


def test_account_of_which_no_read_was_whole_has_no_forecast(bill: MadeUpBill) -> None:
    item(bill, 3, part="no_cost_center")
    item(bill, 3, enterprise_slug="beta")
    item(bill, 3, enterprise_slug="gamma", is_read=False)
    assert bill.rows("select account_name from github_copilot__month_end_forecast") == [("beta",)]


def test_licenses_of_another_product_are_no_seats(bill: MadeUpBill) -> None:
    seat_item(bill, 10, 19)
    seat_item(bill, 500, 21, product="ghec", sku="GitHub Enterprise")
    rows = bill.rows("select seats, included_credits from github_copilot__month_end_forecast")
    assert approximately(rows) == [(10, 19_000)]
    seat(bill, 1)
    assert approximately(bill.rows("select price_per_seat from github_copilot__seat_utilization")) == [(19,)]


def test_account_that_fails_alone_is_behind_the_newest_account_of_its_stream(bill: MadeUpBill) -> None:
    first, today = date(2026, 11, 1), date(2026, 11, 14)
    read_usage(bill, first, today, f"{today} 06:30:00")
    failing: dict[str, Any] = {"account_type": "organization", "enterprise_slug": None, "organization_id": 7}
    read_usage(bill, first, date(2026, 11, 10), "2026-11-10 06:30:00", organization_name="Before", **failing)
    read_usage(bill, first, date(2026, 11, 11), "2026-11-11 06:30:00", organization_name="After", **failing)
    read_usage(bill, first, today, f"{today} 06:30:00", part="c", organization_name="After", **failing)
    bill.read("seats", today, today, f"{today} 06:30:00")
    columns = "stream, account_key, account_name, last_read_day, last_finished_day, days_behind"
    assert bill.rows(f"select {columns} from github_copilot__account_freshness order by 1, 2") == [  # noqa: S608 - own names
        ("seats", "enterprise:acme", "acme", today, None, 0),
        ("usage", "enterprise:acme", "acme", today, date(2026, 11, 13), 0),
        ("usage", "organization:7", "after", date(2026, 11, 11), date(2026, 11, 10), 3),
    ]


def test_credit_check_has_users_that_only_one_side_knows(bill: MadeUpBill) -> None:
    credit(bill, 1, login="ann")
    credit(bill, 1, login=None, attribution="unattributed")
    bill.insert("user_metrics", login="Ann", user_id=1, ai_credits_used=90)
    bill.insert("user_metrics", login="bob", user_id=2, ai_credits_used=5)
    bill.insert("user_metrics", login="eve", user_id=3)
    rows = bill.rows(
        "select login, billed_credits, seen_credits, difference from github_copilot__credit_check order by login"
    )
    assert approximately(rows) == [("ann", 100, 90, 10), ("bob", None, 5, -5)]


def test_use_by_editor_language_and_model_takes_its_own_breakdown(bill: MadeUpBill) -> None:
    counts = {"code_generation_activity_count": 4, "code_acceptance_activity_count": 1}
    bill.insert("metrics_breakdown", breakdown="ide", ide="VSCode", **counts)
    for feature in ("chat", "agent_edit"):
        bill.insert("metrics_breakdown", breakdown="language_feature", language="go", feature=feature, **counts)
    bill.insert("metrics_breakdown", breakdown="model_feature", model="auto", feature="chat", **counts)
    bill.insert("metrics_breakdown", breakdown="language_model", language="go", model="auto", **counts)
    bill.insert("metrics", daily_active_users=2, **counts)
    for model, rows in {
        "github_copilot__use_by_editor": [("vscode", 4, 0.25)],
        "github_copilot__use_by_language": [("go", 8, 0.25)],
        "github_copilot__use_by_model": [("auto", 4, 0.25)],
    }.items():
        name = model.removeprefix("github_copilot__use_by_")
        assert bill.rows(f"select {name}, suggestions, acceptance_rate from {model}") == rows  # noqa: S608 - own names
    assert bill.rows("select daily_active_users, acceptance_rate from github_copilot__adoption_by_day") == [(2, 0.25)]


def test_on_the_first_day_of_a_month_the_bill_has_as_many_seats_as_on_any_other(bill: MadeUpBill) -> None:
    day = DAY.replace(day=1)
    for number, name in ((1, "first"), (2, "second")):
        seat(bill, 7, date=day, **organization(number, name))
        seat_item(bill, 1, 19, date=day, **organization(number, name))
    assert bill.rows("select sum(seats) from github_copilot__seat_utilization") == [(2,)]
