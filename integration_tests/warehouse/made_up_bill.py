"""The streams' tables in DuckDB or PostgreSQL, filled row by row for one case, with all models on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import psycopg
import sqlglot

from integration_tests.warehouse.compiled import needed_by
from integration_tests.warehouse.tables import columns_of
from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.endpoints.spelling import canonical, charge_type_of, plan_of

# A Saturday.
DAY = date(2026, 11, 14)
ACCOUNT = ("account_type", "enterprise_slug", "organization_id", "organization_name")


class MadeUpBill:
    """The streams' tables, empty at first, and all models on them.

    Models are made as tables, when they are read and not before: DuckDB takes seconds to plan one view on fifty others.
    """

    def __init__(self, models: Mapping[str, str], file: Path | None = None, moment: str = "timestamp") -> None:
        """:param models: the SQL of each, by name; a model comes after those that it reads
        :param file: named bill.duckdb, as the compiled SQL names it, and whole when it is closed; in memory by default
        :param moment: the type of moments, without or with a time zone
        """
        self._models, self._file = models, file
        self._made: set[str] = set()
        # Few rows: threads would wait for each other.
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"attach '{file or ':memory:'}' as bill; create schema bill.bill; use bill.bill")
        for stream, columns in columns_of("duckdb").items():
            self._connection.execute(f"create table {stream} ({columns.replace(' timestamp', f' {moment}')})")

    def insert(self, stream: str, **values: Any) -> None:
        """One row of the enterprise acme, read alone on the morning after its day unless it says otherwise.

        :param is_read: whether the read was finished, and left a receipt of the row's day
        :param part: the only part that the receipt is of
        """
        day = date.fromisoformat(str(values.get("date", DAY)))
        is_read, part = values.pop("is_read", True), values.pop("part", None)
        row: dict[str, Any] = {"id": f"{stream}-{self.count(stream)}", "date": day}
        row |= {"read_at": f"{day + timedelta(days=1)} 06:30:00"}
        row |= {"account_type": "enterprise", "enterprise_slug": "acme", **values}
        row = {"account_key": account_key(row), **row}
        self._insert(stream, row)
        if is_read:
            self.read(stream, day, day, part=part, **{name: row.get(name) for name in (*ACCOUNT, "read_at")})

    def read(self, stream: str, first: date, last: date, read_at: Any, part: str | None = None, **account: Any) -> None:
        """The receipt of a finished read, in the place of an older one of the same days."""
        row = {"account_type": "enterprise", "enterprise_slug": "acme", **account}
        row = {"account_key": account_key(row), **row}
        row |= {"stream": stream, "part": part, "first_day": first, "last_day": last, "date": last}
        row |= {"row_count": 1, "read_at": read_at}
        row["id"] = "-".join(map(str, (stream, row["account_key"], part, first, last)))
        self._execute("delete from reads where id = ? and read_at <= ?", [row["id"], read_at])
        if not self._execute("select 1 from reads where id = ?", [row["id"]]).fetchall():
            self._insert("reads", row)

    def execute(self, sql: str) -> None:
        """Changes what models read: the tables, or the session."""
        self._made.clear()
        self._execute(sql)

    def load(self, stream: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows as the connector gave them, read by the database itself: one statement for each takes minutes."""
        self._made.clear()
        kinds = {name: kind for name, kind, *_ in self.rows(f"describe {stream}")}
        with tempfile.NamedTemporaryFile("wb") as file:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
            file.flush()
            self._connection.execute(
                f"insert into {stream} by name select * from read_json(?, format = 'newline_delimited', columns = ?)",  # noqa: S608 - own names
                [file.name, kinds],
            )

    def _insert(self, stream: str, row: Mapping[str, Any]) -> None:
        self._made.clear()
        marks = ", ".join("?" * len(row))
        self._execute(f"insert into {stream} ({', '.join(row)}) values ({marks})", [*row.values()])  # noqa: S608 - own names

    def delete(self, stream: str, key: str) -> None:
        self._made.clear()
        self._execute(f"delete from {stream} where id = ?", [key])  # noqa: S608 - own names

    def count(self, stream: str) -> int:
        return int(self.rows(f"select count(*) from {stream}")[0][0])  # noqa: S608 - own names

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self._make(needed_by(sql, self._models))
        found: list[tuple[Any, ...]] = self._execute(sql).fetchall()
        return found

    def close(self) -> None:
        if self._file is not None:
            self._make(self._models)
        self._connection.close()

    def _make(self, wanted: Iterable[str]) -> None:
        for model in wanted:
            if model not in self._made:
                self._execute(f"drop table if exists {model}")
                self._execute(f"create table {model} as {self._models[model]}")
                self._made.add(model)

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._connection.execute(sql, values)


class PostgresBill(MadeUpBill):
    """The same in PostgreSQL: what tests ask for in DuckDB's words is asked there in PostgreSQL's."""

    def __init__(self, models: Mapping[str, str], url: str) -> None:
        # The database that profiles.yml names is not the server's.
        self._models = {name: sql.replace('"d"."bill".', "") for name, sql in models.items()}
        self._file = None
        self._made = set()
        self._server = psycopg.connect(url, autocommit=True)
        self._server.execute("drop schema if exists bill cascade; create schema bill; set search_path to bill")
        for stream, columns in columns_of("postgres").items():
            self._server.execute(f"create table {stream} ({columns})")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return super().rows(sqlglot.transpile(sql, read="duckdb", write="postgres")[0])

    def close(self) -> None:
        self._server.close()

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._server.execute(sql.replace("?", "%s"), values) if values else self._server.execute(sql)


def account_key(row: Mapping[str, Any]) -> str:
    name = row["enterprise_slug"] if row["account_type"] == "enterprise" else row["organization_name"]
    return str(AccountId(row["account_type"], name, row.get("organization_id")).columns["account_key"])


def charge(values: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the bill, by default of Copilot's AI credits, with the columns that say what it is."""
    row: dict[str, Any] = {"product": "copilot", "sku": "copilot_ai_credit", "unit_type": "ai-credits"}
    row |= {"price_per_unit": 0.01, **values}
    charge_type = charge_type_of(row["product"], row["sku"], row["unit_type"]).value
    keys = {"product_key": canonical(row["product"]), "sku_key": canonical(row["sku"]), "charge_type": charge_type}
    return {**keys, **row}


def item(bill: MadeUpBill, amount: float = 1, **values: Any) -> None:
    """A line item whose gross and net amount are equal."""
    amounts = {"quantity": amount * 100, "gross_amount": amount, "discount_amount": 0, "net_amount": amount}
    row = charge({**amounts, **values})
    plan = plan_of(row["sku"]) if row["charge_type"] == "seat" else None
    bill.insert("usage", **{"plan_type": plan, **row})


def credit(bill: MadeUpBill, amount: float = 1, **values: Any) -> None:
    """AI credits whose gross and net amount are equal."""
    row = {"attribution": "user", "gross_quantity": amount * 100}
    row |= {"gross_amount": amount, "discount_amount": 0, "net_amount": amount}
    bill.insert("ai_credit_usage", **charge({**row, **values}))
