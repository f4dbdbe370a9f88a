"""Reads one account of one stream, slice by slice, and decides what to do when a slice fails."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta, timezone
from typing import Any

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.accounts import AccountId, UnreadableAccount
from source_github_copilot_billing.errors import ConnectorError, worst_of
from source_github_copilot_billing.sync.engine import Engine
from source_github_copilot_billing.sync.receipts import READS, receipt
from source_github_copilot_billing.sync.schema import HiddenNames
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.state import StreamState
from source_github_copilot_billing.sync.stream import AccountReader, Finished, NotYet


class AccountPartition(Partition):
    """Reads the slices of an account, oldest first, and emits the state after each.

    After a failed slice the state stays before it, so that the next sync reads it again. Later slices are still read,
    and their rows emitted. Only an error that every later slice would meet too (a person must fix it, or the rate limit
    does not end) stops the account.

    """

    def __init__(
        self, account: AccountId, reader: AccountReader, days: Slice, state: StreamState, engine: Engine
    ) -> None:
        self._account = account
        self._reader = reader
        self._days = days
        self._state = state
        self._engine = engine
        self._hidden_names = HiddenNames(state.stream_name, engine.context.names)

    def read(self) -> Iterator[Record]:
        """The records of all slices, and receipts of what is finished.

        :raises ConnectorError: the worst of the errors, once everything that can be read was read
        """
        failures: list[ConnectorError] = []
        is_held_back = False
        slices = self._slices()
        while True:
            slice: Slice | None = None
            try:
                with self._engine.reporting_bugs(f"{self._account}, stream {self.stream_name()}"):
                    slice = next(slices, None)
                    if slice is None:
                        break
                with self._engine.reporting_bugs(f"{self._account}, stream {self.stream_name()}, {slice}"):
                    yield from self._records(slice)
            except NotYet as not_yet:
                self._advance(not_yet.day - timedelta(days=1), is_held_back)
                is_held_back = True
            except ConnectorError as error:
                failures.append(error)
                where = f"Stream {self.stream_name()}, {slice or self._days}"
                self._engine.fail(error, where)
                if error.stops_account or slice is None:
                    break
                is_held_back = True
                self._engine.context.logger.warning(f"{where} failed. The next sync reads it again: {error}")
            else:
                self._state.remember(self._account, self._reader.memory)
                self._advance(slice.last, is_held_back)
        if failures:
            raise worst_of(failures)

    def _slices(self) -> Iterator[Slice]:
        # A generator, so that a bug in the reader's `slices` is raised by `next` in `read`, which reports it.
        yield from self._reader.slices(self._days.first, self._days.last)

    def _records(self, slice: Slice) -> Iterator[Record]:
        now = self._engine.context.clock.now().astimezone(timezone.utc)
        # All rows of a slice say when its reading began, and so do the receipts of its days: in milliseconds, like all
        # of Airbyte's moments.
        read_at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for given in self._reader.read(slice):
            if not isinstance(given, Finished):
                given["read_at"] = read_at
                yield Record(data=self._hidden_names(given), stream_name=self.stream_name())
            elif READS.name in self._engine.context.streams:
                row = receipt(self.stream_name(), self._account, given, read_at)
                yield Record(data=row, stream_name=READS.name)
            self._engine.heartbeat.heard()

    def _advance(self, day: date, is_held_back: bool) -> None:
        if not is_held_back and day >= self._days.first:
            self._state.advance(self._account, day)
            self._engine.printed_states.wait(self.stream_name(), self._state.emitted)
        self._engine.progress.log(self.stream_name(), self._account, day, self._days, self._engine.context)

    def to_slice(self) -> Mapping[str, Any]:
        return {
            self._account.account_type: self._account.name,
            "since": self._days.first.isoformat(),
            "until": self._days.last.isoformat(),
        }

    def stream_name(self) -> str:
        return self._state.stream_name

    def __hash__(self) -> int:
        return hash((self.stream_name(), self._account))


class UnreadablePartition(Partition):
    """Takes the place of an account that cannot be read: it raises the account's error, the stream is incomplete."""

    def __init__(self, stream_name: str, account: UnreadableAccount, engine: Engine) -> None:
        self._stream_name = stream_name
        self._unreadable = account
        self._engine = engine

    def read(self) -> Iterator[Record]:
        self._engine.fail(self._unreadable.error, f"Stream {self._stream_name}")
        raise self._unreadable.error
        yield  # a generator, like every partition's read

    def to_slice(self) -> Mapping[str, Any]:
        return {self._unreadable.id.account_type: self._unreadable.id.name}

    def stream_name(self) -> str:
        return self._stream_name

    def __hash__(self) -> int:
        return hash((self._stream_name, self._unreadable.id))
