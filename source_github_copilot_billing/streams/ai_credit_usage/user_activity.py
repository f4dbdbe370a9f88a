"""What one sync knows of the users of an account: who is likely to have used AI credits, and whose months are empty."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum
from functools import cached_property

from source_github_copilot_billing.endpoints.seats import SeatHolder


class Month(Enum):
    """What is known of a user's calendar month."""

    UNKNOWN = "nothing was fetched yet"
    MISSED = "a day was fetched, and it was empty"
    USED = "the month, or a day of it, was not empty"
    EMPTY = "the month was fetched, and it was empty"


class UserActivity:
    """Shared by the days that are read at the same time."""

    def __init__(self, holders: Sequence[SeatHolder]) -> None:
        self._holders = holders
        self._lock = threading.Lock()
        self._months: dict[tuple[str, date], Month] = {}
        self._fetching: dict[tuple[str, date], threading.Lock] = {}
        self._days_used: Counter[str] = Counter()
        self._spared: Counter[date] = Counter()

    def __len__(self) -> int:
        return len(self._holders)

    @cached_property
    def logins(self) -> frozenset[str]:
        """Of all holders of seats, in lower case."""
        return frozenset(holder.login.lower() for holder in self._holders)

    def likeliest_first(self) -> list[SeatHolder]:
        """By the days already read, then by the hint of the seat list."""
        with self._lock:
            return sorted(self._holders, key=lambda holder: -self._days_used[holder.login])

    @contextmanager
    def fetching(self, login: str, month: date) -> Iterator[None]:
        """One thread at a time finds out about a user's month; the others wait for its answer."""
        with self._lock:
            lock = self._fetching.setdefault((login, month), threading.Lock())
        with lock:
            yield

    def month(self, login: str, month: date) -> Month:
        with self._lock:
            return self._months.get((login, month), Month.UNKNOWN)

    def looks_active(self, holder: SeatHolder, month: date) -> bool:
        with self._lock:
            was_active = holder.last_active is not None and holder.last_active >= month
            return self._days_used[holder.login] > 0 or was_active

    def may_guess(self, month: date) -> bool:
        """Whether a day may be fetched without knowing that its month is used.

        A guess that finds a user's credits saves the request for that user's month; a guess that finds nothing costs
        one request. There are guesses while they have cost no more than they saved: so a user costs at most one
        request a month more than the days of the months with credits.
        """
        with self._lock:
            return self._spared[month] >= 0

    def learn_day(self, login: str, month: date, is_used: bool) -> None:
        with self._lock:
            before = self._months.get((login, month), Month.UNKNOWN)
            if is_used:
                self._days_used[login] += 1
                self._months[login, month] = Month.USED
                self._spared[month] += before is Month.UNKNOWN
            elif before is Month.UNKNOWN:
                self._months[login, month] = Month.MISSED
                self._spared[month] -= 1

    def learn_month(self, login: str, month: date, is_used: bool) -> None:
        with self._lock:
            self._months[login, month] = Month.USED if is_used else Month.EMPTY
