"""A stream's state in one sync, and the states that it has emitted."""

import json
import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

from airbyte_cdk.models import AirbyteStateMessageSerializer
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.state import StreamState, parse_state
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
START = date(2026, 11, 1)
ACME = AccountId("organization", "acme")
BETA = AccountId("organization", "beta")
LOGGER = logging.getLogger("airbyte")


class Ledger:
    """:param state: what the sync was given"""

    def __init__(self, *entries: Mapping[str, Any]) -> None:
        self.clock = VirtualClock(TODAY)
        self.heartbeat = Heartbeat(self.clock)
        self.messages = InMemoryMessageRepository()
        self.state = StreamState(
            "usage",
            parse_state("usage", {"states": list(entries)}),
            YESTERDAY,
            self.clock,
            self.messages,
            ConnectorStateManager(),
            self.heartbeat,
            LOGGER,
        )

    def emitted(self) -> list[list[dict[str, Any]]]:
        """The entries of each state that was emitted since the last call."""
        states = []
        for message in self.messages.consume_queue():
            assert message.state is not None
            states.append(json.loads(json.dumps(AirbyteStateMessageSerializer.dump(message.state))))
        assert {state["stream"]["stream_descriptor"]["name"] for state in states} <= {"usage"}
        return [state["stream"]["stream_state"]["states"] for state in states]


def entry(read_to: str | None, start: str = "2026-11-01", name: str = "acme", **more: str | int) -> dict[str, Any]:
    """An organization's entry as it stands in the state."""
    cursor = {"cursor": {"date": read_to}} if read_to else {}
    return {"partition": {"organization": name}, **cursor, "start_date": start, **more}
