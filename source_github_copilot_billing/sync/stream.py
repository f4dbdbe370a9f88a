"""What a stream is to the engine: its declaration, and how one account of it is read in one sync."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Protocol

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.sync.slice import Slice

Row = dict[str, Any]


@dataclass(frozen=True)
class StreamSpec:
    """All that `discover` needs to know of a stream.

    :param first_day: the first day that GitHub has, where it is later than what the user may ask for
    :param last_day: the last day that GitHub has, for what is no longer written
    :param history_days: how many days back GitHub keeps it, where that is less than the bill's 24 months
    :param is_snapshot: GitHub answers the present state only: one slice, today
    """

    name: str
    first_day: date | None = None
    last_day: date | None = None
    history_days: int | None = None
    is_snapshot: bool = False

    def start(self, start_date: date, today: date) -> date:
        """The first day to read for a user's start date."""
        limits = [start_date]
        if self.first_day is not None:
            limits.append(self.first_day)
        if self.history_days is not None:
            limits.append(today - timedelta(days=self.history_days))
        return max(limits)

    def until(self, today: date) -> date:
        """The last day to read."""
        return today if self.last_day is None else min(today, self.last_day)


@dataclass(frozen=True)
class Context:
    """What every stream of one sync works with.

    :param today: the UTC day on which the sync began; it stays the same when a sync runs past midnight, so that all of
        its parts agree on which days are over
    :param start_date: the user's first day
    :param num_workers: requests at once
    :param keep_alive: to be called during waits that are not GitHub's rate limit
    :param products: GitHub's products whose line items are read, as the user names them
    """

    today: date
    start_date: date
    num_workers: int
    clock: Clock
    logger: logging.Logger
    keep_alive: Callable[[], None]
    products: tuple[str, ...] = ("copilot",)

    @property
    def yesterday(self) -> date:
        """The last day that is over: no state passes it, because today is still filling."""
        return self.today - timedelta(days=1)


class NotYet(Exception):
    """Ends the reading of a slice: from this day on GitHub has nothing yet.

    The rows that were given out count; the state goes to the day before; it is no error.
    """

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day


class AccountReader(Protocol):
    """One account of one stream in one sync; caches and locks live here.

    :param mode: how the account is read, kept in the state: when it changes, the account is read from the start again
    """

    mode: str | None

    def slices(self, since: date, until: date) -> Iterable[Slice]:
        """The slices from the one that holds `since` to `until`, oldest first. Each one is taken when the slice before
        it was read."""

    def read(self, slice: Slice) -> Iterable[Row]:
        """The rows of one slice, as they come.

        Where days of it are read apart, so that one can be missing, each row has the `columns_of_read` of its own day:
        else the slice's rows would say that the missing day was read, too.

        :raises NotYet: after the last row, when GitHub lacks the slice's last days
        :raises ConnectorError: when any part of the slice cannot be read; it is read again by the next sync
        """


class Stream(Protocol):
    spec: ClassVar[StreamSpec]

    def open(self, account: Account, context: Context) -> AccountReader | None:
        """None when this kind of account has no such stream."""
