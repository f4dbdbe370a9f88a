"""The models on rows with hidden names: the same answers, by pseudonym, as on plain rows."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.support.connector import RECEIPTS, STREAMS, sync
from integration_tests.warehouse.compiled import compiled_models, compiled_once
from integration_tests.warehouse.made_up_bill import MadeUpBill
from sandbox import BillShape
from source_github_copilot_billing.user_names import LEFT_OUT, PSEUDONYMIZED, UserNames
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(organizations=("acme-data", "Acme-Labs"), users_per_organization=6, first_day=date(2026, 11, 1))
SECRET = "x" * 20
CHOICES = ("plain", PSEUDONYMIZED, LEFT_OUT)


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, MadeUpBill]]:
    """All models on the rows of a month, read with each choice."""
    models = compiled_models(compiled_once("duckdb", tmp_path_factory))
    held = {choice: MadeUpBill(models) for choice in CHOICES}
    with Sandbox(SHAPE, TODAY, export_polls=0) as sandbox:
        for choice, bill in held.items():
            config = sandbox.enterprise_config(
                start_date="2026-11-01", user_names=choice, user_names_secret=SECRET, lookback_window_days=0
            )
            result = sync(config, (*STREAMS, RECEIPTS), clock=VirtualClock(TODAY))
            assert not result.errors
            for stream, rows in result.rows.items():
                bill.load(stream, rows)
    yield held
    for bill in held.values():
        bill.close()


# What is asked for each user, and what of all of them.
BY_USER = {
    "cost": "select login, attribution, sum(net_amount), sum(credits) from github_copilot__cost_by_user group by all",
    "credits": "select login, date, billed_credits, seen_credits from github_copilot__credit_check",
    "seats": "select login, date, plan_type, state from github_copilot__seats_by_user",
    "budgets": "select login, budget_id, spent_amount, unknown_because from github_copilot__budget_status",
}
OF_ALL = {
    "months": "select month, charge_type, sum(net_amount) from github_copilot__cost_by_month group by all",
    "organizations": "select organization, sum(net_amount) from github_copilot__cost_by_organization group by all",
    "teams": "select team, sum(net_amount), sum(credits) from github_copilot__cost_by_team group by all",
    "FOCUS": 'select sum("BilledCost") from github_copilot__focus_cost_and_usage',
    "checks": "select net_difference from github_copilot__bill_check",
    "seats": "select sum(seats), sum(idle_amount) from github_copilot__seat_utilization",
}


def answers(bill: MadeUpBill, question: str) -> list[tuple[Any, ...]]:
    """In the alphabet's order; numbers to six decimals, because shares are doubles."""
    rows = [
        tuple(round(float(value), 6) if isinstance(value, float | Decimal) else value for value in row)
        for row in bill.rows(question)
    ]
    assert rows
    return sorted(rows, key=repr)


def test_pseudonyms_join_as_logins_do(bills: Mapping[str, MadeUpBill]) -> None:
    names = UserNames(PSEUDONYMIZED, SECRET)
    for question in BY_USER.values():
        plain = answers(bills["plain"], question)
        assert len({login for login, *_ in plain}) > 5
        expected = [(login and names.login(login), *rest) for login, *rest in plain]
        assert answers(bills[PSEUDONYMIZED], question) == sorted(expected, key=repr)
    for question in OF_ALL.values():
        assert answers(bills[PSEUDONYMIZED], question) == answers(bills["plain"], question)


def test_without_names_the_money_is_the_same(bills: Mapping[str, MadeUpBill]) -> None:
    for name in ("months", "organizations", "FOCUS", "checks"):
        assert answers(bills[LEFT_OUT], OF_ALL[name]) == answers(bills["plain"], OF_ALL[name])
