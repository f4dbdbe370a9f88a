"""Columns over days or months, as rectangles of a picture: lengths alone are computed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

STEPS = (1, 2, 2.5, 5, 10)
MOST_STEPS = 4
MOST_LABELS = 4


@dataclass(frozen=True)
class Part:
    """A part of a column, which stands on the part before it.

    :param kind: what its colour means: a class of page.css
    """

    value: float
    kind: str
    tooltip: str


@dataclass(frozen=True)
class Column:
    """:param usual: the lowest and the highest usual value
    :param mark: why it is marked
    :param gap: why nothing is known of it
    """

    label: str
    parts: Sequence[Part] = ()
    usual: tuple[float, float] | None = None
    mark: str = ""
    gap: str = ""


@dataclass(frozen=True)
class Rectangle:
    """Lengths: x and width in columns, y (from the top) and height of 100."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    tooltip: str


@dataclass(frozen=True)
class Columns:
    """:param ticks: where, of 100 from the top, and what
    :param legend: the names of the kinds, where there are two
    """

    title: str
    count: int
    rectangles: Sequence[Rectangle]
    ticks: Sequence[tuple[float, str]]
    labels: Sequence[str]
    legend: Mapping[str, str]


def draw(title: str, columns: Sequence[Column], show: Callable[[float], str], legend: Mapping[str, str]) -> Columns:
    """:param show: a value as the axis shows it
    :param legend: the names of all kinds that may be there
    """
    ends = [0.0, *(end for column in columns for end in _ends(column))]
    step = _step(max(ends) - min(ends))
    lowest, highest = floor(min(ends) / step) * step, -floor(-max(ends) / step) * step
    highest = max(highest, lowest + step)  # also where there is nothing to draw
    length = highest - lowest

    def height(value: float) -> float:
        return value / length * 100

    def rectangle(place: int, low: float, high: float, kind: str, tooltip: str, margin: float = 0.1) -> Rectangle:
        y, tall = height(highest - high), height(high - low)
        return Rectangle(place + margin, round(y, 2), round(1 - 2 * margin, 2), round(tall, 2), kind, tooltip)

    drawn: list[Rectangle] = []
    for place, column in enumerate(columns):
        if column.usual:
            drawn.append(rectangle(place, *column.usual, "usual", "", margin=0))
        if column.gap:
            drawn.append(rectangle(place, lowest, highest, "gap", f"{column.label}: {column.gap}"))
        up = down = 0.0
        for part in column.parts:
            low, high = (down + part.value, down) if part.value < 0 else (up, up + part.value)
            down, up = min(down, low), max(up, high)
            drawn.append(rectangle(place, low, high, part.kind, part.tooltip))
        if column.mark:
            drawn.append(rectangle(place, down, up, "mark", f"{column.label}: {column.mark}"))
    kinds = {one.kind for one in drawn}
    named = {kind: name for kind, name in legend.items() if kind in kinds}
    ticks = [lowest + step * number for number in range(round(length / step) + 1)]
    every = max(1, -(-len(columns) // MOST_LABELS))
    return Columns(
        title,
        len(columns),
        drawn,
        [(round(height(highest - tick), 2), show(tick)) for tick in ticks],
        [column.label if place % every == 0 else "" for place, column in enumerate(columns)],
        named if len(named) > 1 else {},
    )


def _ends(column: Column) -> Sequence[float]:
    up = sum(part.value for part in column.parts if part.value > 0)
    down = sum(part.value for part in column.parts if part.value < 0)
    return (up, down, *(column.usual or ()))


def _step(length: float) -> float:
    """Between two ticks, so that there are at most four: 1, 2, 2.5 or 5 times a power of ten."""
    if length <= 0:
        return 1.0
    power = 10.0 ** floor(log10(length / MOST_STEPS))
    return next(step * power for step in STEPS if step * power * MOST_STEPS >= length * 0.999999)
