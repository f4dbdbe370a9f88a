"""One sync, for tests of what it is made of."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository

from source_github_copilot_billing.accounts import Accounts
from source_github_copilot_billing.sync.engine import Engine
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.stream import Context
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
START = date(2026, 11, 1)
LOGGER = logging.getLogger("airbyte")


def new_engine(
    accounts: Accounts | None = None,
    states: ConnectorStateManager | None = None,
    messages: MessageRepository | None = None,
    start_date: date = START,
    streams: Iterable[str] = ("usage", "reads"),
) -> Engine:
    """A sync at noon of a virtual day, with a lookback of a week."""
    clock = VirtualClock(TODAY)
    return Engine(
        Context(TODAY, start_date, 1, clock, LOGGER, streams=frozenset(streams)),
        accounts or Accounts(()),
        7,
        states or ConnectorStateManager(),
        messages or InMemoryMessageRepository(),
        Heartbeat(clock),
    )


def state_of(stream: str, *entries: Mapping[str, Any]) -> ConnectorStateManager:
    """What a sync was given of one stream; without entries it was given nothing."""
    given = AirbyteStreamState(StreamDescriptor(name=stream), AirbyteStateBlob({"states": list(entries)}))
    return ConnectorStateManager([AirbyteStateMessage(AirbyteStateType.STREAM, given)] if entries else [])
