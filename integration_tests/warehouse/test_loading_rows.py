"""Rows and states as DuckDB holds them after a load: exact, one for each id, all of a batch or nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.errors import LoadError
from warehouse.load.connection import Connection
from warehouse.load.warehouse import Warehouse, open_duckdb

TEXT, DAY, NUMBER = {"type": "string"}, {"type": "string", "format": "date"}, {"type": ["null", "number"]}
MOMENT, COUNT = {"type": "string", "format": "date-time"}, {"type": ["null", "integer"]}
ROW = {"id": TEXT, "date": DAY, "net_amount": NUMBER, "read_at": MOMENT, "days": COUNT, "other": {"type": "object"}}
STATE = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "usage"}, "stream_state": {"states": [1]}}}
# As PyAirbyte made it for versions before 0.3.0, with fewer columns than today.
OLD_FILE = """
create schema enterprise; set search_path to 'enterprise';
create table usage (id varchar, date date, net_amount decimal(38, 9), read_at timestamp, _airbyte_raw_id varchar,
    _airbyte_extracted_at timestamp, _airbyte_meta json);
insert into usage values ('a', '2026-11-01', 1, '2026-11-02', 'r', '2026-11-02', '{}'), ('b', '2026-11-01', 2,
    '2026-11-02', 's', '2026-11-02', '{}');
create table _airbyte_state (source_name varchar, stream_name varchar, table_name varchar primary key,
    state_json varchar, last_updated timestamptz);
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as opened:
        yield opened


def load(warehouse: Warehouse, *rows: Mapping[str, Any], state: object = STATE, **columns: Any) -> None:
    warehouse.prepare({"usage": {"properties": columns or ROW}})
    warehouse.load({"usage": {row["id"]: json.dumps(row) for row in rows}}, {"usage": json.dumps(state)})


@pytest.mark.parametrize(
    ("printed", "held"),
    [
        (0.1, "0.1"),
        (1e-09, "0.000000001"),
        (-12345678901234.123, "-12345678901234.123"),
        (123456789012.1235, "123456789012.1235"),
        (1e22, "10000000000000000000000"),
        (12345678901234567890, "12345678901234567890"),
        (7, "7"),
    ],
)
def test_an_amount_is_the_decimal_that_was_printed(warehouse: Warehouse, printed: float, held: str) -> None:
    load(warehouse, {"id": "a", "net_amount": printed})
    assert warehouse.rows("select net_amount from usage") == [(Decimal(held),)]
    assert warehouse.rows("select typeof(net_amount) from usage") == [("DECIMAL(38,9)",)]


def test_values_have_the_types_of_their_schema_and_a_missing_one_is_null(warehouse: Warehouse) -> None:
    given = {"id": "a'b", "date": "2026-11-01", "read_at": "2026-11-02T01:00:00+02:00", "other": {"x": ["y", None]}}
    load(warehouse, given, {"id": "c"})
    assert warehouse.rows("select id, date, read_at, days, net_amount, other->>'$.x[0]' from usage order by 1") == [
        ("a'b", date(2026, 11, 1), datetime(2026, 11, 1, 23), None, None, "y"),
        ("c", None, None, None, None, None),
    ]


def test_a_column_that_somebody_added_keeps_its_default(warehouse: Warehouse) -> None:
    load(warehouse, {"id": "a"})
    warehouse.connection.execute("alter table usage add column note varchar default 'to look at'")
    load(warehouse, {"id": "b"})
    assert warehouse.rows("select id, note from usage order by 1") == [("a", "to look at"), ("b", "to look at")]


def test_a_row_takes_the_place_of_the_one_with_its_id(warehouse: Warehouse) -> None:
    load(warehouse, {"id": "a", "net_amount": 1, "days": 1}, {"id": "b", "net_amount": 1})
    load(warehouse, {"id": "a", "net_amount": 3})
    assert warehouse.rows("select id, net_amount, days from usage order by 1") == [("a", 3, None), ("b", 1, None)]


def test_a_later_version_adds_its_columns_and_streams(warehouse: Warehouse) -> None:
    load(warehouse, {"id": "a"}, id=TEXT)
    load(warehouse, {"id": "b", "net_amount": 0.5, "new": "x"}, **ROW, new=TEXT)
    warehouse.prepare({"seats": {"properties": ROW}})
    assert warehouse.rows("select id, net_amount, new from usage order by 1") == [
        ("a", None, None),
        ("b", Decimal("0.5"), "x"),
    ]
    assert warehouse.rows("select count(*) from seats") == [(0,)]


