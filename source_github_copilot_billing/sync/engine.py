"""What all streams of one sync share: what they read, where their messages go, and what failed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository

from source_github_copilot_billing.accounts import Accounts
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.printed_states import PrintedStates
from source_github_copilot_billing.sync.progress import Progress
from source_github_copilot_billing.sync.stream import Context, NotYet


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
        """Count a failure, and log those that happened beside it: the error itself is logged by who raises it.

        :param where: the stream and what of it, as log messages name it
        """
        self.failures.append(error.without_frames())
        others, error.beside = error.beside, ()  # an error that is kept for several streams has them once
        for other in others:
            self.failures.append(other)
            self.context.logger.warning(f"{where}: at the same time failed: {other}")

    def end(self, stream: str) -> None:
        """A stream has emitted all its messages."""
        with self._has_ended:
            self._ended.add(stream)
            self._has_ended.notify_all()

    def wait_for_streams(self) -> None:
        """Return when all streams but one have ended: the one that waits."""
        with self._has_ended:
            self._has_ended.wait_for(lambda: len(self._ended) >= len(self.context.streams) - 1)

    @contextmanager
    def reporting_bugs(self, where: str) -> Iterator[None]:
        """Turn an unexpected exception, which is a bug of this connector, into a ConnectorError that keeps its
        traceback.

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
            ) from (error if self.context.names.are_plain else _without_its_text(error))


def _without_its_text(error: Exception) -> Exception:
    """A bug whose traceback says where it happened, and quotes no value: the value can be a name."""
    return Exception(f"{type(error).__name__}, whose text can hold a name").with_traceback(error.__traceback__)
