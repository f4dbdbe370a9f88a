"""The cursor: how far each account's bill has been read without a gap.

State: {"states": [{"partition": {"organization": "acme"}, "organization_id": 1001, "cursor": {"date": "2026-11-20"},
"start_date": "2026-06-01"}]}, with "method" where an account can be read in more than one way. An enterprise has no
"organization_id". An organization's entry without one is of an older state, and counts for whoever has the name.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.github.errors import Code, ConnectorError

if TYPE_CHECKING:
    from source_github_copilot_billing.streams.billing_stream import WindowPartition

# A state of many accounts is long: it is printed after each window for one, every ten seconds for a thousand.
SECONDS_BETWEEN_STATES_PER_ACCOUNT = 0.01

LONGEST_NAME = 100  # of an account; GitHub's are shorter

AccountKey = tuple[str, str]
Holder = tuple[Mapping[str, str], int | None]  # an account's place in the state, and an organization's number


@dataclass(frozen=True)
class Window:
    """The UTC days that are read at once, both ends included."""

    first: date
    last: date

    def reads_to(self, latest: date) -> date:
        """The last finished day that is read with it.

        :param latest: the last finished day of all
        """
        return min(self.last, latest)


@dataclass(frozen=True)
class Progress:
    """One account's entry in the state.

    :param read_to: the last day up to which everything is read; None before the first window is closed
    :param start_date: the first day that was asked for
    :param method: how it was read, for accounts that can be read in more than one way
    :param organization_id: GitHub's number of the organization, which it keeps when it is renamed
    """

    partition: Mapping[str, str]
    start_date: date
    read_to: date | None = None
    method: str | None = None
    organization_id: int | None = None

    def as_state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"partition": dict(self.partition)}
        if self.organization_id is not None:
            state["organization_id"] = self.organization_id
        if self.read_to is not None:
            state["cursor"] = {"date": self.read_to.isoformat()}
        state["start_date"] = self.start_date.isoformat()
        if self.method is not None:
            state["method"] = self.method
        return state

    def is_of_another(self, organization_id: int | None) -> bool:
        """Whether the organization that has the name now is not the one that was read."""
        return None not in (self.organization_id, organization_id) and self.organization_id != organization_id


def parse_state(stream_name: str, state: Mapping[str, Any]) -> list[Progress]:
    """:raises ConnectorError: invalid_configuration, when it is no state of this stream"""
    entries = state.get("states", None if state else []) if isinstance(state, Mapping) else None
    try:
        if not isinstance(entries, list):
            raise TypeError
        return [_parse_entry(entry) for entry in entries]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConnectorError(
            Code.INVALID_CONFIGURATION,
            f"the state of stream {stream_name} cannot be read: clear (reset) the stream, or read without a state, and "
            "it is read again from start_date.",
        ) from None


def _parse_entry(entry: Mapping[str, Any]) -> Progress:
    partition, cursor, method = entry["partition"], entry.get("cursor"), entry.get("method")
    ((kind, name),) = partition.items()
    if kind not in ("enterprise", "organization") or not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise ValueError("partition")
    if method is not None and not isinstance(method, str):
        raise TypeError("method")
    organization_id = entry.get("organization_id")
    if organization_id is not None and type(organization_id) is not int:
        raise TypeError("organization_id")
    return Progress(
        partition={kind: name},
        start_date=date.fromisoformat(entry["start_date"]),
        read_to=date.fromisoformat(cursor["date"]) if cursor is not None else None,
        method=method,
        organization_id=organization_id,
    )


class _Account:
    """The windows of one account in this sync, oldest first, and which of them are closed."""

    def __init__(self, progress: Progress, windows: Sequence[Window], latest: date) -> None:
        self.progress = progress
        self._open = list(windows)
        self._closed: set[Window] = set()
        self._latest = latest
        self.is_stopped = False

    def close(self, window: Window) -> int:
        """Over how many windows the watermark moved."""
        self._closed.add(window)
        moved = 0
        while self._open and self._open[0] in self._closed:
            read_to = self._open.pop(0).reads_to(self._latest)
            if self.progress.read_to is None or read_to > self.progress.read_to:
                self.progress = replace(self.progress, read_to=read_to)
                moved += 1
        return moved


class Watermark(Cursor):
    """:param latest: yesterday: today is still filling, so that no watermark passes it
    :param workers: as many windows of an account may be begun beyond the printed state; see Schedule
    """

    def __init__(
        self,
        stream_name: str,
        state: Iterable[Progress],
        latest: date,
        workers: int,
        clock: Clock,
        messages: MessageRepository,
        states: ConnectorStateManager,
        logger: logging.Logger,
    ) -> None:
        self._stream_name = stream_name
        self._latest = latest
        self._workers = workers
        self._clock = clock
        self._messages = messages
        self._states = states
        self._logger = logger
        self._lock = threading.Lock()
        self._entries: dict[AccountKey, Progress] = {key_of(entry.partition): entry for entry in state}
        self._accounts: dict[AccountKey, _Account] = {}
        self._printed_at = float("-inf")
        self._unprinted: Counter[AccountKey] = Counter()  # windows that no printed state covers yet

    def recognize(self, holders: Iterable[Holder]) -> None:
        """Give each organization the entry with its number, under the name that it has now: organizations change their
        names, and take each other's.

        :param holders: all accounts, also those that cannot be read
        """
        with self._lock:
            places = {entry.organization_id: key for key, entry in self._entries.items()}
            moved = []
            for partition, organization_id in holders:
                if organization_id is not None and organization_id in places:
                    moved.append(replace(self._entries.pop(places.pop(organization_id)), partition=dict(partition)))
            for entry in moved:
                if key_of(entry.partition) in self._entries:
                    self._logger.warning(
                        f"Stream {self._stream_name}, {_name(entry.partition)}: the organization that had this name "
                        "before is no longer installed or configured, so its bill is not read any more. Its state is "
                        "not kept."
                    )
                self._entries[key_of(entry.partition)] = entry

    def knows(self, partition: Mapping[str, str], organization_id: int | None) -> bool:
        """Whether an earlier sync has read this account."""
        known = self._entries.get(key_of(partition))
        return known is not None and not known.is_of_another(organization_id)

    def refuse_another_enterprise(self, slug: str) -> None:
        """An enterprise has no number that its rows could keep when it is renamed.

        :param slug: the enterprise that is to be read
        :raises ConnectorError: invalid_configuration, when only other enterprises were read before
        """
        known = {name: entry for (kind, name), entry in self._entries.items() if kind == "enterprise"}
        if known and slug.lower() not in known:
            others = ", ".join(entry.partition["enterprise"] for _, entry in sorted(known.items()))
            raise ConnectorError(
                Code.INVALID_CONFIGURATION,
                f"stream {self._stream_name}: the state is of enterprise {others}, and the configuration names {slug}. "
                "If it was renamed, clear (reset) the stream and remove its rows, or the bill stands there twice; for "
                "another enterprise use a connection of its own.",
            )

    def warn_of_lost(self, partitions: Iterable[Mapping[str, str]]) -> None:
        """Say which accounts of the state are not among these: their bill ends without anybody having failed."""
        for key in sorted(self._entries.keys() - {key_of(partition) for partition in partitions}):
            self._logger.warning(
                f"Stream {self._stream_name}, {_name(self._entries[key].partition)}: it was read before and is no "
                "longer installed or configured, so its bill is not read any more. Its state is kept."
            )

    def plan(
        self,
        partition: Mapping[str, str],
        organization_id: int | None,
        start_date: date,
        lookback_days: int,
        method: str | None,
        windows_from: Callable[[date], Sequence[Window]],
    ) -> Sequence[Window]:
        """The windows of an account to read in this sync, oldest first.

        They begin at its start date at first, later the lookback before its watermark. A start date that moved
        earlier, another method, or another organization of the same name, reads from the start date again.

        :param windows_from: the windows from a day on until today
        """
        key = key_of(partition)
        begin, progress = start_date, Progress(dict(partition), start_date, None, method, organization_id)
        known = self._entries.get(key)
        if known is not None and known.is_of_another(organization_id):
            self._logger.warning(
                f"Stream {self._stream_name}, {_name(partition)}: the state is of another organization, which had this "
                f"name before (GitHub's number {known.organization_id}, now {organization_id}). This one is read from "
                f"{start_date}; the other's state is not kept."
            )
        elif known is not None and known.method != method:
            self._logger.warning(
                f"Stream {self._stream_name}, {_name(partition)}: it was read by {known.method} before and is read by "
                f"{method} from now on, again from {start_date}. The two differ in grain: remove the rows that were "
                "read before, or the same usage stands in both."
            )
        elif known is not None and known.read_to is not None and self._goes_on(known, start_date, known.read_to):
            read_to = min(known.read_to, self._latest)
            if known.read_to > self._latest:
                self._logger.warning(
                    f"Stream {self._stream_name}, {_name(partition)}: the state says {known.read_to}, which is not "
                    f"over yet; going on from {read_to}."
                )
            progress = replace(known, read_to=read_to, organization_id=organization_id)
            begin = read_to - timedelta(days=lookback_days)
            if begin < start_date:
                # The days between are not read again, so that a start date that moves back must read from there.
                begin, progress = start_date, replace(progress, start_date=start_date)
        elif known is not None and known.read_to is not None:
            self._logger.info(
                f"Stream {self._stream_name}, {_name(partition)}: the state is of a read from {known.start_date} to "
                f"{known.read_to}, and start_date is {start_date}: it is read from there again."
            )
        windows = windows_from(begin)
        with self._lock:
            self._accounts[key] = _Account(progress, windows, self._latest)
            self._entries[key] = progress
        return windows

    @staticmethod
    def _goes_on(known: Progress, start_date: date, read_to: date) -> bool:
        """Whether what is to be read adjoins what was read. A start date that jumped over days which were never read
        must not let the state claim them."""
        return known.start_date <= start_date and start_date - timedelta(days=1) <= read_to

    def read_to(self, partition: Mapping[str, str]) -> date | None:
        """The last day up to which an account is read without a gap."""
        with self._lock:
            return self._accounts[key_of(partition)].progress.read_to

    def stop(self, partition: Mapping[str, str]) -> bool:
        """Read no further window of an account; True for the first caller."""
        with self._lock:
            account = self._accounts[key_of(partition)]
            first = not account.is_stopped
            account.is_stopped = True
            return first

    def is_stopped(self, partition: Mapping[str, str]) -> bool:
        with self._lock:
            return self._accounts[key_of(partition)].is_stopped

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {"states": [entry.as_state() for _, entry in sorted(self._entries.items())]}

    def observe(self, record: Record) -> None:
        """A record moves nothing: a window counts when it is closed."""

    def close_partition(self, partition: Partition) -> None:
        window: WindowPartition = partition  # type: ignore[assignment]  # this stream makes no other kind
        if window.is_skipped:
            return
        with self._lock:
            key = key_of(window.account.partition)
            account = self._accounts[key]
            if moved := account.close(window.window):
                self._entries[key] = account.progress
                self._unprinted[key] += moved
                if self._is_due(key):
                    self._print()

    def ensure_at_least_one_state_emitted(self) -> None:
        with self._lock:
            self._print()

    def should_be_synced(self, record: Record) -> bool:
        return True

    def _is_due(self, key: AccountKey) -> bool:
        """Whether the pause is over, or the account would soon have to wait for a state."""
        pause = SECONDS_BETWEEN_STATES_PER_ACCOUNT * (len(self._entries) - 1)
        return self._clock.monotonic() - self._printed_at >= pause or self._unprinted[key] >= max(1, self._workers // 2)

    def _print(self) -> None:
        self._states.update_state_for_stream(self._stream_name, None, self.state)
        self._messages.emit_message(self._states.create_state_message(self._stream_name, None))
        self._printed_at = self._clock.monotonic()
        self._unprinted.clear()


def key_of(partition: Mapping[str, str]) -> AccountKey:
    """An account's place in the state, whatever its spelling: GitHub compares names without case."""
    ((kind, name),) = partition.items()
    return kind, name.lower()


def _name(partition: Mapping[str, str]) -> str:
    ((kind, name),) = partition.items()
    return f"{kind} {name}"
