"""The bill itself: repeatable, changing in the ways it is told to, and shown to other processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from integration_tests.sandbox.contract import SHAPE, TODAY
from sandbox.bill import Bill
from sandbox.charges import AI_CREDIT
from sandbox.messages import exact_json
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape


@pytest.fixture
def bill() -> Bill:
    return Bill(SHAPE, TODAY, seed=1)


def test_the_same_seed_makes_the_same_bill(bill: Bill) -> None:
    assert bill.charges == Bill(SHAPE, TODAY, seed=1).charges
    assert bill.charges != Bill(SHAPE, TODAY, seed=2).charges


def test_the_bill_has_the_odd_charges(bill: Bill) -> None:
    assert all(charge.gross == charge.quantity * charge.price for charge in bill.charges)
    assert any(charge.discount > charge.gross and charge.net == 0 for charge in bill.charges)
    assert any(charge.net < 0 for charge in bill.charges)
    assert any(charge.user is None for charge in bill.charges if charge.sku == AI_CREDIT)
    assert len({charge.sku for charge in bill.charges}) == 5
    first_credits = min(charge.day for charge in bill.charges if charge.sku == AI_CREDIT)
    last_requests = max(charge.day for charge in bill.charges if charge.sku == "copilot_premium_request")
    assert (last_requests, first_credits) == (date(2026, 5, 31), date(2026, 6, 1))
    deleted = bill.cost_centers[2]
    assert deleted.deleted_on is not None
    last = max(charge.day for charge in bill.charges if charge.cost_center_id == deleted.id)
    assert last == deleted.deleted_on - timedelta(days=1)


def test_nothing_is_older_than_24_months() -> None:
    old = Bill(BillShape(first_day=date(2020, 1, 1), organizations=("acme-one",), users_per_organization=1), TODAY, 1)
    assert min(charge.day for charge in old.charges) == date(2024, 11, 1)


def test_no_share_without_user_means_none() -> None:
    bill = Bill(BillShape(first_day=date(2026, 10, 1), share_without_user=0), TODAY, 1)
    assert all(charge.user for charge in bill.charges if charge.sku == AI_CREDIT)


def test_recent_amounts_change_and_older_ones_do_not(bill: Bill) -> None:
    before = bill.ai_credit_day_totals()
    bill.change_recent_amounts(days=7)
    after = bill.ai_credit_day_totals()
    changed = {day for day in before if before[day] != after[day]}
    assert changed == {TODAY - timedelta(days=offset) for offset in range(7)}
    assert all(charge.gross == charge.quantity * charge.price for charge in bill.charges)
    assert all(charge.at.date() == charge.day for charge in bill.charges)


def test_a_remainder_moves_to_a_user(bill: Bill) -> None:
    totals, before = bill.ai_credit_day_totals(), bill.ai_credit_sums(("user",))
    assert bill.attribute_remainder("idle-001", days=200) > 0
    after = bill.ai_credit_sums(("user",))
    assert ("idle-001",) not in before
    assert after[("idle-001",)] + after[(None,)] == before[(None,)]
    assert bill.ai_credit_day_totals() == totals


def test_charges_and_cost_centers_and_organizations_come_and_go(bill: Bill) -> None:
    count = len(bill.charges)
    (gone,) = bill.withdraw(lambda charge: charge.sku == AI_CREDIT)
    assert (gone.sku, len(bill.charges)) == (AI_CREDIT, count - 1)
    center = bill.add_cost_center("Night shift")
    charged = {charge.day for charge in bill.charges if charge.cost_center_id == center.id}
    assert TODAY - timedelta(days=7) < min(charged) <= max(charged) == TODAY
    bill.delete_cost_center(center.id)
    assert [one.state for one in bill.cost_centers] == ["active", "active", "deleted", "deleted"]
    bill.add_organization("acme-new")
    assert bill.usage_sums(("organization",))[("acme-new",)].gross > 0
    assert bill.organization("ACME-NEW") == "acme-new"


def test_numbers_are_written_with_all_their_digits() -> None:
    data = {"a": Decimal("0.249999995"), "b": Decimal("123456789012345678.5"), "c": Decimal("-30.0"), "d": "1"}
    assert exact_json(data) == b'{"a": 0.249999995, "b": 123456789012345678.5, "c": -30, "d": "1"}'


def test_only_loopback_is_listened_on() -> None:
    with pytest.raises(ValueError, match="loopback only"):
        Sandbox(SHAPE, TODAY, host="0.0.0.0")  # noqa: S104 - it is refused


def test_configurations_are_complete() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        config = sandbox.enterprise_config(credentials={"ai_credit_method": "report_export"}, num_workers=2)
        app = sandbox.app_config(organizations=["acme-data"], start_date="2026-06-01")
        assert sandbox.requests == []
    assert config == {
        "credentials": {
            "connection_type": "enterprise_pat",
            "enterprise": "acme",
            "personal_access_token": sandbox.personal_access_token,
            "ai_credit_method": "report_export",
        },
        "start_date": "2026-05-01",
        "lookback_window_days": 7,
        "num_workers": 2,
        "api_url": sandbox.url,
    }
    assert (app["credentials"]["organizations"], app["start_date"]) == (["acme-data"], "2026-06-01")
    assert app["credentials"]["private_key"].startswith("-----BEGIN RSA " + "PRIVATE KEY-----")


def test_the_command_shows_the_truth_and_ends_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--write-configs", str(tmp_path), "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split()[2].rstrip(";")
        assert line == (
            f"listening on {url}; configurations in {tmp_path} "
            "(enterprise.json, app.json, organization_token.json, enterprise_app.json); stop with Ctrl-C\n"
        )
        truth = requests.get(f"{url}/_sandbox/truth", timeout=10).json()
        changed = requests.post(f"{url}/_sandbox/change", timeout=10)
        after = requests.get(f"{url}/_sandbox/truth", params={"usage_by": "month"}, timeout=10).json()
        unknown = requests.get(f"{url}/_sandbox/truth", params={"usage_by": "colour"}, timeout=10)
        log = requests.get(f"{url}/_sandbox/requests", timeout=10).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (changed.status_code, unknown.status_code, log) == (200, 400, [])
    assert [account["organization"] for account in truth["usage"]] == [None, "acme-platform", "acme-data", "Acme-Labs"]
    enterprise = sum(Decimal(row["gross"]) for row in truth["usage"][0]["rows"])
    assert 0 < sum(Decimal(row["gross"]) for row in truth["usage"][1]["rows"]) < enterprise
    assert sum(Decimal(row["gross"]) for row in after["usage"][0]["rows"]) != enterprise
    kinds = {
        "enterprise": "enterprise_pat",
        "app": "organization_github_app",
        "organization_token": "organization_pat",
        "enterprise_app": "enterprise_github_app",
    }
    for name, kind in kinds.items():
        config = json.loads((tmp_path / f"{name}.json").read_text())
        assert (config["credentials"]["connection_type"], config["api_url"]) == (kind, url)


def test_a_changed_bill_changes_no_other_sandbox_s_bill() -> None:
    with Sandbox(SHAPE, TODAY) as changed:
        billed = changed.bill.usage_sums(by=("day", "sku"))
        changed.bill.change_recent_amounts()
        changed.bill.rename_organization(changed.bill.organizations[0], "acme-new")
        with Sandbox(SHAPE, TODAY) as other:
            assert other.bill.usage_sums(by=("day", "sku")) == billed != changed.bill.usage_sums(by=("day", "sku"))
            assert "acme-new" not in other.bill.organizations
