"""What both streams share: windows in order, one watermark an account, and what a failure does."""

import json
import logging
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import pendulum
from airbyte_cdk.models import AirbyteStream, FailureType
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.accounts import Account, Accounts, Refusal
from source_github_copilot_billing.clock import Clock, today, yesterday
from source_github_copilot_billing.github.errors import Code, ConnectorError
from source_github_copilot_billing.streams.schedule import Plan, Schedule
from source_github_copilot_billing.streams.watermark import Watermark, Window, parse_state


class BillingReader(Protocol):
    """What one stream knows: how its part of the bill is cut into windows, and how one window is read."""

    name: str

    def earliest(self, start_date: date) -> date:
        """The first day that this stream can have."""

    def method(self, account: Account) -> str | None:
        """The user's choice of how an account is read, where there is one; the state remembers it."""

    def windows(self, account: Account, begin: date, start_date: date, today: date) -> Sequence[Window]:
        """The windows from the one that holds `begin` to today, oldest first, with no day before start_date."""

    def read(self, account: Account, window: Window, read_at: str) -> Iterable[Mapping[str, Any]]:
        """All rows of one window.

        :param read_at: the same for all rows of a window, so that a row that GitHub withdrew can be told from its
            day's newer ones
        :raises ConnectorError: when any part of the window cannot be had; rows given until then are not counted
        """


@dataclass(frozen=True)
class Sync:
    """What the streams of one command work with. `failures` grows: all that went wrong, in the order it did."""

    accounts: Accounts
    start_date: date
    lookback_window_days: int
    num_workers: int
    clock: Clock
    logger: logging.Logger
    messages: MessageRepository
    states: ConnectorStateManager
    failures: list[ConnectorError]


@contextmanager
def _told(sync: Sync, where: str) -> Iterator[None]:
    """A mistake of this connector is one of the failures, and told like them, but with its traceback.

    :raises ConnectorError: internal_error instead of what is none
    """
    try:
        yield
    except ConnectorError:
        raise
    except Exception as error:
        mistake = ConnectorError(
            Code.INTERNAL_ERROR,
            f"{where}: {type(error).__name__}, a mistake of this connector. Please report it with the traceback that "
            "is in the log; the next sync reads it again.",
        )
        sync.failures.append(mistake)
        raise mistake from error


class WindowPartition(Partition):
    """One window of one account: the unit of work."""

    def __init__(
        self,
        reader: BillingReader,
        account: Account,
        window: Window,
        schedule: Schedule,
        watermark: Watermark,
        sync: Sync,
    ):
        self._reader = reader
        self.account = account
        self.window = window
        self._schedule = schedule
        self._watermark = watermark
        self._sync = sync
        self.is_skipped = False

    def read(self) -> Iterator[Record]:
        is_read = False
        try:
            with _told(self._sync, f"{self.account.label}, {self.window.first} to {self.window.last}"):
                yield from self._records()
            is_read = not self.is_skipped
        finally:
            self._schedule.done(self._reader.name, self.account, is_read)

    def _records(self) -> Iterator[Record]:
        if self._watermark.is_stopped(self.account.partition):
            self.is_skipped = True
            return
        read_at = pendulum.instance(self._sync.clock.now()).in_timezone("UTC").format("YYYY-MM-DD[T]HH:mm:ss.SSSSSS[Z]")
        try:
            window = {"window_first": self.window.first.isoformat(), "window_last": self.window.last.isoformat()}
            for row in self._reader.read(self.account, self.window, read_at):
                yield Record(data={**row, **window}, stream_name=self._reader.name)
        except ConnectorError as error:
            # What a person must mend, and a limit that did not end, fail every further window alike: the account stops,
            # and says so once.
            lasts = error.failure_type == FailureType.config_error or error.code is Code.RATE_LIMITED
            if lasts:
                self._schedule.drop(self._reader.name, self.account)
                if not self._watermark.stop(self.account.partition):
                    self.is_skipped = True
                    return
            self._sync.failures.append(error)
            raise

    def to_slice(self) -> Mapping[str, Any]:
        return {
            **self.account.partition,
            "first": self.window.first.isoformat(),
            "last": self.window.last.isoformat(),
        }

    def stream_name(self) -> str:
        return self._reader.name

    def __hash__(self) -> int:
        return hash((self._reader.name, self.account.account_type, self.account.name, self.window))


