"""One schema of a DuckDB file: the streams' tables, how far each stream is read, and questions to both."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import LoadError
from warehouse.load.connector import NAME
from warehouse.names import as_identifier, as_literal
from warehouse.private_files import make_private

# Column types by the format or the type of a JSON schema. Amounts are exact decimals.
TYPES = {
    "date": "date",
    "date-time": "timestamp",  # in UTC
    "string": "varchar",
    "integer": "bigint",
    "number": "decimal(38, 9)",
    "boolean": "boolean",
    "object": "json",
    "array": "json",
}
# As PyAirbyte has it: it made the files of versions before 0.3.0, and they are read on.
STATES = "_airbyte_state"


class Warehouse:
    """A schema in a DuckDB file. The file is open, and closed to all other processes, from the first question on."""

    def __init__(self, path: Path, schema_name: str) -> None:
        self.path, self.schema_name = path, schema_name
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._columns: dict[str, Sequence[str]] = {}  # of the streams, by name

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connection(self) -> Any:
        """:raises LoadError: when the file cannot be opened"""
        if self._connection is None:
            self._connection = _connect(self.path)
            schema = as_identifier(self.schema_name)
            self._connection.execute(f"create schema if not exists {schema}")
            self._connection.execute(f"set search_path to {as_literal(schema)}")
        return self._connection

    def close(self) -> None:
        """The next question opens the file again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Those of one SELECT on tables of the schema."""
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found

    def dbt_environment(self) -> dict[str, str]:
        """Where dbt finds the schema. Closes the file: DuckDB lets one process write at a time."""
        self.close()
        return {"DBT_TARGET": "duckdb", "COPILOT_DUCKDB": str(self.path), "COPILOT_SCHEMA": self.schema_name}

    def tables(self) -> set[str]:
        """The names of the schema's tables."""
        return {
            name
            for (name,) in self.connection.execute(
                "select table_name from information_schema.tables where table_schema = ?", [self.schema_name]
            ).fetchall()
        }

    def prepare(self, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the streams' tables, and the columns that tables of an older version lack.

        :param schemas: the JSON schema of each stream
        """
        self.connection.execute(
            f"create table if not exists {STATES} (source_name varchar, stream_name varchar,"
            " table_name varchar primary key, state_json varchar, last_updated timestamptz)"
        )
        for stream, schema in schemas.items():
            table, self._columns[stream] = as_identifier(stream), [*schema["properties"]]
            columns = [f"{as_identifier(name)} {_type_of(field)}" for name, field in schema["properties"].items()]
            self.connection.execute(f"create table if not exists {table} ({', '.join(columns)})")
            for column in columns:
                self.connection.execute(f"alter table {table} add column if not exists {column}")

    def states(self, streams: Iterable[str]) -> list[Any]:
        """How far the streams are read, as the connector has said it."""
        found = self.connection.execute(
            f"select state_json from {STATES} where source_name = ? and stream_name in (select unnest(?))",  # noqa: S608
            [NAME, [*streams]],
        ).fetchall()
        return [json.loads(state) for (state,) in found]

    def load(self, rows: Mapping[str, Mapping[str, str]], states: Mapping[str, str]) -> None:
        """Put rows in the place of those with the same `id`, and then the states: all of them, or nothing.

        :param rows: JSON objects by stream and id
        :param states: JSON objects by stream
        :raises LoadError: when DuckDB cannot write them
        """
        try:
            with _transaction(self.connection):
                for stream, objects in rows.items():
                    self._merge(stream, objects)
                for stream, state in states.items():
                    self.connection.execute(
                        f"insert or replace into {STATES} values (?, ?, ?, ?, now())",  # noqa: S608
                        [NAME, stream, stream, state],
                    )
        except duckdb.Error as error:
            raise LoadError(f"The rows cannot be written into {self.path}: {_first_line(error)}") from error

    def _merge(self, stream: str, objects: Mapping[str, str]) -> None:
        table = as_identifier(stream)
        kinds = {name.lower(): kind for name, kind, *_ in self.connection.execute(f"describe {table}").fetchall()}
        # A column that somebody added keeps its own default.
        columns = {name: kinds[name] for name in self._columns[stream]}
        # Numbers come as text, because DuckDB would make doubles of them on the way to decimals.
        form = {name: "JSON" if kind == "JSON" else "VARCHAR" for name, kind in columns.items()}
        typed = ", ".join(_typed(as_identifier(name), kind) for name, kind in columns.items())
        self.connection.execute(f"delete from {table} where id in (select unnest(?))", [[*objects]])  # noqa: S608
        self.connection.execute(
            f"insert into {table} ({', '.join(map(as_identifier, columns))})"  # noqa: S608
            f" select {typed} from (select unnest(from_json(?, ?), recursive := true))",
            [f"[{','.join(objects.values())}]", json.dumps([form])],
        )


@contextlib.contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # DuckDB has ended it already
            connection.rollback()
        raise


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    log = path.with_name(f"{path.name}.wal")
    for file in (path, log):
        make_private(file)
    try:
        connection = duckdb.connect(path)
    except duckdb.Error as error:
        raise LoadError(
            f"The DuckDB file {path} cannot be opened: {_first_line(error)} Close it where it is open, or name "
            "another file."
        ) from error
    make_private(path)
    return connection


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]


def _typed(text: str, kind: str) -> str:
    """SQL that makes a value of a column's type of its text, or fails."""
    if kind == "TIMESTAMP":  # a plain cast would drop the text's time zone
        return f"make_timestamp(epoch_us(cast({text} as timestamptz)))"
    return f"cast({text} as {kind})"


def _type_of(field: Mapping[str, Any]) -> str:
    kinds = [field["type"]] if isinstance(field["type"], str) else field["type"]
    (kind,) = (kind for kind in kinds if kind != "null")
    return TYPES[field.get("format", kind)]


def open_duckdb(path: Path, schema: str) -> Warehouse:
    """:raises LoadError: when the file is not a DuckDB file, cannot be written, is open elsewhere or is named as the
    schema"""
    path = path.absolute()  # one like md:bill names a service
    # DuckDB names a database after its file: a name like enterprise.usage would have two meanings.
    if path.stem.lower() == schema.lower():
        raise LoadError(f"The DuckDB file {path} has the name of its schema, {schema}: name another file.")
    warehouse = Warehouse(path, schema)
    assert warehouse.connection is not None  # noqa: S101  (opens the file)
    return warehouse


def schema_of(config: dict[str, Any]) -> str:
    """The schema that a connection's rows go to: each kind of connection has its own, so that a bill that both may
    read is never counted twice.
    """
    kind = str(config.get("credentials", {}).get("connection_type"))
    return "enterprise" if kind.startswith("enterprise_") else "organizations"


def query_command(path: Path, sql: str) -> str:
    """A shell command that shows the rows: it does not need DuckDB's own client."""
    # The connection gets a name, because DuckDB closes a connection that no variable holds.
    named = json.dumps(str(path), ensure_ascii=False)
    code = f'import duckdb; bill = duckdb.connect({named})\nbill.sql("""{sql}""").show()'
    return f".venv/bin/python -c {shlex.quote(code)}"
