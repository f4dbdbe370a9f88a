"""spec, check, discover and read: joins the rooms, holds no logic of its own."""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

import jsonschema
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStateType,
    ConfiguredAirbyteCatalog,
    FailureType,
    Status,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository, NoopMessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger
from airbyte_cdk.utils import AirbyteTracedException

from source_github_copilot_billing.accounts import IMPATIENT, Account, Accounts, find_accounts, items_of
from source_github_copilot_billing.clock import Clock, SystemClock, today, yesterday
from source_github_copilot_billing.config import PER_USER_REQUESTS, REPORT_EXPORT, Config, complain, parse
from source_github_copilot_billing.github.errors import Code, ConnectorError
from source_github_copilot_billing.given_files import given_file
from source_github_copilot_billing.streams.ai_credit_usage.stream import AiCreditUsageReader
from source_github_copilot_billing.streams.billing_stream import BillingReader, Sync, billing_stream
from source_github_copilot_billing.streams.schedule import Schedule
from source_github_copilot_billing.streams.usage import UsageReader
from source_github_copilot_billing.streams.watermark import parse_state

QUEUE_SIZE = 10_000  # messages between the workers and the output, the CDK's own default


class MessagesOfEachThread(threading.local, InMemoryMessageRepository):
    """What a worker is about to put into the queue. With one list for all of them a worker can take another one's state
    away with it, and put it into the queue behind a newer state of the same stream."""


class SourceGithubCopilotBilling(Source):
    # configure() has checked it by then, with sentences and without quoting the configuration.
    check_config_against_spec = False

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

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

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Refuse a wrong configuration before anything else looks at it.

        Unlike the CDK's own it writes no copy to the disk: a killed sync would leave the secrets there.

        :raises ConnectorError: invalid_configuration
        """
        cleaned = without_nulls(config)
        parse(cleaned, today(self._clock))
        schema = self.spec(logging.getLogger("airbyte")).connectionSpecification
        for error in jsonschema.Draft7Validator(schema).iter_errors(cleaned):
            # Only the path: the validator's message quotes the value, which can be a secret.
            raise complain(f"{'.'.join(map(str, error.absolute_path)) or 'the configuration'} does not fit the form.")
        return cleaned

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Ask each account the cheapest request that proves access to its billing: one day of usage."""
        try:
            parsed = parse(config, today(self._clock))
            accounts = find_accounts(parsed, self._clock, logger, IMPATIENT)
            complaint = self._check_accounts(parsed, accounts, logger)
        except ConnectorError as error:
            complaint = str(error)
        if complaint is not None:
            return AirbyteConnectionStatus(status=Status.FAILED, message=complaint)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """The same streams for every configuration; no request is made."""
        nothing = self._sync(Accounts(()), None, logger, NoopMessageRepository(), [])
        readers = _readers(nothing, REPORT_EXPORT)
        schedule = _schedule(readers, nothing)
        streams = [billing_stream(reader, schedule, nothing) for reader in readers]
        return AirbyteCatalog(streams=[stream.as_airbyte_stream() for stream in streams])

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """:raises ConnectorError: after everything that could be read was read, when anything could not"""
        parsed = parse(config, today(self._clock))
        queue: Queue[QueueItem] = Queue(maxsize=QUEUE_SIZE)
        # Through the one queue, so that a state never overtakes the records it speaks of.
        messages = ConcurrentMessageRepository(queue, MessagesOfEachThread())
        accounts = find_accounts(parsed, self._clock, logger)
        accounts.require_some()
        for refusal in accounts.left_out:
            logger.warning(f"Not read: {refusal.error}")
        sync = self._sync(accounts, parsed, logger, messages, [*_of_streams(state or [])])
        method = getattr(parsed.credentials, "ai_credit_method", PER_USER_REQUESTS)
        readers = [*_configured(_readers(sync, method), catalog)]
        if not readers:
            return  # the concurrent core would wait for ever for the first message of none
        schedule = _schedule(readers, sync)
        streams = [billing_stream(reader, schedule, sync) for reader in readers]
        concurrent = ConcurrentSource.create(
            # One thread a stream waits for its next window to begin; the schedule keeps the others to num_workers.
            num_workers=parsed.num_workers + len(streams),
            initial_number_of_partitions_to_generate=len(streams),
            logger=_without_tracebacks(logger),
            slice_logger=DebugSliceLogger(),
            message_repository=messages,
            queue=queue,
        )
        try:
            yield from _acknowledged(schedule, concurrent.read([*streams]))
        except AirbyteTracedException as error:
            # The concurrent core ends with a config_error, whatever it was: tell the real one.
            raise _verdict(sync.failures) or _bug(error) from None

    def _sync(
        self,
        accounts: Accounts,
        config: Config | None,
        logger: logging.Logger,
        messages: MessageRepository,
        state: list[AirbyteStateMessage],
    ) -> Sync:
        return Sync(
            accounts=accounts,
            start_date=config.start_date if config else today(self._clock),
            lookback_window_days=config.lookback_window_days if config else 0,
            num_workers=config.num_workers if config else 1,
            clock=self._clock,
            logger=logger,
            messages=messages,
            states=ConnectorStateManager(state),
            failures=[],
        )

    def _check_accounts(self, config: Config, accounts: Accounts, logger: logging.Logger) -> str | None:
        """The complaint, or None. Accounts that were named must all work; of those found, one must."""
        accounts.require_some()
        if accounts.refused:
            return str(accounts.refused[0].error)
        with ThreadPoolExecutor(max_workers=config.num_workers) as pool:
            complaints = [error for error in pool.map(self._prove_access, accounts.found) if error is not None]
        all_must_work = getattr(config.credentials, "organizations", ("the enterprise",))
        if complaints and (all_must_work or len(complaints) == len(accounts.found)):
            return str(complaints[0])
        for error in (*(refusal.error for refusal in accounts.left_out), *complaints):
            logger.warning(f"Will not be read: {error}")
        return None

    def _prove_access(self, account: Account) -> ConnectorError | None:
        day = today(self._clock)
        try:
            query = {"year": day.year, "month": day.month, "day": day.day}
            items_of(account.github, account.github.get(f"{account.billing_path}/usage", query), "usageItems")
        except ConnectorError as error:
            return error
        return None


