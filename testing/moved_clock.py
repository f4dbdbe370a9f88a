"""A clock that runs from a moment on: of a sandbox, and of the commands that read from it in other processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from source_github_copilot_billing.clock import SystemClock


@dataclass(frozen=True)
class MovedClock(SystemClock):
    """This machine's clock, so many seconds ahead: a process that is given the number has the same time, and never an
    earlier one than the process before it."""

    seconds_ahead: float

    @classmethod
    def starting_at(cls, moment: datetime) -> MovedClock:
        return cls((moment - SystemClock().now()).total_seconds())

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.seconds_ahead)
