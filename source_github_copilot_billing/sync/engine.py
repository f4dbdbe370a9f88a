"""What all streams of one sync share: what they read, where their messages go, and what failed."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository

from source_github_copilot_billing.accounts import AccountId, Accounts
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context, NotYet

SECONDS_BETWEEN_LINES = 60.0  # of a stream's progress


class PrintedStates:
    """Which states are printed: after a kill, the next sync goes on from the last, and reads all after it again.

    So an account's next slice waits until the state of the one before is printed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._printed: Counter[str] = Counter()
        self._is_watched = False

    def watch(self, messages: Iterable[AirbyteMessage]) -> Iterator[AirbyteMessage]:
        """Pass on the messages of a sync. Whoever takes the next one has printed the one before."""
        self._is_watched = True
        try:
            for message in messages:
                yield message
                if message.state is not None and message.state.stream is not None:
                    with self._changed:
                        self._printed[message.state.stream.stream_descriptor.name] += 1
                        self._changed.notify_all()
        finally:  # nobody prints any more
            with self._changed:
                self._is_watched = False
                self._changed.notify_all()

    def wait(self, stream_name: str, number: int) -> None:
        """Return when so many states of a stream are printed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_watched or self._printed[stream_name] >= number)


class Progress:
    """Logs how far a sync is: without it, a first sync by user can be silent for hours.

    At most one line a minute for each stream; shorter streams log no line.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logged_at: dict[str, float] = {}

    def log(self, stream: str, account: AccountId, day: date, days: Slice, context: Context) -> None:
        """How many of an account's days are done.

        :param day: up to which it was read
        """
        now = context.clock.monotonic()
        with self._lock:
            if now - self._logged_at.setdefault(stream, now) < SECONDS_BETWEEN_LINES:
                return
            self._logged_at[stream] = now
        done, total = len(Slice(days.first, min(day, days.last)).days), len(days.days)
        context.logger.info(f"Stream {stream}, {account}: {done} of {total} days are done.")


@dataclass(frozen=True)
class Engine:
    """One sync.

    :param lookback_days: how many days before its cursor an account is read again
    :param states: the states that the sync was given
    :param messages: where records and states are emitted
    :param failures: every error of the sync, in the order of time
    """

    context: Context
    accounts: Accounts
    lookback_days: int
    states: ConnectorStateManager
    messages: MessageRepository
    heartbeat: Heartbeat
    failures: list[ConnectorError] = field(default_factory=list)
    printed_states: PrintedStates = field(default_factory=PrintedStates)
    progress: Progress = field(default_factory=Progress)
    _ended: set[str] = field(default_factory=set)
    _has_ended: threading.Condition = field(default_factory=threading.Condition)

    def fail(self, error: ConnectorError, where: str) -> None:
        """Count a failure, and log those beside it. Whoever raises the error logs the error itself.

        :param where: the stream and what of it, as log messages name it
        """
        self.failures.append(error.without_frames())
        others, error.beside = error.beside, ()  # a kept error reaches several streams: log these once
        for other in others:
            self.failures.append(other)
            self.context.logger.warning(f"{where}: at the same time failed: {other}")

    def end(self, stream: str) -> None:
        """A stream has emitted all its messages."""
        with self._has_ended:
            self._ended.add(stream)
            self._has_ended.notify_all()

    def wait_for_streams(self) -> None:
        """Return when all streams but the waiting one have ended."""
        with self._has_ended:
            self._has_ended.wait_for(lambda: len(self._ended) >= len(self.context.streams) - 1)

    @contextmanager
    def reporting_bugs(self, where: str) -> Iterator[None]:
        """Turn an unexpected exception, which is a bug, into a ConnectorError that keeps its traceback.

        :raises ConnectorError: internal_error, in place of any exception of this code or of a library
        """
        try:
            yield
        except (ConnectorError, NotYet, GeneratorExit):
            raise
        except BaseException as error:  # as a library in Rust panics: its thread would end, and the sync wait for it
            raise ConnectorError(
                Code.INTERNAL_ERROR,
                f"{where}: {type(error).__name__}, a bug of this connector. Please report it with the traceback in "
                "the log. The next sync reads this part again.",
            ) from (error if self.context.names.are_plain else _without_its_text(error))


def _without_its_text(error: BaseException) -> Exception:
    """A bug whose traceback says where it happened, and quotes no value: the value can be a name."""
    return Exception(f"{type(error).__name__}, whose text can hold a name").with_traceback(error.__traceback__)