class RefusedPartition(Partition):
    """Stands for an account that was to be read and cannot be: the stream ends incomplete with its error."""

    def __init__(self, stream_name: str, refusal: Refusal, sync: Sync) -> None:
        self._stream_name = stream_name
        self._partition = refusal.partition
        self._error = refusal.error
        self._sync = sync

    def read(self) -> Iterator[Record]:
        self._sync.failures.append(self._error)
        raise self._error
        yield  # a generator, like every partition's read

    def to_slice(self) -> Mapping[str, Any]:
        return dict(self._partition)

    def stream_name(self) -> str:
        return self._stream_name

    def __hash__(self) -> int:
        return hash((self._stream_name, *self._partition.values()))


class WindowGenerator(PartitionGenerator):
    def __init__(self, reader: BillingReader, watermark: Watermark, schedule: Schedule, sync: Sync) -> None:
        self._reader = reader
        self._watermark = watermark
        self._schedule = schedule
        self._sync = sync

    def generate(self) -> Iterator[Partition]:
        """Each window when it may begin, so that none waits in a worker's hands for another one's end."""
        with _told(self._sync, f"stream {self._reader.name}"):
            yield from self._generated()

    def _generated(self) -> Iterator[Partition]:
        accounts = self._sync.accounts
        plans: list[Plan] = []
        try:
            self._recognize(accounts)
            refused = [*accounts.refused, *filter(self._was_read, accounts.left_out)]
            plans = [self._plan(account) for account in accounts.found]
        finally:
            self._schedule.plan(self._reader.name, plans)  # the other streams wait for it
        for refusal in refused:
            yield RefusedPartition(self._reader.name, refusal, self._sync)
        while (begun := self._schedule.next(self._reader.name)) is not None:
            yield WindowPartition(self._reader, *begun, self._schedule, self._watermark, self._sync)

    def _recognize(self, accounts: Accounts) -> None:
        """Find whose the entries of the state are."""
        self._refuse_another_enterprise()
        self._watermark.recognize(
            [(account.partition, account.organization_id) for account in accounts.found]
            + [(refusal.partition, refusal.organization_id) for refusal in (*accounts.refused, *accounts.left_out)]
        )
        self._watermark.warn_of_lost(
            [account.partition for account in accounts.found]
            + [refusal.partition for refusal in (*accounts.refused, *accounts.left_out)]
        )

    def _refuse_another_enterprise(self) -> None:
        try:
            for account in self._sync.accounts.found:
                if account.is_enterprise:
                    self._watermark.refuse_another_enterprise(account.name)
        except ConnectorError as error:
            self._sync.failures.append(error)
            raise

    def _was_read(self, refusal: Refusal) -> bool:
        return self._watermark.knows(refusal.partition, refusal.organization_id)

    def _plan(self, account: Account) -> Plan:
        start_date = self._reader.earliest(self._sync.start_date)
        until = today(self._sync.clock)
        windows = self._watermark.plan(
            account.partition,
            account.organization_id,
            start_date,
            self._sync.lookback_window_days,
            self._reader.method(account),
            lambda begin: self._reader.windows(account, begin, start_date, until),
        )
        return Plan(account, windows, self._watermark.read_to(account.partition))


class BillingStream(DefaultStream):
    def as_airbyte_stream(self) -> AirbyteStream:
        """Not resumable as a full refresh: going on reads the lookback again, and without deduplication its rows
        would stand there twice. A full refresh that failed begins anew."""
        stream = super().as_airbyte_stream()
        stream.is_resumable = False
        return stream


def billing_stream(reader: BillingReader, schedule: Schedule, sync: Sync) -> BillingStream:
    """:raises ConnectorError: when the stream's state cannot be read"""
    watermark = Watermark(
        reader.name,
        parse_state(reader.name, sync.states.get_stream_state(reader.name, None)),
        yesterday(sync.clock),
        sync.num_workers,
        sync.clock,
        sync.messages,
        sync.states,
        sync.logger,
    )
    return BillingStream(
        partition_generator=WindowGenerator(reader, watermark, schedule, sync),
        name=reader.name,
        json_schema=schema(reader.name),
        primary_key=["id"],
        cursor_field=CursorField("date"),
        logger=sync.logger,
        cursor=watermark,
    )


def schema(stream_name: str) -> dict[str, Any]:
    text = pkgutil.get_data("source_github_copilot_billing", f"schemas/{stream_name}.json")
    if text is None:
        raise FileNotFoundError(f"the schema of stream {stream_name} is not in the package")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
