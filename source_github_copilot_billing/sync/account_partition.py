"""Reads one account of one stream, slice by slice, and decides what to do when a slice fails."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.accounts import AccountId, UnreadableAccount
from source_github_copilot_billing.errors import Code, ConnectorError, worst_of
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.printed_states import PrintedStates
from source_github_copilot_billing.sync.slice import Slice, columns_of_read
from source_github_copilot_billing.sync.state import StreamState
from source_github_copilot_billing.sync.stream import AccountReader, NotYet


@dataclass(frozen=True)
class Sync:
    """What the partitions of all streams share. They append every error to `failures`, in the order of time."""

    now: Callable[[], datetime]
    heartbeat: Heartbeat
    logger: logging.Logger
    failures: list[ConnectorError] = field(default_factory=list)
    printed_states: PrintedStates = field(default_factory=PrintedStates)


@contextmanager
def reporting_bugs(sync: Sync, where: str) -> Iterator[None]:
    """Turn an unexpected exception, which is a bug of this connector, into a ConnectorError that keeps its traceback.

    :raises ConnectorError: internal_error, in place of any exception that is neither a ConnectorError nor NotYet
    """
    try:
        yield
    except (ConnectorError, NotYet):
        raise
    except Exception as error:
        raise ConnectorError(
            Code.INTERNAL_ERROR,
            f"{where}: {type(error).__name__}, a bug of this connector. Please report it with the traceback in "
            "the log. The next sync reads this part again.",
        ) from error


class AccountPartition(Partition):
    """Reads the slices of an account, oldest first, and emits the state after each.

    After a failed slice the state stays before it, so that the next sync reads it again. Later slices are still read,
    and their rows emitted. Only an error that every later slice would meet too (a person must fix it, or the rate limit
    does not end) stops the account.

    :param since: the first day to read
    :param until: the last day to read
    """

    def __init__(
        self,
        stream_name: str,
        account: AccountId,
        reader: AccountReader,
        since: date,
        until: date,
        state: StreamState,
        sync: Sync,
    ) -> None:
        self._stream_name = stream_name
        self._account = account
        self._reader = reader
        self._since = since
        self._until = until
        self._state = state
        self._sync = sync

    def read(self) -> Iterator[Record]:
        """:raises ConnectorError: the worst of the errors, once everything that can be read was read"""
        failures: list[ConnectorError] = []
        is_held_back = False
        slices = self._slices()
        while True:
            slice: Slice | None = None
            try:
                with reporting_bugs(self._sync, f"{self._account}, stream {self._stream_name}"):
                    slice = next(slices, None)
                    if slice is None:
                        break
                with reporting_bugs(self._sync, f"{self._account}, stream {self._stream_name}, {slice}"):
                    yield from self._records(slice)
            except NotYet as not_yet:
                self._advance(not_yet.day - timedelta(days=1), is_held_back)
                is_held_back = True
            except ConnectorError as error:
                failures.append(error)
                self._sync.failures.append(error)
                if error.stops_account or slice is None:
                    break
                is_held_back = True
                self._sync.logger.warning(
                    f"Stream {self._stream_name}, {slice} failed. The next sync reads it again: {error}"
                )
            else:
                self._advance(slice.last, is_held_back)
        if failures:
            raise worst_of(failures)

    def _slices(self) -> Iterator[Slice]:
        # A generator, so that a bug in the reader's `slices` is raised by `next` in `read`, which reports it.
        yield from self._reader.slices(self._since, self._until)

    def _records(self, slice: Slice) -> Iterator[Record]:
        of_the_slice = columns_of_read(slice, self._sync.now())
        for row in self._reader.read(slice):
            if "read_at" not in row:  # else the reader has set it, because it reads each day by itself
                row.update(of_the_slice)
            yield Record(data=row, stream_name=self._stream_name)
            self._sync.heartbeat.heard()

    def _advance(self, day: date, is_held_back: bool) -> None:
        if not is_held_back and day >= self._since:
            self._state.advance(self._account, day)
            self._sync.printed_states.wait(self._stream_name, self._state.emitted)

    def to_slice(self) -> Mapping[str, Any]:
        return {
            self._account.account_type: self._account.name,
            "since": self._since.isoformat(),
            "until": self._until.isoformat(),
        }

    def stream_name(self) -> str:
        return self._stream_name

    def __hash__(self) -> int:
        return hash((self._stream_name, self._account))


class UnreadablePartition(Partition):
    """Takes the place of an account that cannot be read: it raises the account's error, the stream is incomplete."""

    def __init__(self, stream_name: str, account: UnreadableAccount, sync: Sync) -> None:
        self._stream_name = stream_name
        self._unreadable = account
        self._sync = sync

    def read(self) -> Iterator[Record]:
        self._sync.failures.append(self._unreadable.error)
        raise self._unreadable.error
        yield  # a generator, like every partition's read

    def to_slice(self) -> Mapping[str, Any]:
        return {self._unreadable.id.account_type: self._unreadable.id.name}

    def stream_name(self) -> str:
        return self._stream_name

    def __hash__(self) -> int:
        return hash((self._stream_name, self._unreadable.id))