def _of_streams(state: list[AirbyteStateMessage]) -> Iterator[AirbyteStateMessage]:
    """:raises ConnectorError: invalid_configuration, when a part of the state is of no stream"""
    for message in state:
        if message.stream is None or message.type is AirbyteStateType.GLOBAL:
            raise complain(
                "the state has a message that is of no stream, and this connector has printed none such: clear (reset) "
                "the connection, or read without a state."
            )
        yield message


def _readers(sync: Sync, ai_credit_method: str) -> list[BillingReader]:
    return [UsageReader(), AiCreditUsageReader(ai_credit_method, sync.clock, sync.logger)]


def _configured(readers: list[BillingReader], catalog: ConfiguredAirbyteCatalog) -> Iterator[BillingReader]:
    """Those of the streams that the catalog asks for, in their own order.

    :raises ConnectorError: when it asks for one that does not exist
    """
    wanted = {configured.stream.name for configured in catalog.streams}
    known = {reader.name for reader in readers}
    if not wanted <= known:
        raise complain(
            f"the catalog asks for the stream {min(wanted - known)}, which does not exist: "
            f"the streams are {' and '.join(sorted(known))}. Refresh the schema of the connection."
        )
    yield from (reader for reader in readers if reader.name in wanted)


def _schedule(readers: list[BillingReader], sync: Sync) -> Schedule:
    return Schedule(sync.num_workers, yesterday(sync.clock), [reader.name for reader in readers])


def _acknowledged(schedule: Schedule, messages: Iterable[AirbyteMessage]) -> Iterator[AirbyteMessage]:
    """Tell the schedule which states are printed: who asks for the next message has printed this one, so that it
    survives a kill from now on."""
    try:
        for message in messages:
            yield message
            if message.state and message.state.stream:
                name = message.state.stream.stream_descriptor.name
                schedule.printed(name, parse_state(name, vars(message.state.stream.stream_state)))
    finally:
        schedule.end()


def _verdict(failures: list[ConnectorError]) -> ConnectorError | None:
    """The error to end with: the first that a person must mend, else that a developer must, else that passes; and how
    many more there were."""
    if not failures:
        return None
    order = (FailureType.config_error, FailureType.system_error, FailureType.transient_error)
    worst = min(failures, key=lambda error: order.index(error.failure_type))
    if len(failures) == 1:
        return worst
    return ConnectorError(
        worst.code,
        f"{worst.internal_message} ({len(failures) - 1} further failure(s) are in the log. What was read is kept; "
        "what failed is read again by the next sync.)",
    )


def _bug(error: AirbyteTracedException) -> AirbyteTracedException:
    """What is no ConnectorError is a mistake of this connector: nobody's configuration."""
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
    child.filters = [strip]
    return child


def without_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """A form sends null for a field that was left empty: it is the same as no field."""
    return {
        name: without_nulls(value) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if value is not None
    }
