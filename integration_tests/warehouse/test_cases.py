"""Cases that the models once told wrong: from a made-up GitHub by the connector's command and dbt's into a database.

Two GitHubs of organizations, five months apart, and one of an enterprise. Each account is one case or a few. What they
are billed stands in `_september`, `_february` and `_enterprise`, and what the marts must say of it in `CASES`. Tables
have moments with a time zone, as some destinations make them, and the sessions of dbt are far from UTC.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration_tests.warehouse.opened import PostgresCopy
from integration_tests.warehouse.postgres_server import postgres_url
from integration_tests.warehouse.shown_page import Page
from integration_tests.warehouse.written_bill import OTHER, charge, days, empty, grant, paid, seats
from sandbox import Charge, Fault
from sandbox.charges import AI_CREDIT, SEAT
from sandbox.people import CostCenter, Grant, Member
from testing.console import clocked_script
from testing.sandbox import Sandbox
from warehouse import models, sync
from warehouse.load.connection import Connection, IncompleteError
from warehouse.load.warehouse import Warehouse, open_duckdb
from warehouse.models import build_models

# The days of the reads. The bill is known to the day before.
SEPTEMBER, FEBRUARY = date(2026, 9, 17), date(2027, 2, 17)
YESTERDAY = FEBRUARY - timedelta(days=1)
CREDIT_DAY = FEBRUARY - timedelta(days=2)  # the newest with metrics
JANUARY = date(2027, 1, 20)

THEN = ("roll-out", "unread", "partly-there", "prepaid", "charged", "left", "old-name")
NOW = (
    *("old-name", "february", "first", "second", "plans", "invited", "zones", "short", "over", "changed", "refunded"),
    *("spelt", "no-users"),
)
# What each case must say, and how it is asked. Amounts are in US dollars.
CASES: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "seats of a short month cost what they cost in a long one": (
        "select seats, net_amount_at_month_end from github_copilot__month_end_forecast where account_name = 'february'",
        [(100, 1900)],
    ),
    # 9 days of 10 seats and 21 days of 100.
    "seats of a roll-out count with their newest number": (
        "select seats, net_amount_at_month_end from github_copilot__month_end_forecast where account_name = 'roll-out'",
        [(100, 1387)],
    ),
    # 10 a day, in July and in September.
    "a month that could not be read is unknown and not 0": (
        "select net_amount_to_date, net_amount_at_month_end"
        " from github_copilot__month_end_forecast where account_name = 'unread'",
        [(160, 300)],
    ),
    "a day whose seat lines are partly there does not count": (
        "select seats, net_amount_at_month_end from github_copilot__month_end_forecast"
        " where account_name = 'partly-there'",
        [(100, 1900)],
    ),
    # 190 for the seats, and 600 for credits of which 190 are included.
    "prepaid seats are paid for the month": (
        "select seats, included_credits, net_amount_at_month_end from github_copilot__month_end_forecast"
        " where account_name = 'prepaid'",
        [(10, 19_000, 600)],
    ),
    # 1,900 for the seats, and 10 a day for credits of which none is included.
    "credits that the bill charges before the pool is empty go on": (
        "select net_amount_at_month_end, credit_rule from github_copilot__month_end_forecast"
        " where account_name = 'charged'",
        [(2200, "observed_share")],
    ),
    # Credits of Copilot: 70 of the deleted Ops, 5 of its successor, 4 of users of teams and of a renamed one. Of Spark:
    # 138 of a cost center called Ops and 2 of none.
    "budgets count the credits of other products, and the cost center that is meant": (
        "select budget_id, spent_amount from github_copilot__budget_status where account_name = 'acme' order by 1",
        [("all credits", 219), ("ops", 5), ("spark", 140), ("spark without cost centers", 2)],
    ),
    "a user's budget is not known where credits have no users": (
        "select spent_amount, unknown_because from github_copilot__budget_status where account_name = 'no-users'",
        [(None, "credits_without_users")],
    ),
    "a renamed organization is one, and one that left is none": (
        "select account_name, sum(seats) from github_copilot__seat_utilization"
        " where account_name in ('old-name', 'new-name', 'left') and is_current group by 1",
        [("new-name", 3)],
    ),
    # One user was active 29 UTC days ago and one 30, a second from the other day: west of UTC both are idle, east none.
    "a seat is idle by UTC days": (
        "select sum(idle_seats), sum(idle_amount) from github_copilot__seat_utilization where account_name = 'zones'",
        [(1, 19)],
    ),
    "a renamed user is active under the new name": (
        "select login, last_active_on, state from github_copilot__seats_by_user where account_name = 'acme'",
        [("old-login", CREDIT_DAY, "active")],
    ),
    "grants without a user are one seat each": (
        "select (select count(*) from stg_github_copilot__seats where account_name = 'invited'), sum(seats)"
        " from github_copilot__seat_utilization where account_name = 'invited'",
        [(10, 10)],
    ),
    "of a user in two organizations one pays": (
        "select sum(granted_seats), sum(seats), sum(monthly_amount) from github_copilot__seat_utilization"
        " where account_name in ('first', 'second')",
        [(2, 1, 19)],
    ),
    "a plan that nobody knows stands apart": (
        "select plan_type, sum(seats), sum(monthly_amount) from github_copilot__seat_utilization"
        " where account_name = 'plans' group by 1 order by 1",
        [("business", 2, 38), ("unknown", 1, None)],
    ),
    "teams without a number are told apart by slug": (
        "select team, net_amount from github_copilot__cost_by_team where team <> '(no team)' order by 1",
        [("data", 2), ("web", 1)],
    ),
    "accounts that differ either way are rows of their own": (
        "select account_name, net_difference from github_copilot__bill_check where net_difference <> 0 order by 1",
        [("over", 5), ("short", -5)],
    ),
    # 31 days of 10, and 3 more that GitHub billed three weeks later.
    "a change behind the lookback is found": (
        "select net_amount, net_difference, is_final, is_read_whole, is_total_newer from github_copilot__bill_check"
        " where account_name = 'changed' and month = '2027-01-01'",
        [(313, 0, True, True, True)],
    ),
    "a refund is no usage": (
        'select "BilledCost", "ChargeCategory", "ChargeClass" from github_copilot__focus_cost_and_usage'
        """ where "BillingAccountName" = 'refunded' order by 1""",
        [(-7, "Credit", None), (-5, "Usage", "Correction"), (20, "Usage", None)],
    ),
    # Line items of organizations and of the enterprise, the report of AI credits, and two printings of a price.
    "a SKU at one price is one id": (
        'select distinct "SkuId", "SkuPriceId" from github_copilot__focus_cost_and_usage'
        """ where "SkuId" <> 'copilotother' order by 1""",
        [
            ("copilotaicredit", "copilotaicredit:10000000"),
            ("copilotbusiness", "copilotbusiness:19000000000"),
            ("sparkaicredit", "sparkaicredit:10000000"),
        ],
    ),
}


def test_each_case_is_told_right_on_duckdb_and_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "DBT", _far_from_utc(models.DBT, tmp_path))
    file = tmp_path / "bill.duckdb"
    with Sandbox(empty(*THEN, standalone=True), today=SEPTEMBER) as then:
        _september(then)
        config = then.organization_pat_config(start_date="2026-07-01")
        with pytest.raises(IncompleteError, match="Organization unread"):
            _read(then, config, file, "usage", "seats")
    with Sandbox(empty("ops"), today=FEBRUARY, export_polls=1) as enterprise:
        _enterprise(enterprise)
        config = enterprise.enterprise_config({"ai_credit_method": "report_export"}, start_date=f"{CREDIT_DAY}")
        people = ("ai_credit_usage", "seats", "user_metrics", "user_teams")
        _read(enterprise, config, file, "usage", "cost_centers", "budgets", *people)
    with Sandbox(empty(*NOW, standalone=True), today=FEBRUARY, enterprise_owned=("no-users",)) as now:
        _february(now)
        without_users = now.organization_pat_config(["no-users"], start_date=f"{CREDIT_DAY}")
        _read(now, without_users, file, "ai_credit_usage", "budgets")
        config = now.organization_pat_config(start_date="2027-01-01")
        streams = ("usage", "billing_summary", "seats")
        _read(now, config, file, *streams)
        now.bill.charges += (charge(JANUARY, "changed", OTHER, 3),)
        with open_duckdb(file, "organizations") as warehouse:
            _give_moments_a_time_zone(warehouse)
        told = _sync(now, config, file, monkeypatch, capfd, streams)
        previewed = _previewed(now, "plans", tmp_path)
    assert previewed["seats"]["by_plan"] == {"business": 2, "unknown": 1}
    assert (previewed["seats"]["idle_cost_per_month"], previewed["seats"]["idle_without_price"]) == (38, 1)
    assert any("no single price for the plan of 1 seat(s)" in entry["reason"] for entry in previewed["not_seen"])
    assert "Organization changed: GitHub has changed 2027-01 since it was read: its own total was 310" in told
    page = Page(file.with_suffix(".html").read_text())
    assert not {"left", "old-name"} & {row[0] for row in page.rows["seats", ""] if row}
    assert ["new-name", "3"] in [[row[0], row[3]] for row in page.rows["seats", ""] if row]
    differences = {row[0]: float(row[4]) for row in page.rows["bill_check", "2027-01"] if row}
    assert {name: amount for name, amount in differences.items() if amount} == {"over": 5, "short": -5}
    with open_duckdb(file, "organizations") as warehouse:
        assert _answers(warehouse) == _expected()
    with postgres_url() as url:
        assert url is not None
        with PostgresCopy(file, "organizations", url, moment="timestamptz") as copy:
            build_models(copy, copy.tables())
            assert _answers(copy) == _expected()


def _far_from_utc(program: Path, folder: Path) -> Path:
    """dbt, in whose sessions it is another day: by DuckDB 14 hours before UTC, by PostgreSQL 11 hours after it."""
    profile = yaml.safe_load((models.PACKAGE / "profiles.yml").read_text())
    profile["github_copilot_billing"]["outputs"]["duckdb"]["settings"]["TimeZone"] = "Pacific/Kiritimati"
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    script = folder / "dbt"
    script.write_text(f'#!/bin/sh\nPGTZ=Pacific/Niue exec {program} "$@" --profiles-dir {folder}\n')
    script.chmod(0o700)
    return script


def _september(sandbox: Sandbox) -> None:
    """Organizations that are read once, in September; one has another name later."""
    first, yesterday = SEPTEMBER.replace(day=1), SEPTEMBER - timedelta(days=1)
    charges = [charge(day, "unread", OTHER, 10) for day in days(date(2026, 7, 1), yesterday)]
    charges.append(charge(first, "prepaid", SEAT, 10))
    for day in days(first, yesterday):
        charges.append(seats(day, "roll-out", 10 if day.day < 10 else 100))
        charges.append(seats(day, "partly-there", 5 if day == yesterday else 100))
        charges.append(seats(day, "charged", 100))
        charges.append(charge(day, "charged", AI_CREDIT, 1000))
        # 19,000 credits are included: half of the tenth day's.
        credits = charge(day, "prepaid", AI_CREDIT, 2000)
        charges.append(paid(credits, 0 if day.day < 10 else 10 if day.day == 10 else 20))
    sandbox.bill.charges = tuple(charges)
    users = {"left": range(5), "old-name": range(5, 8)}
    sandbox.bill.grants = tuple(grant(name, user, SEPTEMBER) for name, own in users.items() for user in own)
    # A month that GitHub does not give.
    sandbox.inject(Fault("json", path="unread/.*/usage.*month=8", json={"usageItems": "none"}, times=None))


def _february(sandbox: Sandbox) -> None:
    sandbox.rename("old-name", "new-name")
    charges: list[Charge] = []
    for day in days(date(2027, 1, 1), YESTERDAY):
        charges.append(seats(day, "february", 100))
        charges += [seats(day, name, count) for name, count in (("first", 1), ("plans", 2), ("zones", 2))]
        charges += [charge(day, name, OTHER, 10) for name in ("short", "over", "changed")]
    charges += [*_refunds(), *_spellings()]
    charges.append(charge(CREDIT_DAY, "no-users", AI_CREDIT, 800))
    sandbox.bill.charges = tuple(charges)
    sandbox.bill.grants = tuple(_grants())
    for name, difference in (("short", 5), ("over", -5)):
        _state_total(sandbox, name, 310 + difference)
    _state_budgets(sandbox, "no-users", budget("ann's", "user", user="ann"))


def _refunds() -> Iterator[Charge]:
    """A charge, a correction of it, and a credit."""
    for number, (quantity, amount) in enumerate(((20, Decimal(20)), (-5, Decimal(-5)), (0, Decimal(-7)))):
        day = YESTERDAY - timedelta(days=number)
        yield charge(day, "refunded", OTHER, quantity, gross=amount, net=amount)


def _spellings() -> Iterator[Charge]:
    """AI credits at one price that is printed in two ways, and seats whose amounts are rounded."""
    for number, (price, count) in enumerate(((Decimal("0.01"), 70_001), (Decimal("0.0100"), 3))):
        day = YESTERDAY - timedelta(days=number)
        yield charge(day, "spelt", AI_CREDIT, 100, price=price)
        line = seats(day, "spelt", count)
        yield line._replace(gross=round(line.gross, 6), net=round(line.net, 6))


def _grants() -> Iterator[Grant]:
    yield from (grant("new-name", user, FEBRUARY) for user in range(5, 8))
    yield from (grant(name, 10, FEBRUARY) for name in ("first", "second"))
    yield from (grant("plans", user, FEBRUARY, plan_type=plan) for user, plan in ((20, "unknown"), (21, "business")))
    yield grant("plans", 22, FEBRUARY)
    yield from (grant("invited", None, FEBRUARY) for _ in range(10))
    yield grant("no-users", 40, FEBRUARY)
    for user, days_ago, at in ((30, 30, time(23, 59, 59)), (31, 29, time())):
        last = datetime.combine(FEBRUARY - timedelta(days=days_ago), at, timezone.utc)
        yield grant("zones", user, FEBRUARY, last_activity_at=last)


def _enterprise(sandbox: Sandbox) -> None:
    first, second = CostCenter("center-1", "Ops", YESTERDAY), CostCenter("center-2", "Ops", None)
    spark: dict[str, Any] = {"product": "spark", "user": "cat"}
    sandbox.bill.cost_centers = (first, second)
    sandbox.bill.charges = (
        charge(CREDIT_DAY, "ops", AI_CREDIT, 7000, cost_center_id=first.id),
        charge(YESTERDAY, "ops", AI_CREDIT, 500, cost_center_id=second.id),
        charge(CREDIT_DAY, "ops", "spark_ai_credit", 13_800, cost_center_id=second.id, **spark),
        charge(CREDIT_DAY, "ops", "spark_ai_credit", 200, **spark),
        charge(CREDIT_DAY, "ops", AI_CREDIT, 100, user="ann"),
        charge(CREDIT_DAY, "ops", AI_CREDIT, 200, user="bob"),
        charge(CREDIT_DAY, "ops", AI_CREDIT, 100, user="new-login"),
        *(seats(day, "ops", 1) for day in (CREDIT_DAY, YESTERDAY)),
    )
    sandbox.bill.members = (Member("new-login", 1, ("ops",)),)
    sandbox.bill.grants = (grant("ops", 1, FEBRUARY, login="old-login"),)
    sandbox.serve_metrics(_lines)
    _state_budgets(
        sandbox,
        "acme",
        budget("all credits", "enterprise", ["ai_credits"]),
        budget("spark", "enterprise", ["spark"]),
        budget("spark without cost centers", "enterprise", ["spark"], exclude_cost_center_usage=True),
        budget("ops", "cost_center", ["copilot"], budget_entity_name="Ops"),
    )


def _lines(kind: str, account: str, day: date) -> Iterator[bytes]:
    """Users and their teams, which have no number."""
    if kind == "users-1-day":
        yield json.dumps({"day": f"{day}", "user_id": 1, "user_login": "new-login"}).encode()
        return
    for number, (login, team) in enumerate((("ann", "web"), ("bob", "data")), start=2):
        yield json.dumps({"day": f"{day}", "user_id": number, "user_login": login, "slug": team}).encode()


def budget(key: str, scope: str, skus: Sequence[str] = ("ai_credits",), **values: Any) -> dict[str, Any]:
    row = {"id": key, "budget_scope": scope, "budget_product_skus": [*skus], "budget_amount": 1000}
    return {**row, "budget_type": "BundlePricing", "prevent_further_usage": False, **values}


def _state_budgets(sandbox: Sandbox, account: str, *budgets: dict[str, Any]) -> None:
    answer = {"budgets": budgets, "has_next_page": False, "total_count": len(budgets)}
    sandbox.inject(Fault("json", path=f"/{account}/settings/billing/budgets", json=answer, times=None))


def _state_total(sandbox: Sandbox, account: str, net: int) -> None:
    """GitHub's own total of January."""
    item = {"product": "copilot", "sku": OTHER, "unitType": "minutes", "pricePerUnit": 1, "grossQuantity": net}
    item |= {"grossAmount": net, "discountQuantity": 0, "discountAmount": 0, "netQuantity": net, "netAmount": net}
    answer = {"timePeriod": {"year": 2027, "month": 1}, "usageItems": [item]}
    sandbox.inject(Fault("json", path=f"/{account}/.*/summary.*month=1$", json=answer, times=None))


