"""Progress of a sync: plain lines without a terminal, and a moving table on one."""

from __future__ import annotations

import io
import itertools
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from warehouse.load.connection import _Sync
from warehouse.load.headlines import headlines
from warehouse.load.progress import Progress, fitted
from warehouse.load.table import table
from warehouse.load.warehouse import open_duckdb

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is 6 seconds after the one before."""
    times = itertools.count(step=6)
    monkeypatch.setattr(time, "monotonic", lambda: next(times))


def state(*accounts: tuple[int, int | None]) -> dict[str, object]:
    """:param accounts: how many days ago each one starts, and how many days ago its last read day is"""
    entries = []
    for start, cursor in accounts:
        entry: dict[str, object] = {"start_date": f"{TODAY - timedelta(days=start)}"}
        if cursor is not None:
            entry["cursor"] = {"date": f"{TODAY - timedelta(days=cursor)}"}
        entries.append(entry)
    return {"states": entries}


def test_lines_say_rows_and_days_every_ten_seconds() -> None:
    said: list[str] = []
    progress = Progress(said.append, today=lambda: TODAY)
    for _ in range(3):
        progress.count("usage")
    progress.follow("usage", state((10, 6), (5, None)))
    assert said == ["  … 2 rows of usage after 12 s", "  … 3 rows of usage (5 of 15 days) after 24 s"]


def test_a_line_says_what_came_since_the_one_before() -> None:
    said: list[str] = []
    progress = Progress(said.append)
    for stream in ("seats", "seats", "usage", "usage", "usage", "usage"):
        progress.count(stream)
    assert said == [
        "  … 2 rows of seats after 12 s",
        "  … 2 rows of usage after 24 s",
        "  … 4 rows of usage after 36 s",
    ]


def test_no_line_is_wider_than_a_terminal_and_no_link_is_cut() -> None:
    link = f"https://github.com/{'x' * 120}"
    lines = fitted(f"  warning: {'word ' * 30}{link} end\nsecond").splitlines()
    assert lines[0].startswith("  warning: word") and lines[1].startswith("    word") and lines[-1] == "second"
    assert f"    {link}" in lines
    assert max(len(line) for line in lines if link not in line) <= 100


def test_state_without_a_start_says_no_days() -> None:
    said: list[str] = []
    progress = Progress(said.append)
    for _ in range(2):
        progress.follow("usage", {"states": [{"cursor": {"date": "2026-11-01"}}]})
    assert said == ["  … no rows yet after 12 s"]


def test_terminal_shows_a_table_and_keeps_warnings() -> None:
    drawn = io.StringIO()
    said: list[str] = []
    progress = Progress(said.append, Console(file=drawn, force_terminal=True, width=80), lambda: TODAY)
    with progress:
        progress.count("usage")
        progress.follow("usage", state((10, 6)))
        progress.note("[waiting] for GitHub")
        progress.say("  warning: [acme] is suspended")
    shown = drawn.getvalue()
    assert "5 of 10" in shown and "[waiting] for GitHub" in shown and "  warning: [acme] is suspended" in shown
    assert not said


def test_console_that_is_no_terminal_gets_lines() -> None:
    drawn = io.StringIO()
    said: list[str] = []
    progress = Progress(said.append, Console(file=drawn, force_terminal=False))
    with progress:
        progress.count("usage")
        progress.count("usage")
    assert (said, drawn.getvalue()) == (["  … 2 rows of usage after 12 s"], "")


def test_table_aligns_numbers_to_the_right_and_shows_markup_as_text() -> None:
    lines = table(("name", "USD"), [("[b]", 1234.5), ("other", None)]).splitlines()
    assert [line.split() for line in lines[::2]] == [["name", "USD"], ["[b]", "1,234.50"]]
    assert set(lines[1]) == {"-", " "}
    assert lines[2].endswith("1,234.50") and lines[3].endswith("       -")


NAME, SHOWN = "a\x1b[2J\u202e\nb", "a\\x1b[2J\\u202e\\nb"


def test_names_in_lines_and_tables_are_text() -> None:
    said: list[str] = []
    progress = Progress(said.append, Console(file=io.StringIO(), force_terminal=False))
    progress.say("a\x1b[2J")
    progress.note(NAME)
    progress.count("usage")
    progress.follow("usage", {})
    progress.follow("usage", {})
    assert said[0] == "a\\x1b[2J" and said[-1] == f"  … {SHOWN}"
    assert SHOWN in table(("name",), [(NAME,)])


def test_a_warning_is_one_line_of_text(tmp_path: Path) -> None:
    said: list[str] = []
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        sync = _Sync(warehouse, Progress(said.append, Console(file=io.StringIO(), force_terminal=False)))
        sync.take({"type": "LOG", "log": {"level": "WARN", "message": NAME}})
    assert f"  warning: {SHOWN}" in said


def test_names_in_the_last_lines_of_a_sync_are_text(tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        warehouse.connection.execute(
            "create table github_copilot__account_freshness as"
            " select 'usage' as stream, $1 as account_name, date '2026-11-01' as last_read_day, 2 as days_behind",
            [NAME],
        )
        warehouse.connection.execute(
            "create table github_copilot__budget_status as select current_date as date, $1 as account_name,"
            " $1 as cost_center_name, '' as entity_name, '' as login, '' as budget_scope, 0.9 as spent_share,"
            " 100 as budget_amount, false as prevent_further_usage",
            [NAME],
        )
        said = list(headlines(warehouse, [], None))
    assert said == [
        f"BEHIND: usage of {SHOWN} is read to 2026-11-01, 2 day(s) less than others.",
        f"BUDGET: {SHOWN} of {SHOWN} is at 90% of 100.00 USD.",
    ]
