"""The time and the pauses, handed in so that tests can set them."""

import time
from datetime import date, datetime, timezone
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever grow: for lifetimes and waits, which a changed wall clock must not disturb."""

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)  # noqa: TID251  (the one place)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def today(clock: Clock) -> date:
    """The current UTC day: GitHub bills in UTC days."""
    return clock.now().astimezone(timezone.utc).date()
