"""The models on rows made up for one case each, in DuckDB: dbt compiles them once, and DuckDB runs the SQL as views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.warehouse.compiled import compiled
from integration_tests.warehouse.tables import columns_of

duckdb = pytest.importorskip("duckdb")  # it comes with PyAirbyte, which not every Python has

# A Saturday.
DAY = date(2026, 11, 14)


class Bill:
    """The streams' tables, empty at first, and all models on them."""

    def __init__(self, models: Mapping[str, str]) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("attach ':memory:' as bill; create schema bill.bill; use bill.bill")
        for stream, columns in columns_of("duckdb").items():
            self._connection.execute(f"create table {stream} ({columns})")
        for model, sql in models.items():
            self._connection.execute(f"create view {model} as {sql}")

    def insert(self, stream: str, **values: Any) -> None:
        """One row of the enterprise acme; it is a read of its own day, unless it says otherwise."""
        day = values.get("date", DAY)
        row = {"id": f"{stream}-{self.count(stream)}", "date": day, "window_first": day, "window_last": day}
        row |= {"read_at": f"{day} 06:30:00", "account_type": "enterprise", "enterprise_slug": "acme", **values}
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


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compiled("duckdb", tmp_path_factory.mktemp("models"))


@pytest.fixture
def bill(models: Mapping[str, str]) -> Iterator[Bill]:
    held = Bill(models)
    yield held
    held.close()


def item(bill: Bill, amount: float = 1, **values: Any) -> None:
    """A line item whose gross and net amount are equal."""
    row = {"product": "copilot", "sku": "copilot_ai_credit", "unit_type": "ai-credits", "price_per_unit": 0.01}
    row |= {"quantity": amount * 100, "gross_amount": amount, "discount_amount": 0, "net_amount": amount}
    bill.insert("usage", **{**row, **values})


def credit(bill: Bill, amount: float = 1, **values: Any) -> None:
    """AI credits whose gross and net amount are equal."""
    row = {"product": "copilot", "sku": "copilot_ai_credit", "unit_type": "ai-credits", "price_per_unit": 0.01}
    row |= {"attribution": "user", "gross_quantity": amount * 100}
    row |= {"gross_amount": amount, "discount_amount": 0, "net_amount": amount}
    bill.insert("ai_credit_usage", **{**row, **values})


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def net(bill: Bill, since: date = date.min, until: date = date.max) -> float:
    sums = f"select sum(net_amount) from stg_github_copilot__usage where date between '{since}' and '{until}'"  # noqa: S608
    return float(bill.rows(sums)[0][0] or 0)


def test_table_that_is_only_appended_to_gives_each_row_once(bill: Bill) -> None:
    for later in (1, 2):
        read_on = DAY + timedelta(days=later)
        item(bill, id="1", window_last=read_on, read_at=f"{read_on} 06:30:00")
    assert net(bill) == 1


def test_withdrawn_day_stays_withdrawn_when_the_lookback_has_left_it_behind(bill: Bill) -> None:
    gone, today = date(2026, 10, 10), date(2026, 10, 11)
    for day in days(date(2026, 10, 1), today):
        item(
            bill, id=str(day), date=day, window_first=date(2026, 10, 1), window_last=today, read_at=f"{today} 06:30:00"
        )
    assert net(bill, gone, gone) == 1
    for number in range(1, 25):
        today += timedelta(days=1)
        begin = today - timedelta(days=9)
        for day in days(begin, today):
            if day != gone:
                bill.delete("usage", str(day))
                item(bill, id=str(day), date=day, window_first=begin, window_last=today, read_at=f"{today} 06:30:00")
        assert net(bill, gone, gone) == 0, number
        assert net(bill) == len(days(date(2026, 10, 1), today)) - 1


def test_cost_centers_of_one_name_stand_apart_by_id(bill: Bill) -> None:
    centers = [("1", "Ops"), ("2", "Ops"), ("1", "Ops before"), (None, "A"), (None, "B"), (None, None)]
    for center, name in centers:
        item(bill, cost_center_id=center, cost_center_name=name)
    rows = bill.rows("select cost_center_id, cost_center, gross_amount from cost_by_cost_center")
    assert set(rows) == {("1", "Ops before", 2), ("2", "Ops", 1), (None, "A", 1), (None, "B", 1), (None, None, 1)}


@pytest.mark.parametrize(
    ("unit", "kind"),
    [("UserMonths", "seats"), ("user-months", "seats"), ("AICredits", "ai_credits"), ("ai-units", "ai_credits"),
     ("credits", "ai_credits"), ("requests", "premium_requests"), ("minutes", "other")],
)  # fmt: skip
def test_unit_says_what_a_line_item_is_for(unit: str, kind: str, bill: Bill) -> None:
    item(bill, unit_type=unit)
    assert bill.rows("select kind from cost_by_month") == [(kind,)]
