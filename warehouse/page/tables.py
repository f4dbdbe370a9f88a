"""What several cards share: rows of a model as a table with bars, and one table for each month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from warehouse.page.cards import NOW, Bar, Cell, Heading, Pane, Table, count, money_cell, number, span
from warehouse.page.rows import Row

TOP = 10
NUMBER, EXTRA, BAR = "number", "number extra", "bar"
Cells = Callable[[Row], list[Cell]]


def headings(**kinds: str) -> list[Heading]:
    """By the name of each, with _ for a space: its classes."""
    return [Heading(name.replace("_", " "), kind) for name, kind in kinds.items()]


def table_of(caption: str, heads: Sequence[Heading], rows: Sequence[Row], cells: Cells, top: int = TOP) -> Table:
    """The first rows; the others are folded."""
    return Table(caption, heads, [cells(row) for row in rows[:top]], [cells(row) for row in rows[top:]])


def by_month(rows: Iterable[Row], pane: Callable[[Sequence[Row]], Pane]) -> Mapping[str, Pane]:
    """:param rows: ordered by month"""
    return {month: pane(list(found)) for month, found in groupby(rows, key=month_of)}


def month_of(row: Row) -> str:
    """YYYY-MM of a row of a month or of a day; NOW for what is no day."""
    day = row.get("month", row.get("date"))
    return f"{day:%Y-%m}" if isinstance(day, date) else NOW


def widest(rows: Iterable[Row], column: str) -> float:
    return max((number(row[column]) or 0 for row in rows), default=0) or 1


def bar_cell(value: Any, longest: float, kind: str, tooltip: str, show: Callable[[Any], Cell] = money_cell) -> Cell:
    shown = show(value)
    return Cell(shown.text, shown.value, Bar(max(number(value) or 0, 0) / longest * 100, kind, tooltip))


def ranked_caption(unit: str, row: Row, change: str) -> str:
    days = f"{unit} · {span(row['first_day'], row['last_day'])}"
    if number(row[change]) is None:
        return f"{days}; no change is known, because the month before was not read"
    return f"{days}, change against the month before until {row['previous_last_day']}"


def left_out(row: Row, shown: int) -> str:
    return f"The first {shown} of {count(row['name_count'])}." if (number(row["name_count"]) or 0) > shown else ""
