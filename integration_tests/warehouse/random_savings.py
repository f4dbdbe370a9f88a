"""What removing idle seats saves, in random cases, against plain arithmetic."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, item

PRICES, INCLUDED = {"business": 19, "enterprise": 39}, {"business": 1900, "enterprise": 3900}
COLUMNS = (
    "idle_seats", "idle_amount", "included_credits", "unused_credits", "saved_amount", "saved_amount_on_business"
)  # fmt: skip
LAST_DAY = DAY.replace(day=1) - timedelta(days=1)  # of the last closed month, which has 31 days


def largest_difference(bill: MadeUpBill, numbers: Iterable[int]) -> float:
    """How far the model is from the arithmetic, in the worst of all columns and cases.

    :param numbers: of the cases; each one is an account
    """
    expected = {f"company-{number}": _case(bill, number) for number in numbers}
    rows = bill.rows(f"select account_name, {', '.join(COLUMNS)} from github_copilot__seat_savings")  # noqa: S608
    found = {name: values for name, *values in rows}
    assert found.keys() == expected.keys()
    return max(
        abs(float(ours) - true)
        for name, values in found.items()
        for ours, true in zip(values, expected[name], strict=True)
    )


def _case(bill: MadeUpBill, number: int) -> tuple[float, ...]:
    """Fill in an account of a few seats, and say what the model must answer."""
    chosen = random.Random(number)
    account = {"enterprise_slug": f"company-{number}"}
    seats = {plan: chosen.randint(1, 4) for plan in PRICES}
    idle = {plan: chosen.randint(0, seats[plan]) for plan in PRICES}
    for plan, price in PRICES.items():
        row = {"sku": f"copilot_{plan}", "unit_type": "user-months", "price_per_unit": price, "quantity": seats[plan]}
        item(bill, seats[plan] * price, date=LAST_DAY, **row, **account)
        for user in range(seats[plan]):
            used = None if user < idle[plan] else f"{DAY} 01:00:00"
            number_of_user = 10 * len(plan) + user
            person = {"login": f"user-{number_of_user}", "user_id": number_of_user, "plan_type": plan}
            bill.insert("seats", **person, created_at="2026-01-01 00:00:00", last_activity_at=used, **account)
    pool = sum(seats[plan] * INCLUDED[plan] for plan in PRICES)
    used_credits = chosen.randint(0, 2 * pool)
    item(bill, used_credits / 100, date=LAST_DAY, **account)

    def paid(credits: float, pool: float) -> float:
        return max(0.0, credits - pool) * 0.01

    cost, lost = (sum(idle[plan] * one[plan] for plan in PRICES) for one in (PRICES, INCLUDED))
    saved = cost - (paid(used_credits, pool - lost) - paid(used_credits, pool))
    down = 20 * seats["enterprise"] - (paid(used_credits, pool - 2000 * seats["enterprise"]) - paid(used_credits, pool))
    return sum(idle.values()), cost, pool, max(0, pool - used_credits), saved, down
