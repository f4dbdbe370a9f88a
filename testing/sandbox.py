"""The sandbox as the tests use it: as of the suite's day, and by a clock that can be handed to the connector."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import sandbox
from sandbox import BillShape
from testing.moved_clock import MovedClock
from testing.today import BEGIN


class Sandbox(sandbox.Sandbox):
    """Billed until a day, by default the suite's. Its clock runs from an hour of that day on, or from where the suite
    begins: `VirtualClock` of the same day and hour stands there.

    `clock` is for a connector whose wall clock must run too.
    """

    def __init__(
        self, shape: BillShape | None = None, today: date | None = None, hour: int = 12, **options: Any
    ) -> None:
        begin = BEGIN if today is None else datetime(today.year, today.month, today.day, hour, tzinfo=timezone.utc)
        self.clock = MovedClock.starting_at(begin)
        super().__init__(shape, begin.date(), **{"clock": lambda: self.clock.now().timestamp(), **options})

    def __enter__(self) -> Sandbox:
        super().__enter__()
        return self
