"""Opens a DuckDB file or a PostgreSQL schema for PyAirbyte, and asks it questions."""

import json
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
from airbyte.caches import DuckDBCache, PostgresCache
from airbyte.caches.base import CacheBase as Warehouse

from warehouse.errors import LoadError
from warehouse.names import as_identifier, as_literal
from warehouse.private_files import make_private

__all__ = ["Warehouse", "open_duckdb", "open_postgres", "query", "query_command", "schema_of"]


def open_duckdb(path: Path, schema: str) -> Warehouse:
    """:raises LoadError: when the file is not a DuckDB file, cannot be written, is named as the schema, or has a name
    that PyAirbyte takes for another one"""
    path = path.absolute()  # one like md:bill names a service
    if "?" in str(path):
        raise LoadError(f"The path of the DuckDB file {path} has a question mark: name another file.")
    # DuckDB names a database after its file: a name like enterprise.usage would have two meanings.
    if path.stem.lower() == schema.lower():
        raise LoadError(f"The DuckDB file {path} has the name of its schema, {schema}: name another file.")
    log = path.with_name(f"{path.name}.wal")
    for file in (path, log):
        make_private(file)
    try:
        duckdb.connect(path).close()
    except duckdb.Error as error:
        raise LoadError(
            f"The DuckDB file {path} cannot be opened: {str(error).splitlines()[0]} Close it where it is open, or name "
            "another file."
        ) from error
    make_private(path)
    return DuckDBCache(db_path=path, schema_name=schema)


def open_postgres(url: str, schema: str) -> Warehouse:
    """:param url: postgresql://user:password@host:port/database"""
    parts = urlsplit(url)
    return PostgresCache(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 5432,
        username=unquote(parts.username or "postgres"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")) or "postgres",
        schema_name=schema,
    )


def schema_of(config: dict[str, Any]) -> str:
    """The schema that a connection's rows go to: each kind of connection has its own, so that a bill that both may
    read is never counted twice.
    """
    kind = str(config.get("credentials", {}).get("connection_type"))
    return "enterprise" if kind.startswith("enterprise_") else "organizations"


def query(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    """The rows of one SELECT on tables of the warehouse's schema."""
    with warehouse.processor.get_sql_connection() as connection:
        schema = as_identifier(warehouse.schema_name)
        connection.exec_driver_sql(
            f"set search_path to {as_literal(schema)}"
            if isinstance(warehouse, DuckDBCache)
            else f"set search_path to {schema}"
        )
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def query_command(path: Path, sql: str) -> str:
    """A shell command that shows the rows: it does not need DuckDB's own client."""
    # The connection gets a name, because DuckDB closes a connection that no variable holds.
    named = json.dumps(str(path), ensure_ascii=False)
    code = f'import duckdb; bill = duckdb.connect({named})\nbill.sql("""{sql}""").show()'
    return f".venv/bin/python -c {shlex.quote(code)}"
