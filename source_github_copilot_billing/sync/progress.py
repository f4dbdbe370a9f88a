"""Logs how far a sync is, for a person who watches it: a first sync by user can take hours without another word."""

import threading
from datetime import date

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context

SECONDS_BETWEEN_LINES = 60.0


class Progress:
    """At most one line a minute for each stream of a sync, and no line of a stream that takes less."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logged_at: dict[str, float] = {}

    def log(self, stream: str, account: AccountId, day: date, days: Slice, context: Context) -> None:
        """Say how many of an account's days are done.

        :param day: up to which it was read
        :param days: all that are to be read
        """
        now = context.clock.monotonic()
        with self._lock:
            if now - self._logged_at.setdefault(stream, now) < SECONDS_BETWEEN_LINES:
                return
            self._logged_at[stream] = now
        done, total = len(Slice(days.first, min(day, days.last)).days), len(days.days)
        context.logger.info(f"Stream {stream}, {account}: {done} of {total} days are done.")
