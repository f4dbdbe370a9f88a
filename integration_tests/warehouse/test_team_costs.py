"""Seats and AI credits by team, on bills made up for one case each: teams add up to the bill."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, credit, item

MONTH = DAY.replace(day=1)
COLUMNS = "seat_months, seat_net_amount, credits, credit_net_amount, gross_amount, net_amount"


def team(bill: MadeUpBill, number: int, slug: str, day: date = MONTH, team_id: int | None = None) -> None:
    bill.insert("user_teams", date=day, login=f"User-{number}", user_id=number, team_id=team_id, team_slug=slug)


def seat(bill: MadeUpBill, number: int, day: date = DAY, plan: str | None = "business") -> None:
    row = {"login": f"user-{number}", "user_id": number, "plan_type": plan, "created_at": "2026-01-01 00:00:00"}
    bill.insert("seats", date=day, **row)


def seat_line(
    bill: MadeUpBill, months: float, price: float = 19, sku: str = "copilot_for_business", **more: Any
) -> None:
    row = {"quantity": months, "price_per_unit": price, "sku": sku, "unit_type": "user-months"}
    item(bill, months * price, **{**row, **more})


def team_costs(bill: MadeUpBill) -> dict[str, list[float]]:
    rows = bill.rows(f"select team, {COLUMNS} from github_copilot__team_costs")  # noqa: S608 - own names
    return {name: [float(value) for value in values] for name, *values in rows}


def test_users_seat_and_credits_are_split_among_the_users_teams(bill: MadeUpBill) -> None:
    for number, slugs in ((1, ["web"]), (2, ["web", "data"]), (3, [])):
        seat(bill, number)
        for slug in slugs:
            team(bill, number, slug)
    seat_line(bill, 3)
    credit(bill, 8, login="USER-2", net_amount=4, discount_amount=4)
    credit(bill, 2, login="user-3")
    credit(bill, 1, login=None, attribution="unattributed")
    item(bill, 5, sku="other", unit_type="minutes")
    expected = {
        "web": [1.5, 28.5, 400, 2, 32.5, 30.5],
        "data": [0.5, 9.5, 400, 2, 13.5, 11.5],
        "(no team)": [1, 19, 300, 3, 27, 27],
    }
    assert team_costs(bill) == {name: pytest.approx(values, abs=1e-6) for name, values in expected.items()}


def test_credits_of_three_teams_add_up_to_the_millionth(bill: MadeUpBill) -> None:
    """A third of them is no number of seven digits."""
    seat(bill, 1)
    for slug in ("web", "data", "infra"):
        team(bill, 1, slug)
    credit(bill, 1234.567, login="user-1")
    assert sum(amounts[-1] for amounts in team_costs(bill).values()) == pytest.approx(1234.567, abs=1e-6)


def test_seats_of_a_plan_are_spread_over_its_holders_by_days_of_reads(bill: MadeUpBill) -> None:
    # Until yesterday user 1 had the only Business seat; an Enterprise seat costs more, and user 3 holds it.
    for day in (DAY - timedelta(days=2), DAY - timedelta(days=1), DAY):
        seat(bill, 1, day)
        seat(bill, 3, day, "enterprise")
    seat(bill, 2)
    for number, slug in ((1, "web"), (2, "data"), (3, "lead")):
        team(bill, number, slug)
    seat_line(bill, 2)
    seat_line(bill, 1, 39, "copilot_enterprise")
    # Of a plan that nobody holds, and of a month in which no seats were read.
    seat_line(bill, 1, 10, "copilot_standalone")
    seat_line(bill, 1, date=MONTH - timedelta(days=1))
    found = bill.rows("select month, team, seat_net_amount from github_copilot__team_costs order by 1, 2")
    assert [(day, name) for day, name, _ in found] == [
        ((MONTH - timedelta(days=1)).replace(day=1), "(no team)"),
        *((MONTH, name) for name in ("(no team)", "data", "lead", "web")),
    ]
    assert [float(amount) for _, _, amount in found] == pytest.approx([19, 10, 9.5, 39, 28.5], abs=1e-6)


def test_renamed_user_is_in_the_teams_of_the_number(bill: MadeUpBill) -> None:
    seat(bill, 1)
    bill.insert("user_teams", date=MONTH, login="new-name", user_id=1, team_id=7, team_slug="web")
    seat_line(bill, 1)
    assert list(team_costs(bill)) == ["web"]


@pytest.mark.parametrize("seed", range(5))
def test_teams_add_up_to_the_bill_whatever_is_on_it(seed: int, bill: MadeUpBill) -> None:
    chosen = random.Random(seed)
    users = range(1, 9)
    for day in (DAY - timedelta(days=1), DAY):
        for number in users:
            if chosen.random() < 0.8:
                seat(bill, number, day, chosen.choice(["business", "enterprise", None]))
            for slug in chosen.sample(["web", "data", "lead"], chosen.randint(0, 2)):
                team(bill, number, slug, day, {"web": 1, "data": 2}.get(slug))
    for offset in range(40):
        day = DAY - timedelta(days=offset)
        amount = chosen.uniform(-2, 9)
        seat_line(
            bill, chosen.uniform(0, 1), sku=chosen.choice(["copilot_for_business", "copilot_standalone"]), date=day
        )
        item(bill, amount, date=day)
        if offset % 3:
            credit(bill, amount, date=day, login=f"user-{chosen.randint(1, 12)}")
        credit(bill, 1, date=day, product="spark", sku="spark_ai_credit", login=chosen.choice(["user-1", None]))
        item(bill, chosen.uniform(0, 5), date=day, sku="other", unit_type="minutes")
    sums = "select month, sum({}), sum({}) from {} group by 1 order by 1"
    ours = bill.rows(sums.format("gross_amount", "net_amount", "github_copilot__team_costs"))
    focus = sums.format('"ListCost"', '"BilledCost"', "github_copilot__focus_cost_and_usage")
    bills = bill.rows(focus.replace("select month", 'select "BillingPeriodStart"'))
    assert [list(map(float, row[1:])) for row in ours] == [
        pytest.approx(list(map(float, row[1:])), abs=1e-6) for row in bills
    ]
    parts = bill.rows(
        "select max(abs(net_amount - seat_net_amount - credit_net_amount)) from github_copilot__team_costs"
        " where team <> '(no team)'"
    )
    assert float(parts[0][0]) < 1e-6
