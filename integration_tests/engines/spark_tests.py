"""Every model on Apache Spark, for real, equals the one on DuckDB: make engines.

Needs Java 17 and .venv-engines, which `make engines` makes: it is not a part of `make test`.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.changes import change
from integration_tests.warehouse.compiled import STREAMS
from sandbox import BillShape
from testing.console import clocked_script
from testing.sandbox import Sandbox
from testing.today import TODAY
from warehouse.load.connection import Connection
from warehouse.load.warehouse import open_duckdb
from warehouse.models import PACKAGE, build_models

PYTHON = Path(__file__).parent.parent.parent / ".venv-engines" / "bin" / "python"
TOLERANCE = 1e-6
OF_THE_ENGINE = "built_from"  # a number of the SQL, among others, which is not the same on each engine
FOCUS = "github_copilot__focus_cost_and_usage"
SHAPE = BillShape(
    organizations=("acme-platform", "Acme-Labs"),
    users_per_organization=5,
    idle_users_per_organization=1,
    users_who_left=1,
    enterprise_plans=("Acme-Labs",),
    enterprise_team_seats=2,
    pending_cancellations=2,
    share_without_user=0.2,
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A DuckDB file with the tables of two syncs, with changes between them, and with all models."""
    file = tmp_path_factory.mktemp("duckdb") / "bill.duckdb"
    with Sandbox(replace(SHAPE, first_day=TODAY - timedelta(days=20)), today=TODAY, export_polls=1) as sandbox:
        for is_last in (False, True):
            with open_duckdb(file, "copilot") as warehouse, tempfile.TemporaryDirectory() as folder:
                script = clocked_script(sandbox.clock, Path(folder))
                Connection(sandbox.enterprise_config(), lambda _: None, script=script).sync(warehouse, STREAMS)
                if is_last:
                    build_models(warehouse, STREAMS, "run")
            change(sandbox.bill)
    yield file


def test_every_model_is_built_and_tested_on_spark_and_equals_duckdb(loaded: Path, tmp_path: Path) -> None:
    _build_on_spark(loaded, tmp_path, "UTC", "timestamp", "build")
    assert _different(loaded, tmp_path) == {}


def test_days_are_utc_days_in_a_session_of_another_time_zone(loaded: Path, tmp_path: Path) -> None:
    _build_on_spark(loaded, tmp_path, "Pacific/Auckland", "timestamptz", "run", "--exclude", FOCUS)
    assert _different(loaded, tmp_path, {FOCUS}) == {}


def _build_on_spark(loaded: Path, work: Path, zone: str, moment: str, *command: str) -> None:
    """:param moment: the type of moments, without or with a time zone"""
    if not PYTHON.is_file():
        pytest.fail("Apache Spark is not installed here: `make engines` installs it, and runs this.")
    (work / "tables").mkdir()
    with duckdb.connect(loaded, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for stream in STREAMS:
            columns = connection.execute(f"describe copilot.{stream}").fetchall()
            casts = ", ".join(
                f"cast({name} as {moment}) as {name}" if kind.startswith("TIMESTAMP") else name
                for name, kind, *_ in columns
            )
            file = work / "tables" / f"{stream}.parquet"
            connection.execute(f"copy (select {casts} from copilot.{stream}) to '{file}'")  # noqa: S608 - own names
    variables = json.dumps({"github_copilot_streams": list(STREAMS)})
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("build_on_spark.py"), PACKAGE, work, zone, *command, "--vars", variables],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-4000:]
    print(done.stdout.strip().splitlines()[-1])


def _different(loaded: Path, work: Path, left_out: set[str] | None = None) -> dict[str, str]:
    """The first difference of each model that has one."""
    models = _models(work) - (left_out or set())
    assert len(models) > 20
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = 'UTC'; attach '{loaded}' as bill (read_only)")
        found = {}
        for model in sorted(models):
            spark = f"read_parquet('{work}/warehouse/copilot.db/{model}/*.parquet')"
            expected, got = (_rows(connection, table) for table in (f"bill.copilot.{model}", spark))
            difference = _first_difference(expected, got)
            if difference:
                found[model] = difference
    return found


def _models(work: Path) -> set[str]:
    nodes = json.loads((work / "target" / "manifest.json").read_text())["nodes"].values()
    return {node["name"] for node in nodes if node["resource_type"] == "model"}


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns by name, and the rows in an order that small differences of numbers do not change."""
    kinds = {name: kind for name, kind, *_ in connection.execute(f"describe from {table}").fetchall()}
    columns = sorted({*kinds} - {OF_THE_ENGINE})
    values = ", ".join(
        f'cast("{name}" as timestamp)' if kinds[name].startswith("TIMESTAMP") else f'"{name}"' for name in columns
    )
    rows = [
        tuple(
            float(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value for value in row
        )
        for row in connection.execute(f"select {values} from {table}").fetchall()  # noqa: S608 - own names
    ]
    return columns, sorted(rows, key=_place)


def _place(row: tuple[Any, ...]) -> tuple[list[str], list[float]]:
    words = ["" if isinstance(value, float) else repr(value) for value in row]
    return words, [round(value, 4) for value in row if isinstance(value, float)]


def _first_difference(
    expected: tuple[list[str], list[tuple[Any, ...]]], got: tuple[list[str], list[tuple[Any, ...]]]
) -> str | None:
    (columns, expected_rows), (got_columns, got_rows) = expected, got
    if columns != got_columns or len(expected_rows) != len(got_rows):
        return f"{len(expected_rows)} rows of {columns}, and {len(got_rows)} rows of {got_columns}"
    for ours, theirs in zip(expected_rows, got_rows, strict=True):
        for name, our, their in zip(columns, ours, theirs, strict=True):
            both_numbers = isinstance(our, float) and isinstance(their, float)
            if not (abs(our - their) <= TOLERANCE if both_numbers else our == their):
                return f"{name}: {our!r}, and {their!r} in {dict(zip(columns, theirs, strict=True))}"
    return None
