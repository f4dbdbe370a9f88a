"""spec, check, discover and read: joins the rooms, and has no rules of its own."""

import json
import logging
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from copy import deepcopy
from queue import Queue
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStateType,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    ConnectorSpecificationSerializer,
    FailureType,
    Status,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger
from airbyte_cdk.utils import AirbyteTracedException

from source_github_copilot_billing.check import complaint_about
from source_github_copilot_billing.clock import Clock, SystemClock, today
from source_github_copilot_billing.config import parse_config, without_nulls
from source_github_copilot_billing.errors import Code, ConnectorError, final_error, invalid_configuration
from source_github_copilot_billing.form import specification
from source_github_copilot_billing.github.retry import CHECK
from source_github_copilot_billing.plain_text import PLAIN_MESSAGES
from source_github_copilot_billing.streams import STREAMS
from source_github_copilot_billing.sync.airbyte_stream import AirbyteStreamOfAccounts, declaration
from source_github_copilot_billing.sync.engine import Engine
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.stream import Context, Stream

# Messages between the threads and the output. A row of user metrics is about 10 KB in memory: the CDK's own default of
# 10,000 costs 70 MB more, and no row comes sooner.
QUEUE_SIZE = 2_000
# Accounts of streams that are read at the same time. Many more than requests at once, because an account that waits
# for GitHub's rate limit must not hold back those of other credentials.
ACCOUNTS_AT_ONCE = 64
# What the file of an option must hold.
FORMS = {
    "config": "it is one object with the fields that `spec` prints",
    "catalog": "it is an object with a list of streams, each with its sync_mode and destination_sync_mode; the "
    "output of `discover` is no such object",
    "state": "it is a list of the state messages that a read printed, the last of each stream",
}


class MessagesOfEachThread(threading.local, InMemoryMessageRepository):
    """What a thread is about to put into the queue. With one list for all of them a thread can take another one's state
    away with it, and put it into the queue behind a newer state of the same stream."""


