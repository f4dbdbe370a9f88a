"""A stream as the CDK knows it: its declaration, and the partitions of a sync."""

import json
import pkgutil
from collections.abc import Iterator, MutableMapping
from typing import Any

from airbyte_cdk.models import AirbyteStream, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, UnreadableAccount
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.sync.account_partition import (
    AccountPartition,
    Sync,
    UnreadablePartition,
    reporting_bugs,
)
from source_github_copilot_billing.sync.resume import resume
from source_github_copilot_billing.sync.state import StreamState, parse_state
from source_github_copilot_billing.sync.stream import Context, Stream, StreamSpec

PRIMARY_KEY = "id"
CURSOR = "date"


def declaration(spec: StreamSpec) -> AirbyteStream:
    """The stream as `discover` prints it.

    Not resumable as a full refresh: going on reads the lookback again, and without deduplication its rows would stand
    there twice. A full refresh that failed begins anew.
    """
    return AirbyteStream(
        name=spec.name,
        json_schema=schema(spec.name),
        supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
        source_defined_cursor=True,
        default_cursor_field=[CURSOR],
        source_defined_primary_key=[[PRIMARY_KEY]],
        is_resumable=False,
        is_file_based=False,
    )


def schema(stream_name: str) -> dict[str, Any]:
    text = pkgutil.get_data("source_github_copilot_billing", f"schemas/{stream_name}.json")
    if text is None:
        raise FileNotFoundError(f"the schema of stream {stream_name} is not in the package")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


class AirbyteStreamOfAccounts(DefaultStream):
    """One stream over all accounts of a sync.

    :raises ConnectorError: when the stream's state cannot be read
    """

    def __init__(
        self,
        stream: Stream,
        accounts: Accounts,
        context: Context,
        lookback_days: int,
        states: ConnectorStateManager,
        messages: MessageRepository,
        sync: Sync,
    ) -> None:
        self._spec = stream.spec
        name = stream.spec.name
        entries = parse_state(name, states.get_stream_state(name, None))
        state = StreamState(
            name, entries, context.yesterday, context.clock, messages, states, sync.heartbeat, sync.logger
        )
        super().__init__(
            partition_generator=_Partitions(stream, accounts, context, lookback_days, state, sync),
            name=name,
            json_schema=schema(name),
            primary_key=[PRIMARY_KEY],
            cursor_field=CursorField(CURSOR),
            logger=sync.logger,
            cursor=_StateCursor(state),
        )

    def as_airbyte_stream(self) -> AirbyteStream:
        return declaration(self._spec)


class _Partitions(PartitionGenerator):
    """A partition for each account that has the stream."""

    def __init__(
        self,
        stream: Stream,
        accounts: Accounts,
        context: Context,
        lookback_days: int,
        state: StreamState,
        sync: Sync,
    ) -> None:
        self._stream = stream
        self._accounts = accounts
        self._context = context
        self._lookback_days = lookback_days
        self._state = state
        self._sync = sync

    def generate(self) -> Iterator[Partition]:
        name = self._stream.spec.name
        try:
            with reporting_bugs(self._sync, f"stream {name}"):
                refused = self._recognize()
                unreadable = [entry for entry in self._accounts.left_out if self._state.has_read(entry.id)]
                readable = [account for account in self._accounts.found if account.id not in refused]
                partitions = [partition for account in readable if (partition := self._open(account))]
        except ConnectorError as error:
            self._sync.failures.append(error)
            raise
        for entry in (*self._accounts.unreadable, *unreadable, *refused.values()):
            yield UnreadablePartition(name, entry, self._sync)
        yield from partitions

    def _recognize(self) -> dict[AccountId, UnreadableAccount]:
        """Find whose the entries of the state are.

        :return: the enterprises that must not be read, because they may have been read under another name
        """
        refused = {}
        for account in self._accounts.found:
            if account.is_enterprise:
                try:
                    self._state.refuse_another_enterprise(account.id, self._accounts.all_ids)
                except ConnectorError as error:
                    refused[account.id] = UnreadableAccount(account.id, error)
        self._state.recognize(self._accounts.all_ids)
        self._state.warn_of_lost(self._accounts.all_ids)
        return refused

    def _open(self, account: Account) -> AccountPartition | None:
        spec, context = self._stream.spec, self._context
        reader = self._stream.open(account, context)
        if reader is None:
            return None
        begin = resume(
            self._state.entry(account.id),
            account.id,
            reader.mode,
            spec.start(context.start_date, context.today),
            self._lookback_days,
            context.yesterday,
            spec.last_day,
        )
        if begin.warning:
            self._sync.logger.warning(f"Stream {spec.name}, {account.id}: {begin.warning}")
        if begin.notice:
            self._sync.logger.info(f"Stream {spec.name}, {account.id}: {begin.notice}")
        self._state.begin(begin.state)
        until = spec.until(context.today)
        since = until if spec.is_snapshot else begin.since
        if since is None or since > until:
            return None
        return AccountPartition(spec.name, account.id, reader, since, until, self._state, self._sync)


class _StateCursor(Cursor):
    """What the CDK needs of a cursor. The partitions emit the state themselves, after each slice."""

    def __init__(self, state: StreamState) -> None:
        self._state = state

    @property
    def state(self) -> MutableMapping[str, Any]:
        return self._state.as_dict()

    def observe(self, record: Record) -> None:
        """A record moves nothing: a slice counts when it is read."""

    def close_partition(self, partition: Partition) -> None:
        """The partition has emitted its state."""

    def ensure_at_least_one_state_emitted(self) -> None:
        self._state.finish()

    def should_be_synced(self, record: Record) -> bool:
        return True