def _read(sandbox: Sandbox, config: dict[str, Any], file: Path, *streams: str) -> None:
    script = clocked_script(sandbox.clock, file.parent)
    with open_duckdb(file, "organizations") as warehouse:
        Connection(config, lambda _: None, script=script).sync(warehouse, [*streams, "reads"])


def _give_moments_a_time_zone(warehouse: Warehouse) -> None:
    sql = (
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'organizations' and data_type = 'TIMESTAMP'"
    )
    found = warehouse.rows(sql)
    warehouse.connection.execute("set timezone = 'UTC'")
    for table, column in found:
        warehouse.connection.execute(f"alter table {table} alter column {column} type timestamptz")


def _sync(
    sandbox: Sandbox,
    config: dict[str, Any],
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    streams: Sequence[str],
) -> str:
    """What `make sync` prints."""
    path = file.with_name("config.json")
    path.write_text(json.dumps(config))
    monkeypatch.setattr(sys, "argv", ["sync", str(path), "--duckdb", str(file), "--streams", " ".join(streams)])
    assert sync.main(clocked_script(sandbox.clock, file.parent)) == sync.ALL
    return capfd.readouterr().out


def _previewed(sandbox: Sandbox, organization: str, folder: Path) -> dict[str, Any]:
    """What `preview` says of an organization."""
    path = folder / "preview.json"
    path.write_text(json.dumps(sandbox.organization_pat_config([organization])))
    command = [str(clocked_script(sandbox.clock, folder)), "preview", "--config", str(path), "--json"]
    shown: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return shown


def _answers(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {
        case: [tuple(float(one) if isinstance(one, Decimal) else one for one in row) for row in warehouse.rows(sql)]
        for case, (sql, _) in CASES.items()
    }


def _expected() -> dict[str, list[tuple[Any, ...]]]:
    return {
        case: [tuple(pytest.approx(one, abs=1e-3) if type(one) is int else one for one in row) for row in expected]
        for case, (_, expected) in CASES.items()
    }
