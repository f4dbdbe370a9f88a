"""The streams' tables in DuckDB, filled row by row for one case, with all models on them as views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from integration_tests.warehouse.tables import columns_of

# A Saturday.
DAY = date(2026, 11, 14)


class MadeUpBill:
    """The streams' tables, empty at first, and all models on them."""

    def __init__(self, models: Mapping[str, str], file: Path | None = None) -> None:
        """:param file: named bill.duckdb, as the compiled SQL names it; in memory by default"""
        self._connection = duckdb.connect()
        self._connection.execute(f"attach '{file or ':memory:'}' as bill; create schema bill.bill; use bill.bill")
        for stream, columns in columns_of("duckdb").items():
            self._connection.execute(f"create table {stream} ({columns})")
        for model, sql in models.items():
            self._connection.execute(f"create view {model} as {sql}")

    def insert(self, stream: str, **values: Any) -> None:
        """One row of the enterprise acme; unless it says otherwise its day was read alone, and on the morning after the
        last day of the read."""
        day = values.get("date", DAY)
        row = {"id": f"{stream}-{self.count(stream)}", "date": day, "window_first": day, "window_last": day}
        morning_after = date.fromisoformat(str(values.get("window_last") or day)) + timedelta(days=1)
        row |= {
            "read_at": f"{morning_after} 06:30:00",
            "account_type": "enterprise",
            "enterprise_slug": "acme",
            **values,
        }
        self._connection.execute(
            f"insert into {stream} ({', '.join(row)}) values ({', '.join('?' * len(row))})",  # noqa: S608 - own names
            list(row.values()),
        )

    def delete(self, stream: str, key: str) -> None:
        self._connection.execute(f"delete from {stream} where id = ?", [key])  # noqa: S608 - own names

    def count(self, stream: str) -> int:
        return int(self.rows(f"select count(*) from {stream}")[0][0])  # noqa: S608 - own names

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found

    def close(self) -> None:
        self._connection.close()


def item(bill: MadeUpBill, amount: float = 1, **values: Any) -> None:
    """A line item whose gross and net amount are equal."""
    row = {"product": "copilot", "sku": "copilot_ai_credit", "unit_type": "ai-credits", "price_per_unit": 0.01}
    row |= {"quantity": amount * 100, "gross_amount": amount, "discount_amount": 0, "net_amount": amount}
    bill.insert("usage", **{**row, **values})


def credit(bill: MadeUpBill, amount: float = 1, **values: Any) -> None:
    """AI credits whose gross and net amount are equal."""
    row = {"product": "copilot", "sku": "copilot_ai_credit", "unit_type": "ai-credits", "price_per_unit": 0.01}
    row |= {"attribution": "user", "gross_quantity": amount * 100}
    row |= {"gross_amount": amount, "discount_amount": 0, "net_amount": amount}
    bill.insert("ai_credit_usage", **{**row, **values})