class SourceGithubCopilotBilling(Source):
    # configure() has checked it by then, with sentences and without quoting the configuration.
    check_config_against_spec = False

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:  # noqa: ARG002  (Source's)
        """spec.yaml, parsed once for this answer and for the limits of the fields."""
        return ConnectorSpecificationSerializer.load(deepcopy(dict(specification())))

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        with given_file("config", config_path):
            return Source.read_config(config_path)

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        with given_file("catalog", catalog_path):
            return super().read_catalog(catalog_path)

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        with given_file("state", state_path):
            return super().read_state(state_path)

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002  (Source's)
        """Complain of a wrong configuration before anything else looks at it.

        Unlike the CDK's own it writes no copy to the disk: a killed sync would leave the secrets there.

        :raises ConnectorError: invalid_configuration
        """
        cleaned = without_nulls(config)
        parse_config(cleaned, today(self._clock))
        return cleaned

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        day = today(self._clock)
        logger.addFilter(PLAIN_MESSAGES)
        try:
            parsed = parse_config(config, day)
            accounts = parsed.connection.accounts(parsed.github(self._clock, logger, CHECK))
            complaint = complaint_about(accounts, day, parsed.num_workers, logger)
        except ConnectorError as error:
            complaint = str(error)
        status = Status.SUCCEEDED if complaint is None else Status.FAILED
        return AirbyteConnectionStatus(status=status, message=complaint)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:  # noqa: ARG002  (Source's)
        """The same streams for every configuration; no request is made."""
        return AirbyteCatalog(streams=[declaration(stream) for stream in STREAMS])

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """The messages of a sync.

        :raises ConnectorError: when anything could not be read, after everything that could be read was read
        """
        logger.addFilter(PLAIN_MESSAGES)
        day = today(self._clock)
        parsed = parse_config(config, day)
        queue: Queue[QueueItem] = Queue(maxsize=QUEUE_SIZE)
        states = ConnectorStateManager([*_of_streams(state or [])])
        streams = [*_configured(catalog)]
        if not streams:
            return  # the concurrent core would wait for ever for the first message
        heartbeat = Heartbeat(self._clock)
        github = parsed.github(self._clock, logger, keep_alive=heartbeat.beat)
        accounts = yield from heartbeat.heard_during(
            lambda: parsed.connection.accounts(github), lambda: _unchanged_state(states, streams[0].name)
        )
        for entry in accounts.left_out:
            logger.warning(f"Not read: {entry.error}")
        names = frozenset(stream.name for stream in streams)
        engine = Engine(
            Context(
                day,
                parsed.start_date,
                parsed.num_workers,
                self._clock,
                logger,
                parsed.products,
                names,
                parsed.user_names,
            ),
            accounts,
            parsed.lookback_window_days,
            states,
            # Through the one queue, so that a state never overtakes the records it speaks of.
            ConcurrentMessageRepository(queue, MessagesOfEachThread()),
            heartbeat,
        )
        of_accounts = [AirbyteStreamOfAccounts(stream, engine) for stream in streams]
        concurrent = ConcurrentSource.create(
            num_workers=ACCOUNTS_AT_ONCE,
            initial_number_of_partitions_to_generate=len(streams),
            logger=_without_tracebacks(logger),
            slice_logger=DebugSliceLogger(),
            message_repository=engine.messages,
            queue=queue,
        )
        failure: AirbyteTracedException | None = None
        try:
            yield from engine.printed_states.watch(concurrent.read([*of_accounts]))
        except AirbyteTracedException as error:
            # The concurrent core ends with a config_error, whatever it was: raise the real one.
            failure = final_error(engine.failures) or _bug(error)
        for stream in streams:
            stream.finish(engine.context)
        if failure is not None:
            raise failure


def _unchanged_state(states: ConnectorStateManager, stream_name: str) -> AirbyteMessage:
    """What the sync was given of a stream; an empty state where it was given nothing."""
    if not states.get_stream_state(stream_name, None):
        states.update_state_for_stream(stream_name, None, {"states": []})
    return states.create_state_message(stream_name, None)


def _of_streams(state: list[AirbyteStateMessage]) -> Iterator[AirbyteStateMessage]:
    """The messages of a state, each of one stream.

    :raises ConnectorError: invalid_configuration, when a part of the state is of no stream
    """
    for message in state:
        if message.stream is None or message.type is AirbyteStateType.GLOBAL:
            raise invalid_configuration(
                "the state has a message that is of no stream, and this connector has printed no such message: clear "
                "(reset) the connection, or read without a state."
            )
        yield message


def _configured(catalog: ConfiguredAirbyteCatalog) -> Iterator[Stream]:
    """The streams that the catalog names, in their own order.

    :raises ConnectorError: when it names one that does not exist
    """
    wanted = {configured.stream.name for configured in catalog.streams}
    known = {stream.name for stream in STREAMS}
    if not wanted <= known:
        raise invalid_configuration(
            f"the catalog names the stream {min(wanted - known)}, which does not exist: "
            f"the streams are {', '.join(sorted(known))}. Refresh the schema of the connection."
        )
    yield from (stream for stream in STREAMS if stream.name in wanted)


def _bug(error: AirbyteTracedException) -> AirbyteTracedException:
    """What is no ConnectorError is a bug in this connector, not a wrong configuration."""
    return AirbyteTracedException(
        message=error.message, internal_message=error.internal_message, failure_type=FailureType.system_error
    )


def _without_tracebacks(logger: logging.Logger) -> logging.Logger:
    """For the concurrent core, which logs each failure with its traceback: a ConnectorError's sentence says it all,
    and a network error's chain of causes quotes URLs."""

    def strip(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ConnectorError) and error.code is not Code.INTERNAL_ERROR:
            record.msg, record.args = f"{record.getMessage()}: {error}", ()
            record.exc_info = record.exc_text = None
        return True

    child = logger.getChild("concurrent")
    child.filters = [strip, PLAIN_MESSAGES]
    return child


@contextmanager
def given_file(option: str, path: str) -> Iterator[None]:
    """Around the reading of an option's file.

    :raises ConnectorError: invalid_configuration, when the file is missing, no JSON, or JSON of another form
    """
    named = f"the file given by --{option}, {path},"
    try:
        yield
        return
    except OSError as error:
        complaint = f"cannot be read: {error.strerror}."
    except UnicodeDecodeError:
        complaint = "is not text in UTF-8: save it so."
    except (ValueError, TypeError, RecursionError) as error:
        cause = error.__context__
        if not isinstance(cause, json.JSONDecodeError):
            complaint = f"is JSON, but not of a {option}: {FORMS[option]}."
        elif cause.doc.startswith("\ufeff"):
            complaint = "begins with a byte order mark: save it as UTF-8 without one."
        else:
            complaint = f"is not JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}."
    raise invalid_configuration(f"{named} {complaint}")
