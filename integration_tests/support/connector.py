"""Runs the whole connector as Airbyte does, and gives what came out as plain values."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput
from airbyte_cdk.test.entrypoint_wrapper import read as run_read
from airbyte_cdk.test.models.outcome import ExpectedOutcome

from source_github_copilot_billing import SourceGithubCopilotBilling, connections, streams
from source_github_copilot_billing.clock import Clock

Row = Mapping[str, Any]
RECEIPTS = "reads"
STREAMS = tuple(stream.name for stream in streams.STREAMS if stream.name != RECEIPTS)
CONNECTIONS = tuple(connection.kind for connection in connections.CONNECTIONS)
MONEY = ("usage", "ai_credit_usage")  # the streams without which there is no bill


@dataclass(frozen=True)
class Sync:
    """What one `read` gave: rows by stream as they came, the last state, the errors' messages and the exit's type.

    A stream that never began has no status."""

    rows: Mapping[str, Sequence[Row]]
    state: list[AirbyteStateMessage]
    errors: Sequence[str]
    failure_type: str | None
    statuses: Mapping[str, str]
    logs: Sequence[str]
    output: EntrypointOutput

    def state_of(self, stream: str) -> dict[tuple[str, str], Mapping[str, Any]]:
        """The state's entries by account, such as ("organization", "acme-data")."""
        for message in self.state:
            described = json.loads(json.dumps(AirbyteStateMessageSerializer.dump(message)))["stream"]
            if described["stream_descriptor"]["name"] == stream:
                return {next(iter(entry["partition"].items())): entry for entry in described["stream_state"]["states"]}
        return {}


def sync(
    config: Mapping[str, Any],
    streams: Iterable[str] = STREAMS,
    state: list[AirbyteStateMessage] | None = None,
    clock: Clock | None = None,
    debug: bool = False,
) -> Sync:
    """Read incrementally, from a state or from the beginning."""
    catalog = CatalogBuilder()
    for stream in streams:
        catalog = catalog.with_stream(stream, SyncMode.incremental)
    output = run_read(
        SourceGithubCopilotBilling(clock),
        config,
        catalog.build(),
        state,
        expected_outcome=ExpectedOutcome.ALLOW_ANY,
        debug=debug,
    )
    rows: dict[str, list[Row]] = defaultdict(list)
    for message in output.records:
        assert message.record is not None
        rows[message.record.stream].append(message.record.data)
    latest: dict[str, AirbyteStateMessage] = {}
    for message in output.state_messages:
        assert message.state is not None and message.state.stream is not None
        latest[message.state.stream.stream_descriptor.name] = message.state
    errors = [message.trace.error for message in output.errors if message.trace and message.trace.error]
    return Sync(
        rows=rows,
        state=list(latest.values()),
        errors=[error.message for error in errors],
        failure_type=errors[-1].failure_type.value if errors and errors[-1].failure_type else None,
        statuses={stream: told[-1].value for stream in streams if (told := output.get_stream_statuses(stream))},
        logs=[message.log.message for message in output.logs if message.log],
        output=output,
    )


def merged(*reads: Sequence[Row]) -> dict[str, Row]:
    """What a destination holds that upserts by primary key: the last row of each id."""
    return {row["id"]: row for rows in reads for row in rows}


def exact(value: float | None) -> Decimal:
    """The decimal that was printed: adding up doubles would blur what is compared to 1e-6."""
    return Decimal(repr(value)) if value is not None else Decimal(0)
