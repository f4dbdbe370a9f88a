"""Plain text tables: aligned columns, numbers to the right with fixed decimals."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?%?")


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], decimals: int = 2) -> str:
    """:param decimals: of every number that is no integer; text is shown as it is, None as a dash"""
    cells = [[_text(value, decimals) for value in row] for row in rows]
    columns = [[heading, *(row[place] for row in cells)] for place, heading in enumerate(headings)]
    widths = [max(map(len, column)) for column in columns]
    numeric = [all(text == "-" or _NUMBER.fullmatch(text) for text in column[1:]) for column in columns]

    def line(texts: Sequence[str]) -> str:
        aligned = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(texts, widths, numeric, strict=True)
        )
        return "  ".join(aligned).rstrip()

    return "\n".join([line(headings), line(["-" * width for width in widths]), *map(line, cells)])


def _text(value: Any, decimals: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, (float, Decimal)):
        return f"{value:,.{decimals}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
