"""`preview` against the sandbox's truth: its money is a sync's, its counts are those that are true."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import CONNECTIONS, exact, sync
from integration_tests.support.console import Done, run_console
from sandbox import BillShape, Fault
from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.preview import command
from testing.midnight_clock import MidnightClock
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock

SHAPE = BillShape(users_per_organization=4, enterprise_plans=("acme-data",))
DAYS = 14


def run(sandbox: Sandbox, folder: Path, config: Mapping[str, Any], *options: str) -> Done:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return run_console("preview", "--config", str(path), *options, clock=sandbox.clock)


def previewed(sandbox: Sandbox, folder: Path, config: Mapping[str, Any], *options: str) -> dict[str, Any]:
    done = run(sandbox, folder, config, "--json", *options)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_money_equals_the_rows_of_a_sync_to_the_cent(connection: str, tmp_path: Path) -> None:
    with Sandbox(SHAPE, enterprise_installation=True) as sandbox:
        config = sandbox.configs()[connection]
        days = previewed(sandbox, tmp_path, config)["days"]
        rows = sync(config, ["usage"], clock=VirtualClock()).rows["usage"]
        last = sandbox.bill.today - timedelta(days=1)
        assert [day["date"] for day in days] == [str(last - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]
        assert any(day["net_amount"] for day in days)
        for day in days:
            for amount in ("gross_amount", "net_amount"):
                total = sum((exact(row[amount]) for row in rows if row["date"] == day["date"]), Decimal(0))
                assert exact(day[amount]).quantize(Decimal("1e-9")) == total.quantize(Decimal("1e-9"))


class LookedAtBeforeMidnight(MidnightClock):
    """Midnight passes after the first look."""

    def now(self) -> datetime:
        moment = super().now()
        self.pass_midnight()
        return moment


def test_preview_that_passes_midnight_is_one_of_the_day_it_began_on(tmp_path: Path) -> None:
    with Sandbox(SHAPE) as sandbox:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(sandbox.enterprise_config()))
        clock = LookedAtBeforeMidnight(sandbox.bill.today)
        days = command.preview_of(str(path), DAYS, clock).as_json()["days"]
    assert [day["date"] for day in days] == [str(TODAY - timedelta(days=back)) for back in range(DAYS, 0, -1)]
    assert clock.now().date() > TODAY


def test_counts_are_true(tmp_path: Path) -> None:
    with Sandbox(SHAPE) as sandbox:
        shown = previewed(sandbox, tmp_path, sandbox.enterprise_config(), "--days", "5")
        credits = sandbox.bill.ai_credit_day_totals()
        for day in shown["days"]:
            when = date.fromisoformat(day["date"])
            assert day["ai_credits"] == pytest.approx(float(credits[when].quantity), abs=1e-6)
            if when > sandbox.metrics.last_day:
                assert (day["active_users"], day["suggestions"], day["agent_users"]) == (None, None, None)
            else:
                assert day["active_users"] == len(sandbox.metrics.active_users(when))
                assert day["acceptances"] == sandbox.metrics.acceptances(when)
                assert 0 <= day["agent_users"] <= day["active_users"]
        with_report = [day for day in shown["days"] if day["suggestions"] is not None]
        assert sum(entry["suggestions"] for entry in shown["top"]["languages"]) == sum(
            day["suggestions"] for day in with_report
        )
        assert sum(entry["chat_requests"] for entry in shown["top"]["models"]) == sum(
            day["chat_requests"] or 0  # null where nobody chatted
            for day in with_report
        )
        assert [entry["capability"] for entry in shown["not_seen"]] == ["metrics"]
        assert f"has no report of {sandbox.bill.today - timedelta(days=1)}" in shown["not_seen"][0]["reason"]


def test_seats_and_what_unused_ones_cost_are_true(tmp_path: Path) -> None:
    with Sandbox(SHAPE) as sandbox:
        seats = previewed(sandbox, tmp_path, sandbox.enterprise_config(), "--days", "2")["seats"]
        by_user: dict[str, list[Any]] = {}
        for number, grant in enumerate(sandbox.bill.seats()):  # a seat without a user is one by itself
            by_user.setdefault((grant.login or f"nobody {number}").lower(), []).append(grant)
        assert seats["total"] == len(by_user)
        dearest = {
            login: "enterprise" if any(grant.plan_type == "enterprise" for grant in grants) else "business"
            for login, grants in by_user.items()
        }
        assert seats["by_plan"] == {plan: list(dearest.values()).count(plan) for plan in ("business", "enterprise")}
        never = [login for login, grants in by_user.items() if all(one.last_activity_at is None for one in grants)]
        assert seats["never_used"] == len(never) > 0
        prices = {"business": 19, "enterprise": 39}
        assert seats["idle_30_days"] == 0
        assert seats["idle_cost_per_month"] == sum(prices[dearest[login]] for login in never)


def test_tables_are_plain_without_a_terminal_and_say_what_cannot_be_seen(tmp_path: Path) -> None:
    with Sandbox(SHAPE, metrics_policy_off=("acme",), refused={"seats": 403}) as sandbox:
        done = run(sandbox, tmp_path, sandbox.enterprise_config(), "--days", "3")
        assert (done.returncode, done.stderr) == (0, "")
        shown = previewed(sandbox, tmp_path, sandbox.enterprise_config(), "--days", "3")
        net = sum((exact(day["net_amount"]) for day in shown["days"]), Decimal(0))
    assert done.stdout.isascii() and "\x1b" not in done.stdout
    (total,) = [line.split() for line in done.stdout.splitlines() if line.startswith("Total")]
    assert total[-1] == f"{net:,.2f}"
    assert shown["seats"] is None and {day["active_users"] for day in shown["days"]} == {None}
    assert '- metrics: Enterprise acme: GitHub\'s policy "Copilot usage metrics" is off' in done.stdout
    assert "- seats: Enterprise acme: GitHub answered 403" in done.stdout


def test_bill_that_cannot_be_read_ends_with_1_and_one_sentence(tmp_path: Path) -> None:
    with Sandbox(SHAPE, refused={"usage": 403}) as sandbox:
        done = run(sandbox, tmp_path, sandbox.enterprise_config(), "--json")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("invalid_permissions: Enterprise acme: GitHub answered 403")
        assert len(done.stderr.splitlines()) == 1
        done = run(sandbox, tmp_path, sandbox.enterprise_config(credentials={"enterprise": "https://x"}))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("invalid_configuration: enterprise must be the name alone")


def test_found_organization_whose_bill_is_refused_is_left_out_and_named(tmp_path: Path) -> None:
    with Sandbox(SHAPE, without_administration=("acme-data",)) as sandbox:
        shown = previewed(sandbox, tmp_path, sandbox.app_config(), "--days", "2")
        reasons = [entry["reason"] for entry in shown["not_seen"] if entry["capability"] == "billing"]
        assert any(reason.startswith("Organization acme-data: GitHub answered 403") for reason in reasons)
        assert any(reason.startswith("Organization acme-archive: the installation") for reason in reasons)
        day = sandbox.bill.today - timedelta(days=1)
        billed = sum(
            sandbox.bill.usage_sums(("day",), account=name)[(day,)].net for name in ("acme-platform", "Acme-Labs")
        )
        assert shown["days"][-1]["net_amount"] == pytest.approx(float(billed), abs=1e-9)
        assert run(sandbox, tmp_path, sandbox.app_config(["acme-data", "acme-platform"])).returncode == 1


def test_ai_credits_of_a_part_of_the_accounts_are_not_shown_as_all(tmp_path: Path) -> None:
    with Sandbox(SHAPE) as sandbox:
        sandbox.inject(Fault("forbidden", path="organizations/acme-data/settings/billing/ai_credit", times=None))
        shown = previewed(sandbox, tmp_path, sandbox.organization_pat_config(), "--days", "2")
    assert [day["ai_credits"] for day in shown["days"]] == [None, None]
    assert any(entry["capability"] == "AI credits" for entry in shown["not_seen"])


def test_no_secret_is_printed(tmp_path: Path) -> None:
    with Sandbox(SHAPE, sso_required=("acme", "acme-data"), sso_hides=False) as sandbox:
        for config in (sandbox.enterprise_config(), sandbox.organization_pat_config(), sandbox.app_config()):
            done = run(sandbox, tmp_path, config, "--days", "2")
            printed = done.stdout + done.stderr
            assert not [secret for secret in sandbox.secrets if secret in printed]


@pytest.mark.parametrize("days", ["0", "91", "two"])
def test_days_out_of_range_are_refused(days: str, tmp_path: Path) -> None:
    done = run_console("preview", "--config", str(tmp_path), "--days", days, clock=SystemClock())
    assert done.returncode == 2 and "must be a whole number from 1 to 90" in done.stderr


def test_help_names_the_command() -> None:
    done = run_console("--help", clock=SystemClock())
    assert done.returncode == 0 and "preview shows the last days' bill" in done.stdout