def test_a_file_of_the_version_before_is_read_on(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "bill.duckdb") as file:
        file.execute(OLD_FILE)
        old = ["source-github-copilot-billing", "usage", "usage", json.dumps(STATE), datetime(2026, 11, 2)]
        file.execute("insert into _airbyte_state values (?, ?, ?, ?, ?)", old)
    newer = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "usage"}, "stream_state": {"states": [2]}}}
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        assert warehouse.states(["usage", "seats"]) == [STATE]
        load(warehouse, {"id": "b", "net_amount": 0.5, "days": 3}, {"id": "c", "net_amount": 4}, state=newer)
        assert warehouse.rows("select id, net_amount, days from usage order by 1") == [
            ("a", 1, None),
            ("b", Decimal("0.5"), 3),
            ("c", 4, None),
        ]
        assert warehouse.states(["usage"]) == [newer]


@pytest.mark.parametrize("wrong", [{"net_amount": "1,5"}, {"net_amount": 1e30}, {"days": "x"}, {"date": "yesterday"}])
def test_a_value_that_does_not_fit_is_an_error_and_nothing_is_kept(warehouse: Warehouse, wrong: dict[str, Any]) -> None:
    load(warehouse, {"id": "a", "net_amount": 1}, state=STATE)
    with pytest.raises(LoadError, match=r"The rows cannot be written into .*: .*"):
        load(warehouse, {"id": "a", "net_amount": 2}, {"id": "b", **wrong}, state={"newer": True})
    assert warehouse.rows("select id, net_amount from usage") == [("a", 1)]
    assert warehouse.states(["usage"]) == [STATE]


# Prints a row of each day and then that the day is read.
CONNECTOR = """#!{python}
import json, sys
stream = {{"name": "usage", "json_schema": {{"properties": {{"id": {{"type": "string"}}}}}}}}
if sys.argv[1] == "discover":
    print(json.dumps({{"type": "CATALOG", "catalog": {{"streams": [stream]}}}}))
else:
    (read,) = json.load(open(sys.argv[sys.argv.index("--state") + 1])) or [{{"day": 0}}]
    for day in range(read["day"] + 1, 5):
        print(json.dumps({{"type": "RECORD", "record": {{"stream": "usage", "data": {{"id": str(day)}}}}}}))
        state = {{"day": day, "stream": {{"stream_descriptor": {{"name": "usage"}}}}}}
        print(json.dumps({{"type": "STATE", "state": state}}))
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse.load import connection, warehouse
connection.MOST_SECONDS, connection.MOST_BYTES = 1000, 12  # at every second row, with the states before it
class Killed(warehouse.Warehouse):
    steps = int(sys.argv[3])
    def __getattribute__(self, name):
        if name == "connection" and sys._getframe(1).f_code.co_name in ("load", "_merge"):
            Killed.steps -= 1
            if Killed.steps < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__getattribute__(name)
with Killed(Path(sys.argv[1]), "enterprise") as opened:
    connection.Connection({}, script=Path(sys.argv[2])).sync(opened)
"""


def test_a_sync_that_is_killed_anywhere_goes_on_from_what_is_there(tmp_path: Path) -> None:
    script, steps, days = tmp_path / "connector", 0, set()
    script.write_text(CONNECTOR.format(python=sys.executable))
    script.chmod(0o700)
    killed = True
    while killed:
        file = tmp_path / f"bill-{steps}.duckdb"
        done = subprocess.run(
            [sys.executable, "-c", KILLED, file, script, str(steps)], check=False, capture_output=True
        )
        killed = done.returncode == -signal.SIGKILL
        assert killed or done.returncode == 0, done.stderr
        with open_duckdb(file, "enterprise") as warehouse:
            rows = {int(number) for (number,) in warehouse.rows("select id from usage")}
            state = warehouse.states(["usage"])
            read = state[0]["day"] if state else 0
            days.add(read)
            assert rows >= set(range(1, read + 1))
            Connection({}, script=script).sync(warehouse)
            assert warehouse.rows("select id from usage order by 1") == [("1",), ("2",), ("3",), ("4",)]
        steps += 1
    assert days == {0, 1, 3, 4}
