"""A clock that passes midnight while somebody reads."""

from datetime import date, datetime, timedelta

from testing.virtual_clock import VirtualClock

SECOND = timedelta(seconds=1)


class MidnightClock(VirtualClock):
    """It stands a second before the day's end, and from `pass_midnight` on a second after it."""

    def __init__(self, today: date) -> None:
        super().__init__(today + timedelta(days=1), hour=0)
        self._is_over = False

    def pass_midnight(self) -> None:
        self._is_over = True

    def now(self) -> datetime:
        return super().now() + (SECOND if self._is_over else -SECOND)
