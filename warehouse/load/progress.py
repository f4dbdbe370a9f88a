"""Shows the progress of a sync: rows and days of each stream. A live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import textwrap
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from warehouse.names import plain_name, plain_text

SECONDS_BETWEEN_LINES = 10.0
WIDTH = 100  # of lines; a word that is longer, such as a link, stays whole


def fitted(text: str) -> str:
    """A text in lines of at most WIDTH characters."""
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )


def show(text: str) -> None:
    """Print a text at once, in lines that fit."""
    print(fitted(text), flush=True)


def utc_today() -> date:
    return datetime.now(timezone.utc).date()  # noqa: TID251  (handed in by tests)


class Progress:
    """Counts what the connector's messages say. The text of its log lines is shown, and never read.

    The connector logs why it waits, but no row comes meanwhile: so its last line is shown when no row came since.
    """

    def __init__(
        self, say: Callable[[str], None], console: Console | None = None, today: Callable[[], date] = utc_today
    ) -> None:
        """:param say: prints one line
        :param console: draws on it when it is a terminal; None for plain lines"""
        self._say_line = say
        self._today = today
        self.rows: Counter[str] = Counter()
        self._days: dict[str, tuple[int, int]] = {}
        self._line = ""
        self._shown: dict[str, str] = {}
        self._began = self._said = time.monotonic()
        self._live: Live | None = None
        if console is not None and console.is_terminal:
            self._live = Live(
                console=console,
                refresh_per_second=4,
                get_renderable=self._drawn,
                transient=True,
            )

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def count(self, stream: str) -> None:
        self.rows[stream] += 1
        self._tick()

    def follow(self, stream: str, state: Mapping[str, Any]) -> None:
        """Take from a state how far each account of the stream is read."""
        yesterday = self._today() - timedelta(days=1)
        done = total = 0
        for entry in state.get("states", ()):
            first, cursor = entry.get("start_date"), (entry.get("cursor") or {}).get("date")
            if first is None:
                continue
            begin = date.fromisoformat(first)
            total += max((yesterday - begin).days + 1, 0)
            done += max((date.fromisoformat(cursor) - begin).days + 1, 0) if cursor else 0
        if total:
            self._days[stream] = (min(done, total), total)
        self._tick()

    def note(self, line: str) -> None:
        """Show the connector's latest log line: it explains a long wait."""
        self._line = plain_name(line)
        self._tick()

    def say(self, line: str) -> None:
        """Print a line at once; it stays on the screen."""
        line = plain_text(line)
        if self._live is not None:
            self._live.console.print(Text(line))
        else:
            self._say_line(line)

    def _tick(self) -> None:
        now = time.monotonic()
        if self._live is not None or now - self._said < SECONDS_BETWEEN_LINES:
            return
        self._said = now
        counted = self._counted()
        new = [counted[stream] for stream in counted if counted[stream] != self._shown.get(stream)]
        nothing = "no new rows" if self._shown else "no rows yet"
        self._say_line(f"  … {', '.join(new) or nothing} after {now - self._began:.0f} s")
        if not new and self._line:
            self._say_line(f"  … {self._line}")
        self._shown = counted

    def _counted(self) -> dict[str, str]:
        counted = {}
        for stream in sorted({*self.rows, *self._days}):
            days = self._days.get(stream)
            read = f" ({days[0]} of {days[1]} days)" if days else ""
            counted[stream] = f"{self.rows[stream]:,} rows of {stream}{read}"
        return counted

    def _drawn(self) -> Text:
        return Text("\n".join([*self._counted().values(), f"after {time.monotonic() - self._began:.0f} s", self._line]))
