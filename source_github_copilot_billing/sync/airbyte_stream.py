"""A stream as the CDK knows it: its declaration, and the partitions of a sync."""

from collections.abc import Iterator

from airbyte_cdk.models import AirbyteStream, SyncMode
from airbyte_cdk.sources.streams.concurrent.cursor import CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator

from source_github_copilot_billing.accounts import Account, AccountId, UnreadableAccount
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.sync.account_partition import AccountPartition, UnreadablePartition
from source_github_copilot_billing.sync.engine import Engine
from source_github_copilot_billing.sync.receipts import READS, UntilAllAreRead
from source_github_copilot_billing.sync.resume import resume
from source_github_copilot_billing.sync.schema import schema
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.state import StreamState
from source_github_copilot_billing.sync.stream import Stream

PRIMARY_KEY = "id"
CURSOR = "date"


def declaration(stream: Stream) -> AirbyteStream:
    """The stream as `discover` prints it.

    Not resumable as a full refresh: going on reads the lookback again, and without deduplication its rows would stand
    there twice. A full refresh that failed begins anew.
    """
    return AirbyteStream(
        name=stream.name,
        json_schema=schema(stream.name),
        supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
        source_defined_cursor=True,
        default_cursor_field=[CURSOR],
        source_defined_primary_key=[[PRIMARY_KEY]],
        is_resumable=False,
        is_file_based=False,
    )


class AirbyteStreamOfAccounts(DefaultStream):
    """One stream over all accounts of a sync.

    :raises ConnectorError: when the stream's state cannot be read
    """

    def __init__(self, stream: Stream, engine: Engine) -> None:
        self._stream = stream
        state = StreamState(stream.name, engine)
        super().__init__(
            partition_generator=UntilAllAreRead(engine) if stream is READS else _Partitions(stream, state, engine),
            name=stream.name,
            json_schema=schema(stream.name),
            primary_key=[PRIMARY_KEY],
            cursor_field=CursorField(CURSOR),
            logger=engine.context.logger,
            cursor=state,
        )

    def as_airbyte_stream(self) -> AirbyteStream:
        return declaration(self._stream)


class _Partitions(PartitionGenerator):
    """A partition for each account that has the stream."""

    def __init__(self, stream: Stream, state: StreamState, engine: Engine) -> None:
        self._stream = stream
        self._state = state
        self._engine = engine

    def generate(self) -> Iterator[Partition]:
        name, accounts = self._stream.name, self._engine.accounts
        try:
            with self._engine.reporting_bugs(f"stream {name}"):
                refused = self._recognize()
                unreadable = [entry for entry in accounts.left_out if self._state.has_read(entry.id)]
                readable = [account for account in accounts.found if account.id not in refused]
                partitions = [partition for account in readable if (partition := self._open(account))]
                # Before the first row: else a kill would leave the rows of a read that starts over beside a state that
                # knows nothing of it.
                self._state.emit()
        except ConnectorError as error:
            self._engine.fail(error, f"Stream {name}")
            raise
        for entry in (*accounts.unreadable, *unreadable, *refused.values()):
            yield UnreadablePartition(name, entry, self._engine)
        yield from partitions

    def _recognize(self) -> dict[AccountId, UnreadableAccount]:
        """Find whose the entries of the state are.

        :return: the enterprises that must not be read, because they may have been read under another name
        """
        accounts = self._engine.accounts
        refused = {}
        for account in accounts.found:
            if account.is_enterprise:
                try:
                    self._state.refuse_another_enterprise(account.id, accounts.all_ids)
                except ConnectorError as error:
                    refused[account.id] = UnreadableAccount(account.id, error)
        self._state.recognize(accounts.all_ids)
        self._state.warn_of_lost(accounts.all_ids)
        return refused

    def _open(self, account: Account) -> AccountPartition | None:
        """None where there is nothing to read: the stream is not of this kind of account, or is read to its end."""
        stream, context = self._stream, self._engine.context
        if stream.enterprises_only and not account.is_enterprise:
            return None
        reader = stream.open(account, context)
        begin = resume(
            self._state.entry(account.id),
            account.id,
            context.names.with_mode(reader.mode),
            stream.start(context.start_date, context.today),
            self._engine.lookback_days,
            context.yesterday,
            stream.last_day,
            stream.is_snapshot,
        )
        if begin.warning:
            context.logger.warning(f"Stream {stream.name}, {account.id}: {begin.warning}")
        if begin.notice and not stream.is_snapshot:
            context.logger.info(f"Stream {stream.name}, {account.id}: {begin.notice}")
        reader.memory.update(begin.state.memory)
        self._state.begin(begin.state)
        until = stream.until(context.today)
        since = until if stream.is_snapshot else begin.since
        if since is None or since > until:
            return None
        return AccountPartition(account.id, reader, Slice(since, until), self._state, self._engine)
