"""The views on what a destination holds, in DuckDB."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

duckdb = pytest.importorskip("duckdb")  # it comes with PyAirbyte, which not every Python has

COLUMNS = (
    "id varchar, date date, window_first date, window_last date, read_at timestamptz, account_type varchar, "
    "enterprise_slug varchar, organization_id bigint, organization_name varchar, sku varchar, unit_type varchar, "
    "cost_center_id varchar, cost_center_name varchar, quantity double, gross_amount double, discount_amount double, "
    "net_amount double"
)
SQL = Path(__file__).parent.parent.parent / "warehouse" / "sql" / "usage.sql"


class Warehouse:
    def __init__(self) -> None:
        self.bill = duckdb.connect()
        self.bill.execute(f"create table usage ({COLUMNS})")
        self.bill.execute(SQL.read_text())

    def append(self, key: str, day: date, first: date, last: date, read_on: date) -> None:
        self.bill.execute(
            "insert into usage values (?, ?, ?, ?, ?, "
            "'enterprise', 'acme', null, 'web', 's', 'u', null, null, 1, 1, 0, 1)",
            [key, day, first, last, f"{read_on} 06:30:00+00"],
        )

    def upsert(self, key: str, day: date, first: date, last: date, read_on: date) -> None:
        self.bill.execute("delete from usage where id = ?", [key])
        self.append(key, day, first, last, read_on)

    def net(self, since: date = date.min, until: date = date.max) -> float:
        sums = self.bill.execute("select sum(net_amount) from current_usage where date between ? and ?", [since, until])
        return float(sums.fetchone()[0] or 0)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    held = Warehouse()
    yield held
    held.bill.close()


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def test_a_table_that_is_only_appended_to_gives_each_row_once(warehouse: Warehouse) -> None:
    day = date(2026, 11, 1)
    for read_on in (day + timedelta(days=1), day + timedelta(days=2)):
        warehouse.append("1", day, day, read_on, read_on)
    assert warehouse.net() == 1


def test_a_withdrawn_day_stays_withdrawn_when_the_lookback_has_left_it_behind(warehouse: Warehouse) -> None:
    gone, today = date(2026, 10, 10), date(2026, 10, 11)
    for day in days(date(2026, 10, 1), today):
        warehouse.upsert(str(day), day, date(2026, 10, 1), today, today)
    assert warehouse.net(gone, gone) == 1
    for number in range(1, 25):
        today += timedelta(days=1)
        begin = today - timedelta(days=9)
        for day in days(begin, today):
            if day != gone:
                warehouse.upsert(str(day), day, begin, today, today)
        assert warehouse.net(gone, gone) == 0, number
        assert warehouse.net() == len(days(date(2026, 10, 1), today)) - 1


def test_ai_credits_of_cost_centers_of_one_name_stand_apart_by_id() -> None:
    with duckdb.connect() as bill:
        bill.execute(
            f"create table ai_credit_usage ({COLUMNS}, login varchar, attribution varchar, model varchar, "
            "gross_quantity double, input_tokens bigint, output_tokens bigint, cache_read_tokens bigint, "
            "cache_write_tokens bigint)"
        )
        bill.execute(SQL.with_name("ai_credit_usage.sql").read_text())
        centers = [("1", "Ops"), ("2", "Ops"), ("1", "Ops before"), (None, "A"), (None, "B"), (None, None)]
        for number, (center, name) in enumerate(centers):
            bill.execute(
                "insert into ai_credit_usage (id, date, window_first, window_last, read_at, account_type, "
                "enterprise_slug, cost_center_id, cost_center_name, gross_amount) "
                "values (?, '2026-11-01', '2026-11-01', '2026-11-01', '2026-11-02', 'enterprise', 'acme', ?, ?, 1)",
                [str(number), center, name],
            )
        rows = bill.execute(
            "select cost_center_id, cost_center, gross_amount from ai_credits_by_cost_center"
        ).fetchall()
    assert set(rows) == {("1", "Ops before", 2), ("2", "Ops", 1), (None, "A", 1), (None, "B", 1), (None, None, 1)}
