"""The state: how far each account of a stream has been read without a gap.

{"states": [{"partition": {"organization": "acme"}, "organization_id": 1001, "cursor": {"date": "2026-11-20"},
"start_date": "2026-06-01", "rows": 2}]}, with "mode" where an account can be read in more than one way (0.1.0 called
it "method"), with "memory" where the stream must know more of what was read, and without "rows" in states of 0.2.0 and
older.

An enterprise has an "enterprise_id" instead of the "organization_id", but only when it is read as a GitHub App: with a
token its number is not known. Older states have no "organization_id": such an entry belongs to the organization that
has the name today.
"""

import threading
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.errors import invalid_configuration
from source_github_copilot_billing.sync.engine import Engine

# A state of many accounts is long. With more accounts than this it is not emitted after every slice: there is a pause
# between two states, which grows with the number of accounts.
ACCOUNTS_WITHOUT_PAUSE = 50
SECONDS_BETWEEN_STATES_PER_ACCOUNT = 0.01

# Rows of version 1 (until 0.2.0) lack columns that the models need, and left no receipts: they are read again.
ROWS_VERSION = 2

LONGEST_NAME = 100  # characters of an account's name; GitHub's names are shorter


@dataclass(frozen=True)
class AccountState:
    """One account's entry in the state.

    :param read_to: everything is read up to this day, the day included; None before the first slice is read
    :param mode: how it was read, for accounts that can be read in more than one way
    :param rows: of which ROWS_VERSION the rows are that were read
    :param memory: what the stream must know in the next sync
    """

    account: AccountId
    start_date: date
    read_to: date | None = None
    mode: str | None = None
    rows: int = ROWS_VERSION
    memory: Mapping[str, str] = field(default_factory=dict)

    def as_entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"partition": {self.account.account_type: self.account.name}}
        if self.account.organization_id is not None:
            entry["organization_id"] = self.account.organization_id
        if self.account.enterprise_id is not None:
            entry["enterprise_id"] = self.account.enterprise_id
        if self.read_to is not None:
            entry["cursor"] = {"date": self.read_to.isoformat()}
        entry["start_date"] = self.start_date.isoformat()
        if self.mode is not None:
            entry["mode"] = self.mode
        entry["rows"] = self.rows
        if self.memory:
            entry["memory"] = dict(self.memory)
        return entry


def parse_state(stream_name: str, state: Mapping[str, Any]) -> list[AccountState]:
    """The entries of a stream's state.

    :raises ConnectorError: invalid_configuration, when this is not a state of the stream
    """
    entries = state.get("states", None if state else []) if isinstance(state, Mapping) else None
    try:
        if not isinstance(entries, list):
            raise TypeError
        return [_parse_entry(entry) for entry in entries]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise invalid_configuration(
            f"the state of stream {stream_name} cannot be read: clear (reset) the stream, or read without a state, and "
            "it is read again from start_date."
        ) from None


def _parse_entry(entry: Mapping[str, Any]) -> AccountState:
    partition, cursor, mode = entry["partition"], entry.get("cursor"), entry.get("mode", entry.get("method"))
    ((account_type, name),) = partition.items()
    if account_type not in ("enterprise", "organization") or not isinstance(name, str):
        raise ValueError("partition")
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError("partition")
    if mode is not None and not isinstance(mode, str):
        raise TypeError("mode")
    numbers = [entry.get("organization_id"), entry.get("enterprise_id")]
    if not all(number is None or type(number) is int for number in numbers):
        raise TypeError("organization_id or enterprise_id")
    rows = entry.get("rows", 1)
    if type(rows) is not int:
        raise TypeError("rows")
    memory = entry.get("memory", {})
    if not isinstance(memory, dict) or not all(isinstance(text, str) for text in memory.values()):
        raise TypeError("memory")
    return AccountState(
        account=AccountId(account_type, name, *numbers),
        start_date=date.fromisoformat(entry["start_date"]),
        read_to=date.fromisoformat(cursor["date"]) if cursor is not None else None,
        mode=mode,
        rows=rows,
        memory=memory,
    )


