"""What a stream is to the engine: its declaration, how one account of it is read in one sync, and its rows' ids."""

import logging
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any, ParamSpec, TypeVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.user_names import PLAIN_NAMES, UserNames

P = ParamSpec("P")
T = TypeVar("T")
Row = dict[str, Any]


def row_id(*natural_key: str | None) -> str:
    """A row's surrogate key: 32 hexadecimal digits, the same in every sync for the same natural key in any case.

    None and "" are one value: GitHub answers either for what is not there.
    """
    return hashed(key_text(*natural_key))


def key_text(*parts: str | None) -> str:
    """A natural key as one text. The texts of a key's two pieces, joined, are the text of the whole key."""
    lowered = [(part or "").lower() for part in parts]
    return "".join(f"{len(part)}:{part}" for part in lowered)  # lengths: no two keys run into one text


def hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def new_row(stream: str, account: Account, day: str, *key: str | None) -> Row:
    """A row with its id, its account and its date; what it says is still to be filled in.

    :param day: the row's `date`, as YYYY-MM-DD, UTC
    :param key: by which the stream's rows of one account and day differ
    """
    return {"id": row_id(stream, account.id.account_type, account.id.key, day, *key), **account.id.columns, "date": day}


class Once:
    """Calls a function once for the same arguments, and gives its result to whoever calls again, in any thread.

    A failure is kept too: it stood after all its retries, and every further caller would spend as many again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[Hashable, Future[Any]] = {}

    def __call__(self, fetch: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call, made now or before.

        :param fetch: a function or class whose arguments can be keys of a dictionary
        :raises Exception: what the function raised, now or at the first call
        """
        key = (fetch, args, *sorted(kwargs.items()))
        with self._lock:
            result = self._results.get(key)
            is_first = result is None
            if result is None:
                result = self._results[key] = Future()
        if is_first:
            try:
                result.set_result(fetch(*args, **kwargs))
            except Exception as error:  # of any kind: it is raised to every caller
                result.set_exception(error)
        found: T = result.result()
        return found


@dataclass(frozen=True)
class Context:
    """What every stream of one sync works with.

    :param today: the UTC day on which the sync began; it stays the same when a sync runs past midnight, so that all of
        its parts agree on which days are over
    :param num_workers: requests at once
    :param products: GitHub's products whose line items are read, as the user names them
    :param streams: the names of those to read: those of the catalog
    :param names: how users are named in rows, which the engine sees to, and in messages
    :param once: what several streams need is fetched through it, once a sync: `context.once(fetch_seats, account)`
    """

    today: date
    start_date: date
    num_workers: int
    clock: Clock
    logger: logging.Logger
    products: tuple[str, ...] = ("copilot",)
    streams: frozenset[str] = frozenset()
    names: UserNames = PLAIN_NAMES
    once: Once = field(default_factory=Once)

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


@dataclass(frozen=True)
class Finished:
    """Says that days of an account were read to their end: what GitHub does not give of them any more is gone.

    The engine leaves a receipt of it in the stream `reads`.

    :param first: the first UTC day that was read; the last one is included too
    :param row_count: rows that were given out of these days
    :param part: a cost center's id (or no_cost_center) where it was read and another
        one failed; None for the whole account
    """

    first: date
    last: date
    row_count: int
    part: str | None = None


@dataclass(frozen=True)
class AccountReader:
    """How one account of one stream is read in one sync.

    :param slices: from the first and the last day to read, the slices from the one that holds the first day, oldest
        first; before them, what else is to be read again. Each one is taken when the slice before it was read
    :param read: the rows of a slice, as they come, and behind the rows of any days that were read to their end, that
        they are Finished. It raises ConnectorError when any part of the slice cannot be read (the next sync reads it
        again), and NotYet, after the last row, when GitHub lacks the slice's last days
    :param mode: which way of several the account is read by. It is kept in the state: when it changes, the account is
        read from the start again
    :param memory: what the reader must know in the next sync. It is filled from the state before the first slice, and
        kept in the state as it is after each slice that was read
    """

    slices: Callable[[date, date], Iterable[Slice]]
    read: Callable[[Slice], Iterable[Row | Finished]]
    mode: str | None = None
    memory: dict[str, str] = field(default_factory=dict)

    def rows(self, slice: Slice) -> Iterator[Row]:
        return (given for given in self.read(slice) if not isinstance(given, Finished))


@dataclass(frozen=True)
class Stream:
    """A stream, as `discover` names it.

    :param open: makes the reader of an account
    :param first_day: the first day that GitHub has, where it is later than what the user may ask for
    :param last_day: the last day that GitHub has, for what is no longer written
    :param history_days: how many days back GitHub keeps it, where that is less than the bill's 24 months
    :param is_snapshot: GitHub answers the present state only: one slice, today
    :param enterprises_only: an organization has no such stream
    :param finish: logs what is known once all accounts were read, whatever failed
    """

    name: str
    open: Callable[[Account, Context], AccountReader]
    first_day: date | None = None
    last_day: date | None = None
    history_days: int | None = None
    is_snapshot: bool = False
    enterprises_only: bool = False
    finish: Callable[[Context], None] = lambda _context: None

    def start(self, start_date: date, today: date) -> date:
        """The first day to read for a user's start date."""
        limits = [start_date]
        if self.first_day is not None:
            limits.append(self.first_day)
        if self.history_days is not None:
            limits.append(today - timedelta(days=self.history_days))
        return max(limits)

    def until(self, today: date) -> date:
        return today if self.last_day is None else min(today, self.last_day)


def snapshot(
    name: str,
    rows: Callable[[Account, Context], Iterable[Row]],
    enterprises_only: bool = False,
    finish: Callable[[Context], None] = lambda _context: None,
) -> Stream:
    """A stream of what GitHub answers at present, kept under the day of the read.

    :param rows: the rows of today. All are fetched before the first is given out: a part would look like the list
    """

    def open_account(account: Account, context: Context) -> AccountReader:
        def read(slice: Slice) -> list[Row | Finished]:
            found = list(rows(account, context))
            return [*found, Finished(slice.first, slice.last, len(found))]

        return AccountReader(slices=lambda _since, until: [Slice(until, until)], read=read)

    return Stream(name, open_account, is_snapshot=True, enterprises_only=enterprises_only, finish=finish)
