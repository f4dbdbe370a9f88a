"""A stream's state in one sync, and the states that it has emitted."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from airbyte_cdk.models import AirbyteStateMessageSerializer
from airbyte_cdk.sources.message import InMemoryMessageRepository

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.sync.state import StreamState
from testing.engine import LOGGER, START, TODAY, new_engine, state_of

YESTERDAY = date(2026, 11, 21)
__all__ = ["ACME", "BETA", "LOGGER", "START", "TODAY", "YESTERDAY", "Ledger", "entry"]

ACME = AccountId("organization", "acme")
BETA = AccountId("organization", "beta")


class Ledger:
    """
    :param entries: of the state that the sync was given
    """

    def __init__(self, *entries: Mapping[str, Any], streams: Iterable[str] = ("usage", "reads")) -> None:
        self.messages = InMemoryMessageRepository()
        self.engine = new_engine(states=state_of("usage", *entries), messages=self.messages, streams=streams)
        self.clock = self.engine.context.clock
        self.heartbeat = self.engine.heartbeat
        self.state = StreamState("usage", self.engine)

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
    return {"partition": {"organization": name}, **cursor, "start_date": start, "rows": 2, **more}
