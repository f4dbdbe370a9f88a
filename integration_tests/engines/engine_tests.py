"""Every model on other engines equals the one on DuckDB: make engines.

Apache Spark is the real one. Snowflake and BigQuery are emulators, fakesnow and bqemulator, as they are: they show that
the models' SQL is understood there and what it means to them, and nothing of the real ones' limits.

Needs Java 17 and .venv-engines, which `make engines` makes: it is not a part of `make test`.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, replace
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

ENVIRONMENTS = Path(__file__).parent.parent.parent / ".venv-engines"
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


@dataclass(frozen=True)
class Loaded:
    """Parquet files of each stream after the first and the last sync, and a DuckDB file with all models of the last."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "bill.duckdb"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Of two syncs, a day apart: the second finds a day more, and days that changed."""
    loaded = Loaded(tmp_path_factory.mktemp("duckdb"))
    for name, today in (("first", TODAY - timedelta(days=1)), ("last", TODAY)):
        shape = replace(SHAPE, first_day=TODAY - timedelta(days=20))
        with (
            Sandbox(shape, today=today, export_polls=1) as sandbox,
            open_duckdb(loaded.file, "copilot") as warehouse,
            tempfile.TemporaryDirectory() as folder,
        ):
            if name == "last":
                change(sandbox.bill)
            script = clocked_script(sandbox.clock, Path(folder))
            Connection(sandbox.enterprise_config(), lambda _: None, script=script).sync(warehouse, STREAMS)
            (loaded.folder / name).mkdir()
            for stream in STREAMS:
                warehouse.connection.execute(f"copy {stream} to '{loaded.folder}/{name}/{stream}.parquet'")
            if name == "last":
                build_models(warehouse, STREAMS, "run")
    return loaded


@pytest.mark.parametrize("engine", ["spark", "snowflake", "bigquery"])
def test_every_model_is_built_and_tested_after_a_day_more_and_equals_duckdb(
    engine: str, loaded: Loaded, tmp_path: Path
) -> None:
    _build_on(engine, loaded, tmp_path, "UTC", "build")
    assert _different(loaded, tmp_path) == {}


def test_days_are_utc_days_in_a_session_of_another_time_zone(loaded: Loaded, tmp_path: Path) -> None:
    zone = "Pacific/Auckland"
    _build_on("spark", loaded, tmp_path, zone, "run", "--exclude", FOCUS, states="last", moment="timestamptz")
    assert _different(loaded, tmp_path, {FOCUS}) == {}


def _build_on(
    engine: str, loaded: Loaded, work: Path, zone: str, *command: str, states: str = "*", moment: str = "timestamp"
) -> None:
    """:param states: first, last, or both of them
    :param moment: the type of moments, without or with a time zone
    """
    python = ENVIRONMENTS / engine / "bin" / "python"
    if not python.is_file():
        pytest.fail(f"{engine} is not installed here: `make engines` installs it, and runs this.")
    columns: dict[str, dict[str, str]] = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for file in loaded.folder.glob(f"{states}/*.parquet"):
            kinds = connection.execute(f"describe from '{file}'").fetchall()
            columns[file.stem] = {name: moment if kind == "TIMESTAMP" else kind for name, kind, *_ in kinds}
            casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns[file.stem].items())
            here = work / file.relative_to(loaded.folder)
            here.parent.mkdir(exist_ok=True)
            connection.execute(f"copy (select {casts} from '{file}') to '{here}'")  # noqa: S608 - own names
    (work / "columns.json").write_text(json.dumps(columns))
    done = subprocess.run(
        [python, Path(__file__).with_name("build_on_engine.py"), engine, PACKAGE, work, zone, *command],
        env={**os.environ, "TZ": zone, "HOME": str(work)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-4000:]
    print(f"\n{engine}:", *(line for line in done.stdout.splitlines() if "Done. PASS" in line), sep="\n")


def _different(loaded: Loaded, work: Path, left_out: set[str] | None = None) -> dict[str, str]:
    """The first difference of each model that has one."""
    models = {file.stem for file in (work / "models").iterdir()} - (left_out or set())
    assert len(models) > 60
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = 'UTC'; attach '{loaded.file}' as bill (read_only)")
        found = {}
        for model in sorted(models):
            engine = work / "models" / f"{model}.parquet"
            files = f"read_parquet('{engine}/*.parquet')" if engine.is_dir() else f"read_parquet('{engine}')"
            expected, got = (_rows(connection, table) for table in (f"bill.copilot.{model}", files))
            difference = _first_difference(expected, got)
            if difference:
                found[model] = difference
    print(f"{len(models) - len(found)} of {len(models)} models equal DuckDB's")
    return found


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns by name, and the rows in an order that small differences of numbers do not change."""
    described = connection.execute(f"describe from {table}").fetchall()
    # Snowflake has names in capitals.
    kinds = {name.lower(): kind for name, kind, *_ in described if name.lower() != OF_THE_ENGINE}
    columns = sorted(kinds)
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
