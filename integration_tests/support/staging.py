"""What the models make of rows that a destination holds: those that stand count, and not what was withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from integration_tests.support.connector import Row, merged
from integration_tests.warehouse.compiled import needed_by
from integration_tests.warehouse.made_up_bill import MadeUpBill
from integration_tests.warehouse.tables import columns_of

Sums = dict[tuple[str, ...], Decimal]
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Destination:
    """How a destination keeps rows, and the models that read them there.

    :param models: the SQL of all models, in this warehouse's dialect; those that a query needs are made
    :param appends: whether a row stays beside the older ones with its id
    :param postgres: the address of a PostgreSQL server; None for DuckDB
    """

    models: Mapping[str, str]
    appends: bool = False
    postgres: str | None = None

    def sums(self, stream: str, by: Sequence[str], reads: Iterable[Rows]) -> Sums:
        """The net amounts of the rows that stand after these syncs, added up by columns."""
        names = ", ".join(by)
        sql = f"select {names}, sum(net_amount) from stg_github_copilot__{stream} group by {names}"  # noqa: S608
        return {tuple(str(part) for part in key): total for *key, total in self.rows(sql, reads)}

    def rows(self, sql: str, reads: Iterable[Rows]) -> list[tuple[Any, ...]]:
        """What a query of the models finds after these syncs."""
        held = self._held(reads)
        return self._in_duckdb(held, sql) if self.postgres is None else self._in_postgres(held, sql)

    def _held(self, reads: Iterable[Rows]) -> dict[str, list[Row]]:
        syncs = list(reads)
        given = {stream: [one.get(stream, ()) for one in syncs] for one in syncs for stream in one}
        return {
            stream: [row for rows in parts for row in rows] if self.appends else list(merged(*parts).values())
            for stream, parts in given.items()
        }

    def _in_duckdb(self, held: Mapping[str, Sequence[Row]], sql: str) -> list[tuple[Any, ...]]:
        warehouse = MadeUpBill(self.models)
        for stream, rows in held.items():
            warehouse.load(stream, rows)
        found = warehouse.rows(sql)
        warehouse.close()
        return found

    def _in_postgres(self, held: Mapping[str, Sequence[Row]], sql: str) -> list[tuple[Any, ...]]:
        with _schema(str(self.postgres)) as cursor:
            for stream, columns in columns_of("postgres").items():
                cursor.execute(f"create table {stream} ({columns})")
                cursor.execute(f"select * from {stream}")  # noqa: S608 - own names
                names = [column.name for column in cursor.description]
                rows = [[_plain(row.get(name)) for name in names] for row in held.get(stream, ())]
                places = ", ".join(["%s"] * len(names))
                cursor.executemany(f"insert into {stream} values ({places})", rows)  # noqa: S608 - own names
            for model, select in needed_by(sql, self.models).items():
                # The database that profiles.yml names is not the server's.
                cursor.execute(f"create table {model} as {select}".replace('"d"."bill".', ""))
            cursor.execute(sql)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


@contextmanager
def _schema(url: str) -> Iterator[Any]:
    """A cursor in an empty schema `bill`, which goes away with everything in it."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("create schema bill")
        cursor.execute("set search_path to bill")
        yield cursor
        connection.rollback()


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value
