"""A part of the page: a chart, the table with the same numbers, their unit and the days that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from warehouse.names import plain_name

USD = "US dollars"


@dataclass(frozen=True)
class Series:
    label: str
    values: Sequence[float | None]
    # True for numbers on another scale, such as a rate next to counts.
    is_on_right: bool = False


@dataclass(frozen=True)
class Chart:
    """:param kind: bars (side by side, names to the left), stacks (one on the other, by month) or lines (by day)"""

    kind: str
    labels: Sequence[str]
    series: Sequence[Series]

    @property
    def height(self) -> float:
        """Of the chart, in rem: a bar needs room for its name."""
        return 5 + 1.5 * len(self.labels) if self.kind == "bars" else 20

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "labels": [plain_name(label) for label in self.labels],
            "series": [
                {"label": plain_name(one.label), "values": list(one.values), "right": one.is_on_right}
                for one in self.series
            ],
        }


@dataclass(frozen=True)
class Cell:
    text: str
    # The number as it is in the model; None for text.
    value: str | None = None


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    unit: str
    days: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    chart: Chart | None = None
    note: str = ""
    # The table is unfolded when the page is opened.
    is_open: bool = False


def cells(row: Sequence[Any], decimals: int = 2) -> list[Cell]:
    return [cell(value, decimals) for value in row]


def cell(value: Any, decimals: int = 2) -> Cell:
    """Text as plain text, a number with its decimals, a day as YYYY-MM-DD, and a dash for what is not known."""
    if value is None:
        return Cell("-")
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, int):
        return Cell(f"{value:,}", str(value))
    if isinstance(value, (float, Decimal)):
        # Adding zero turns -0 into 0.
        rounded: Any = round(value, decimals)
        return Cell(f"{rounded + 0:,.{decimals}f}", str(value))
    return Cell(plain_name(str(value)))


def number(value: Any) -> float | None:
    """For a chart, which needs no more places than a screen has. What is no number leaves a gap: JSON has no NaN."""
    return float(value) if value is not None and isfinite(value) else None


def span(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"
