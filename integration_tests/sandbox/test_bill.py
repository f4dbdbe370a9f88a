"""The bill itself, which all sums are compared with: repeatable, odd where GitHub's is, changing as it is told to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from integration_tests.sandbox.contract import SHAPE, TODAY
from sandbox.bill import Bill
from sandbox.budgets import budgets_of
from sandbox.charges import AI_CREDIT
from sandbox.messages import exact_json


@pytest.fixture
def bill() -> Bill:
    return Bill(SHAPE, TODAY, seed=1)


def test_the_same_seed_makes_the_same_bill_whatever_became_of_another_one(bill: Bill) -> None:
    charges = bill.charges
    bill.change_recent_amounts()
    assert Bill(SHAPE, TODAY, seed=1).charges == charges != bill.charges
    assert Bill(SHAPE, TODAY, seed=2).charges != charges


def test_tight_budgets_of_cost_centers_are_overspent_and_nearly_spent_on_every_day() -> None:
    for day in (TODAY.replace(day=1), TODAY):
        bill = Bill(replace(SHAPE, tight_budgets=True), day, seed=1)
        paid = bill.usage_sums(("month", "cost_center"))
        over, near = [budget for budget in budgets_of(bill) if budget.scope == "cost_center"][:2]
        shares = [
            paid[day.replace(day=1), center.id].net / budget.amount
            for center, budget in zip(bill.cost_centers, (over, near), strict=False)
        ]
        assert shares[0] > 1 and Decimal("0.75") < shares[1] < 1
        assert (over.stops, near.stops) == (True, False)


def test_the_bill_has_all_kinds_of_charges(bill: Bill) -> None:
    assert all(charge.gross == charge.quantity * charge.price for charge in bill.charges)
    assert any(charge.user is None for charge in bill.charges if charge.sku == AI_CREDIT)
    assert len({charge.sku for charge in bill.charges}) == 6
    first_credits = min(charge.day for charge in bill.charges if charge.sku == AI_CREDIT)
    last_requests = max(charge.day for charge in bill.charges if charge.sku == "copilot_premium_request")
    assert (last_requests, first_credits) == (date(2026, 5, 31), date(2026, 6, 1))
    deleted = bill.cost_centers[2]
    assert deleted.deleted_on is not None
    last = max(charge.day for charge in bill.charges if charge.cost_center_id == deleted.id)
    assert last == deleted.deleted_on - timedelta(days=1)


def test_recent_amounts_change_and_older_ones_do_not(bill: Bill) -> None:
    before = bill.ai_credit_day_totals()
    bill.change_recent_amounts(days=7)
    after = bill.ai_credit_day_totals()
    changed = {day for day in before if before[day] != after[day]}
    assert changed == {TODAY - timedelta(days=offset) for offset in range(7)}
    assert all(charge.gross == charge.quantity * charge.price for charge in bill.charges)


def test_a_remainder_moves_to_a_user(bill: Bill) -> None:
    totals, before = bill.ai_credit_day_totals(), bill.ai_credit_sums(("user",))
    assert bill.attribute_remainder("idle-001", days=200) > 0
    after = bill.ai_credit_sums(("user",))
    assert ("idle-001",) not in before
    assert after[("idle-001",)] + after[(None,)] == before[(None,)]
    assert bill.ai_credit_day_totals() == totals


def test_numbers_are_written_with_all_their_digits() -> None:
    data = {"a": Decimal("0.249999995"), "b": Decimal("123456789012345678.5"), "c": Decimal("-30.0"), "d": "1"}
    assert exact_json(data) == b'{"a": 0.249999995, "b": 123456789012345678.5, "c": -30, "d": "1"}'


def test_the_command_shows_the_truth_and_ends_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--write-configs", str(tmp_path), "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2].rstrip(";")
        truth = requests.get(f"{url}/_sandbox/truth", timeout=10).json()
        changed = requests.post(f"{url}/_sandbox/change", timeout=10)
        after = requests.get(f"{url}/_sandbox/truth", params={"usage_by": "month"}, timeout=10).json()
        log = requests.get(f"{url}/_sandbox/requests", timeout=10).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (changed.status_code, log) == (200, [])
    assert [account["organization"] for account in truth["usage"]] == [None, "acme-platform", "acme-data", "Acme-Labs"]
    enterprise = sum(Decimal(row["gross"]) for row in truth["usage"][0]["rows"])
    assert 0 < sum(Decimal(row["gross"]) for row in truth["usage"][1]["rows"]) < enterprise
    assert sum(Decimal(row["gross"]) for row in after["usage"][0]["rows"]) != enterprise
    kinds = ("enterprise_pat", "organization_github_app", "organization_pat", "enterprise_github_app")
    for name, kind in zip(("enterprise", "app", "organization_token", "enterprise_app"), kinds, strict=True):
        config = json.loads((tmp_path / f"{name}.json").read_text())
        assert (config["credentials"]["connection_type"], config["api_url"]) == (kind, url)
