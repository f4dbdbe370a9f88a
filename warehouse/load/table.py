"""Plain text tables: aligned columns, numbers to the right with fixed decimals."""

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from warehouse.names import plain_name

_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?%?")
# Draws a line under the headings only.
_UNDERLINED = box.Box("\n".join(["    "] * 2 + [" -  "] + ["    "] * 5), ascii=True)
# Wider than any table: a terminal may wrap a line, and a column is never cut.
WIDTH = 1_000


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], decimals: int = 2) -> str:
    """:param decimals: of every number that is not an integer; text is shown as plain text, None as a dash"""
    cells = [[_text(value, decimals) for value in row] for row in rows]
    drawn = Table(box=_UNDERLINED, show_edge=False, pad_edge=False)
    for place, heading in enumerate(headings):
        is_number = all(row[place] == "-" or _NUMBER.fullmatch(row[place]) for row in cells)
        drawn.add_column(heading, justify="right" if is_number else "left", no_wrap=True)
    for row in cells:
        drawn.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    with console.capture() as capture:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _text(value: Any, decimals: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, (float, Decimal)):
        return f"{value:,.{decimals}f}"
    return f"{value:,}" if isinstance(value, int) else plain_name(str(value))
