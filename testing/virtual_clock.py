"""A clock whose pauses take no time: waits of minutes and hours are tested in milliseconds."""

import itertools
import threading
import time
from datetime import date, datetime, timedelta, timezone

from testing.moved_clock import MovedClock
from testing.today import BEGIN

_made = itertools.count()


class VirtualClock:
    """`sleep` moves the monotonic time on for everybody and returns at once; the wall clock stands still.

    It stands at an hour of a day; without a day where the suite begins, and a millisecond after the clock that was
    made before it: a second sync reads later. `pauses` holds every pause that was asked for, in seconds.
    """

    def __init__(self, today: date | None = None, hour: int = 12) -> None:
        if today is None:
            self._now = BEGIN + timedelta(milliseconds=next(_made))
        else:
            self._now = datetime(today.year, today.month, today.day, hour, tzinfo=timezone.utc)
        self._seconds = 0.0
        self._lock = threading.Lock()
        self.pauses: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            until = self._seconds + seconds
            self.pauses.append(seconds)
        time.sleep(0)  # lets other threads begin their pauses at the same time, as they would
        with self._lock:
            self._seconds = max(self._seconds, until)


class HastyClock(MovedClock):
    """Time that runs, without the pauses, so that the moments of reads follow each other."""

    def sleep(self, seconds: float) -> None:
        pass
