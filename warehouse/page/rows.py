"""The models of one schema of a DuckDB file, whatever a model or a schema is called."""

from __future__ import annotations

from typing import Any

import duckdb

from warehouse.errors import LoadError
from warehouse.names import as_identifier

PREFIX = "github_copilot__"


class Row(dict[str, Any]):
    """By the names of the columns."""

    def __missing__(self, column: str) -> Any:
        raise LoadError(f"A model has no column {column}: build the models again (make sync).")


class Models:
    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str) -> None:
        self._connection = connection
        ((catalog,),) = connection.execute("select current_database()").fetchall()
        connection.execute(f"use {as_identifier(catalog)}.{as_identifier(schema)}")
        names = "select table_name from information_schema.tables where table_schema = ?"
        self._names = {name for (name,) in connection.execute(names, [schema]).fetchall()}

    def has(self, model: str) -> bool:
        return PREFIX + model in self._names

    def rows(self, model: str, rest: str = "") -> list[Row]:
        """No row where the schema does not have the model.

        :param rest: what comes behind the model's name in the query
        """
        if not self.has(model):
            return []
        found = self._connection.execute(f"select * from {PREFIX}{model} {rest}")  # noqa: S608  (own names)
        columns = [column for column, *_ in found.description or ()]
        return [Row(zip(columns, row, strict=True)) for row in found.fetchall()]
