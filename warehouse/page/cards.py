"""What the page is made of: tiles, and cards with tables and charts. Numbers are shown as they are, not computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import Any

from warehouse.names import plain_name
from warehouse.page.columns import Columns

UNKNOWN = "unknown"
# The key of a card's only pane, where it is not of a month.
NOW = ""


@dataclass(frozen=True)
class Bar:
    """:param width: of 100
    :param kind: what its colour means: a class of page.css
    :param limit: where the limit stands, of 100
    """

    width: float
    kind: str
    tooltip: str
    limit: float | None = None


@dataclass(frozen=True)
class Cell:
    text: str
    # The number as it is in the model; None for text.
    value: str | None = None
    bar: Bar | None = None


@dataclass(frozen=True)
class Heading:
    text: str
    # Classes of page.css: number, bar, and extra for what a narrow screen leaves out.
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """:param caption: the unit, and the days that the rows cover
    :param more: rows that are folded
    """

    caption: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    more: Sequence[Sequence[Cell]] = ()


@dataclass(frozen=True)
class Pane:
    """A card in one month."""

    table: Table | None = None
    charts: Sequence[Columns] = ()
    note: str = ""


@dataclass(frozen=True)
class Card:
    """:param panes: by month (YYYY-MM), or one of NOW
    :param empty: why there is no pane, or none of a month, and what to do
    """

    key: str
    title: str
    panes: Mapping[str, Pane] = field(default_factory=dict)
    empty: str = ""
    is_wide: bool = False


@dataclass(frozen=True)
class Tile:
    """:param kind: over or look, where somebody should act"""

    key: str
    title: str
    figure: Cell
    lines: Sequence[str]
    kind: str = ""


def number(value: Any) -> float | None:
    """For a length on the screen; None for what is no number."""
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return float(value) if is_number and isfinite(value) else None


def money(value: Any, decimals: int = 2, sign: str = "") -> str:
    """:param sign: + to show it of a positive amount, too"""
    if number(value) is None:
        return UNKNOWN
    # Adding zero turns -0 into 0.
    rounded = round(value, decimals) + 0
    before = "-" if rounded < 0 else sign if rounded > 0 else ""
    return f"{before}${abs(rounded):,.{decimals}f}"


def percent(value: Any, sign: str = "") -> str:
    return UNKNOWN if number(value) is None else f"{value:{sign}.0%}"


def money_cell(value: Any, decimals: int = 2, sign: str = "") -> Cell:
    return Cell(money(value, decimals, sign), exact(value))


def percent_cell(value: Any) -> Cell:
    return Cell(percent(value), exact(value))


def count(value: Any, sign: str = "") -> str:
    return UNKNOWN if number(value) is None else f"{value:{sign},.0f}"


def count_cell(value: Any, sign: str = "") -> Cell:
    return Cell(count(value, sign), exact(value))


def text_cell(value: Any, if_none: str = "-") -> Cell:
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    return Cell(if_none if value is None else plain_name(str(value)))


def exact(value: Any) -> str | None:
    return None if number(value) is None else str(value)


def span(first: Any, last: Any) -> str:
    return str(first) if first == last else f"{first} to {last}"