class StreamState(Cursor):
    """The state of one stream in one sync. All threads that read the stream's accounts share it.

    To the CDK it is the stream's cursor. The partitions emit the state themselves, after each slice: a thread emits its
    records before it calls `advance`, so that no state comes before the records that it covers.

    :raises ConnectorError: invalid_configuration, when the state that the sync was given cannot be read
    """

    def __init__(self, stream_name: str, engine: Engine) -> None:
        self.stream_name = stream_name
        entries = parse_state(stream_name, engine.states.get_stream_state(stream_name, None))
        self._entries = {entry.account.place: entry for entry in entries}
        self._engine = engine
        self._logger = engine.context.logger
        self._lock = threading.Lock()
        self._emitted_at = float("-inf")
        self.emitted = 0  # how many states
        engine.heartbeat.watch(self.emit)

    def entry(self, account: AccountId) -> AccountState | None:
        """An account's entry, or None when it was never read."""
        with self._lock:
            return self._entries.get(account.place)

    def has_read(self, account: AccountId) -> bool:
        """Whether an earlier sync has read this account, and not another one that had its name."""
        known = self.entry(account)
        return known is not None and not known.account.is_namesake_of(account)

    def recognize(self, accounts: Iterable[AccountId]) -> None:
        """Find each organization's entry by its number, and store it under the name that it has now: an organization
        can be renamed, and another one can take the old name.

        :param accounts: all accounts of the connection, also those that cannot be read
        """
        with self._lock:
            places = {entry.account.organization_id: place for place, entry in self._entries.items()}
            moved = []
            for account in accounts:
                if account.organization_id is not None and account.organization_id in places:
                    entry = self._entries.pop(places.pop(account.organization_id))
                    moved.append(replace(entry, account=account))
            for entry in moved:
                if entry.account.place in self._entries:
                    self._logger.warning(
                        f"Stream {self.stream_name}, {_name(entry.account)}: the organization that had this name "
                        "before is no longer installed or configured, so its bill is not read any more. Its state is "
                        "not kept."
                    )
                self._entries[entry.account.place] = entry

    def refuse_another_enterprise(self, account: AccountId, accounts: Iterable[AccountId]) -> None:
        """Refuse an enterprise that may have been renamed: row ids contain the name, so its bill would be loaded twice.

        :param accounts: all accounts of the connection; an enterprise of the state that is among them was not renamed
        :raises ConnectorError: invalid_configuration, when the state has an enterprise that may be this one under an
            older name, or one that had this name before
        """
        known = {place: entry.account for place, entry in self._entries.items() if entry.account.is_enterprise}
        if account.place in known:
            if known[account.place].is_namesake_of(account):
                raise invalid_configuration(
                    f"stream {self.stream_name}: the state is of another enterprise that had the name {account.name} "
                    "before. Clear (reset) the stream and remove its rows: the two would stand under the same ids."
                )
            return
        present = {other.place for other in accounts}
        gone = [other for place, other in sorted(known.items()) if place not in present]
        former = [other for other in gone if not other.is_namesake_of(account)]
        if former:
            raise invalid_configuration(
                f"stream {self.stream_name}: the state is of enterprise {', '.join(one.name for one in former)}, and "
                f"the configuration names {account.name}. If it was renamed, clear (reset) the stream and remove its "
                "rows, or the bill stands there twice; for another enterprise use a connection of its own."
            )

    def warn_of_lost(self, accounts: Iterable[AccountId]) -> None:
        """Warn of accounts that are in the state but not among these: they are no longer read, and nothing fails."""
        for place in sorted(self._entries.keys() - {account.place for account in accounts}):
            self._logger.warning(
                f"Stream {self.stream_name}, {_name(self._entries[place].account)}: it was read before and is no "
                "longer installed or configured, so its bill is not read any more. Its state is kept."
            )

    def begin(self, entry: AccountState) -> None:
        """Set the entry with which this sync begins to read an account."""
        with self._lock:
            self._entries[entry.account.place] = entry

    def remember(self, account: AccountId, memory: Mapping[str, str]) -> None:
        """Keep what the stream must know in the next sync. The next state that is emitted has it."""
        with self._lock:
            self._entries[account.place] = replace(self._entries[account.place], memory=dict(memory))

    def advance(self, account: AccountId, day: date) -> None:
        """Store that an account is read up to this day, and emit the state. Emit its records before."""
        day = min(day, self._engine.context.yesterday)
        with self._lock:
            entry = self._entries[account.place]
            if entry.read_to is not None and day <= entry.read_to:
                return  # a day that an earlier sync has read, and this one reads again
            self._entries[account.place] = replace(entry, read_to=day)
            accounts = len(self._entries)
            pause = SECONDS_BETWEEN_STATES_PER_ACCOUNT * accounts if accounts > ACCOUNTS_WITHOUT_PAUSE else 0
            if self._engine.context.clock.monotonic() - self._emitted_at >= pause:
                self._emit()

    def emit(self) -> None:
        with self._lock:
            self._emit()

    def ensure_at_least_one_state_emitted(self) -> None:
        """Emit the state for the last time, when all accounts of the stream are done.

        Called by the thread that empties the queue of messages. It must not wait for the lock: a thread that emits a
        heartbeat may hold it and wait for room in that queue. Nothing changes the entries any more.
        """
        self._engine.heartbeat.unwatch(self.emit)
        self._emit()
        self._engine.end(self.stream_name)

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {"states": [entry.as_entry() for _, entry in sorted(self._entries.items())]}

    def observe(self, record: Record) -> None:
        """A record moves nothing: a slice counts when it is read."""

    def close_partition(self, partition: Partition) -> None:
        """The partition has emitted its state."""

    def should_be_synced(self, record: Record) -> bool:  # noqa: ARG002  (Cursor's)
        return True

    def _emit(self) -> None:
        # Called under the lock, so that an older state never follows a newer one.
        self._engine.states.update_state_for_stream(self.stream_name, None, self.state)
        self._engine.messages.emit_message(self._engine.states.create_state_message(self.stream_name, None))
        self.emitted += 1
        self._emitted_at = self._engine.context.clock.monotonic()
        self._engine.heartbeat.heard()


def _name(account: AccountId) -> str:
    return f"{account.account_type} {account.name}"
