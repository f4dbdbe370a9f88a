"""Random histories, and after each the tables that grew with them against a full refresh, value for value.

python -m integration_tests.warehouse.growth_runs --histories 20

A history is several runs of dbt on a warehouse whose rows change between them: days come, change late, lose rows or all
of them, organizations are renamed, rows arrive late or twice, a stream is cleared, and a setting changes. Some runs are
killed. `test_growing_tables.py` tries one history.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from integration_tests.warehouse import forked_dbt, history
from warehouse import models
from warehouse.models import PACKAGE

USERS, DAYS = 12, 75
FIRST_READ = datetime(2026, 4, 1, 6)
SETTINGS: tuple[dict[str, object], ...] = (
    {},
    {"github_copilot_included_credits": {"business": 3000, "enterprise": 7000}},
    {"github_copilot_streams": [stream for stream in history.ALL_STREAMS if stream != "seats"]},
)


@dataclass
class Life:
    """One history, in a DuckDB file."""

    folder: Path
    dice: Random
    dbt: Dbt
    read_at: datetime = FIRST_READ
    day: int = DAYS
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "bill.duckdb"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.file) as connection:
            connection.execute("use grown")
            return connection.execute(statement).fetchall()

    def fill(self, first: int, share: float = 1.0, without: str | None = None) -> None:
        """Rows and receipts of the days from a first one, as a sync writes them.

        :param share: of the rows that arrive
        :param without: a stream whose rows do not arrive
        """
        self.read_at += timedelta(minutes=self.dice.randint(1, 2_000))
        rows = history.history(USERS, self.day, first, self.read_at)
        rows.pop(without or "", None)
        with duckdb.connect(self.file) as connection:
            connection.execute("use grown")
            history.fill(connection.execute, "duckdb", rows, f"hash(id) % 100 < {share * 100}")

    def change_something(self) -> None:
        day = self.dice.randrange(self.day)
        table = self.dice.choice([stream for stream in history.ALL_STREAMS if stream != "reads"])
        of_day = f"date = date '{history.FIRST_DAY + timedelta(days=day)}'"
        later = f"timestamp '{self.read_at + timedelta(minutes=1)}'"
        sql = self.dice.choice(
            (
                f"delete from {table} where {of_day}",  # noqa: S608
                f"delete from {table} where {of_day} and hash(id) % 3 = 0",  # noqa: S608
                f"insert into {table} select * from {table} where {of_day}",  # noqa: S608
                f"insert into {table} select * replace (id || 'x' as id) from {table} where {of_day}",  # noqa: S608
                f"update {table} set read_at = {later}, enterprise_slug = 'renamed' where {of_day}",  # noqa: S608
                f"update reads set read_at = {later} where last_day > date '{history.FIRST_DAY + timedelta(days=day)}'",  # noqa: S608
                f"update ai_credit_usage set gross_amount = gross_amount + 1, read_at = {later} where {of_day}",  # noqa: S608
                f"update user_metrics set user_id = user_id + 1, read_at = {later} where {of_day}",  # noqa: S608
                "update seats set account_type = 'organization', account_key = 'organization:7', organization_id = 7, "  # noqa: S608
                f"organization_name = 'seven', read_at = {later} where {of_day} and hash(id) % 2 = 0",
                f"delete from reads where stream = '{table}'",  # noqa: S608
                f"delete from {table} where date >= date '2026-03-01'",  # noqa: S608
                f"delete from {table}",  # noqa: S608
            )
        )
        self.execute(sql)

    def sync(self) -> None:
        changes: tuple[Callable[[], object], ...] = (
            self.change_something,
            self.change_something,
            self.next_day,
            self.next_day,
            lambda: self.fill(self.dice.randrange(self.day), share=self.dice.choice((0.0, 0.5, 0.9))),
            lambda: self.fill(self.day - 3, without=self.dice.choice(history.ALL_STREAMS)),
            self.change_setting,
        )
        for _ in range(self.dice.randint(1, 3)):
            self.dice.choice(changes)()

    def next_day(self) -> None:
        self.day += 1
        self.fill(self.day - 4)

    def change_setting(self) -> None:
        self.settings = self.dice.choice(SETTINGS)

    def build(self, *options: str) -> None:
        self.dbt.build(self.settings, *options)

    def build_and_kill(self) -> None:
        """Kill dbt while it builds the models; it has nothing that it does at the end."""
        process = self.dbt.start(self.settings)
        time.sleep(self.dice.random() * 6)
        process.terminate()
        process.communicate()

    def differences(self) -> dict[str, str]:
        """Build all tables anew. Of each table the first row that only one of the two has."""
        with duckdb.connect(self.file) as connection:
            connection.execute("create schema grown_before")
            tables = [
                name
                for (name,) in connection.execute(
                    "select table_name from information_schema.tables where table_schema = 'grown' and "
                    "table_name like '%github_copilot__%' order by 1"
                ).fetchall()
            ]
            for table in tables:
                connection.execute(f"create table grown_before.{table} as select * from grown.{table}")  # noqa: S608
        self.build("--full-refresh")
        with duckdb.connect(self.file) as connection:
            found = {}
            for table in tables:
                columns = ", ".join(
                    # Sums of floating point numbers depend on the order of their rows.
                    f'round("{name}", 6) as "{name}"' if kind == "DOUBLE" else f'"{name}"'
                    for name, kind, *_ in connection.execute(f"describe grown.{table}").fetchall()
                )
                grown, anew = (f"(select {columns} from {schema}.{table})" for schema in ("grown_before", "grown"))  # noqa: S608
                rows = connection.execute(
                    f"({grown} except all {anew}) union all ({anew} except all {grown})"
                ).fetchall()
                if rows:
                    found[table] = f"{len(rows)} rows, such as {rows[0]}"
            return found


@dataclass
class Dbt:
    """dbt on one DuckDB file."""

    folder: Path
    environment: Mapping[str, str]
    select: Sequence[str] = ()
    project: Path = PACKAGE

    def start(self, settings: Mapping[str, object], *options: str) -> subprocess.Popen[str]:
        variables = {"github_copilot_streams": [*history.ALL_STREAMS], **settings}
        selected = ["--select", *self.select] if self.select else []
        return subprocess.Popen(
            [
                models.DBT,
                *("--quiet", "--no-use-colors", "--no-version-check", "--no-send-anonymous-usage-stats"),
                *("--no-write-json", "run", *options, *selected),
                *("--project-dir", self.project, "--profiles-dir", PACKAGE, "--target-path", self.folder / "target"),
                *("--log-path", self.folder / "logs", "--log-level-file", "none", "--vars", json.dumps(variables)),
            ],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, settings: Mapping[str, object], *options: str) -> None:
        process = self.start(settings, *options)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed


@contextlib.contextmanager
def new_life(seed: int, select: Sequence[str] = ()) -> Iterator[Life]:
    """A warehouse with the rows and the models of the first days.

    :param select: of dbt: the models to build
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        dbt = Dbt(folder, {"COPILOT_DUCKDB": str(folder / "bill.duckdb"), "COPILOT_SCHEMA": "grown"}, select)
        life = Life(folder, Random(seed), dbt)
        with duckdb.connect(life.file) as connection:
            connection.execute("create schema grown")
            connection.execute("use grown")
            history.make_tables(connection.execute, "duckdb", history.ALL_STREAMS)
        life.fill(0)
        life.build()
        yield life


def grow(seed: int, runs: int = 4) -> dict[str, str]:
    """:return: by model, what differs in the tables that grew from those of a full refresh"""
    with new_life(seed) as life:
        for number in range(runs):
            life.sync()
            if number < runs - 1 and life.dice.random() < 0.3:
                life.build_and_kill()
            else:
                life.build()
        return life.differences()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, forked_dbt.in_dbts_place(Path(place)):
        for seed in range(options.first, options.first + options.histories):
            found: Any = grow(seed)
            print(f"history {seed}: {found or 'equal'}", flush=True)


if __name__ == "__main__":
    main()
