"""Incremental syncs with state, on both connections: Airbyte's standard tests do not collect them.

The states are the files in integration_tests, so that those are proved too.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer

from integration_tests.sandbox import Sandbox
from integration_tests.support import connector
from integration_tests.support.connector import STREAMS, Row, Sync
from source_github_copilot_billing import SourceGithubCopilotBilling
from unit_tests.virtual_clock import VirtualClock

FILES = Path(__file__).resolve().parent.parent
LOOKBACK_DAYS, DAYS = 7, 30
ENTERPRISE, ORGANIZATIONS = "enterprise", "organizations"
SAMPLES = {ENTERPRISE: "sample_state.json", ORGANIZATIONS: "sample_state_organizations.json"}
ABNORMAL = {ENTERPRISE: "abnormal_state.json", ORGANIZATIONS: "abnormal_state_organizations.json"}

every_stream = pytest.mark.parametrize("stream", STREAMS)
both_connections = pytest.mark.parametrize("connection", [ENTERPRISE, ORGANIZATIONS])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(export_polls=1) as running:
        yield running


def days_ago(sandbox: Sandbox, days: int) -> date:
    return sandbox.bill.today - timedelta(days=days)


def state_of(file: str, stream: str, read_to: date | None = None) -> list[AirbyteStateMessage]:
    """The state in a file, which grows old; `read_to` renews its day."""
    text = (FILES / file).read_text()
    if read_to is not None:
        text = re.sub(r'(?<="date": ")[0-9-]+', read_to.isoformat(), text)
    messages = [AirbyteStateMessageSerializer.load(message) for message in json.loads(text)]
    return [m for m in messages if m.stream and m.stream.stream_descriptor.name == stream]


def read(sandbox: Sandbox, connection: str, stream: str, state: list[AirbyteStateMessage] | None = None) -> Sync:
    choices: dict[str, Any] = {
        "start_date": days_ago(sandbox, DAYS).isoformat(),
        "lookback_window_days": LOOKBACK_DAYS,
    }
    if connection == ENTERPRISE:
        config = sandbox.enterprise_config(**choices)
    else:
        config = sandbox.app_config(["acme-platform", "acme-data"], **choices)
    done = connector.sync(config, [stream], state, VirtualClock())
    assert not done.errors
    return done


def watermarks(done: Sync, stream: str) -> dict[str, date]:
    """How far each account is read."""
    return {name: date.fromisoformat(entry["cursor"]["date"]) for (_, name), entry in done.state_of(stream).items()}


def first_day(sandbox: Sandbox, stream: str, watermark: date) -> date:
    """What a sync reads again. One request answers a month of usage, so that is read by whole months."""
    begin = watermark - timedelta(days=LOOKBACK_DAYS)
    if stream == "usage":
        begin = begin.replace(day=1)
    return max(begin, days_ago(sandbox, DAYS))


def dates(rows: list[Row]) -> set[date]:
    return {date.fromisoformat(row["date"]) for row in rows}


@every_stream
@both_connections
def test_a_second_sync_reads_the_lookback_only(sandbox: Sandbox, connection: str, stream: str) -> None:
    first = read(sandbox, connection, stream)
    second = read(sandbox, connection, stream, first.state)

    yesterday = days_ago(sandbox, 1)
    assert set(watermarks(first, stream).values()) == {yesterday}
    begin = first_day(sandbox, stream, yesterday).isoformat()
    again = sorted(row["id"] for row in second.rows[stream])
    assert again
    assert again == sorted(row["id"] for row in first.rows[stream] if row["date"] >= begin)
    assert watermarks(second, stream) == watermarks(first, stream)


@every_stream
@both_connections
def test_a_sync_goes_on_from_a_state(sandbox: Sandbox, connection: str, stream: str) -> None:
    mark = days_ago(sandbox, 15)
    done = read(sandbox, connection, stream, state_of(SAMPLES[connection], stream, mark))

    accounts = watermarks(done, stream)
    assert set(accounts) == ({"acme"} if connection == ENTERPRISE else {"acme-platform", "acme-data"})
    assert set(accounts.values()) == {days_ago(sandbox, 1)}
    for account in accounts:
        rows = [
            row
            for row in done.rows[stream]
            # The CDK leaves out fields that are null.
            if (row.get("enterprise_slug") or row["organization_name"]).lower() == account
        ]
        assert min(dates(rows)) >= first_day(sandbox, stream, mark)
        assert max(dates(rows)) > mark


@every_stream
@both_connections
def test_a_state_in_the_future_is_taken_as_yesterday(sandbox: Sandbox, connection: str, stream: str) -> None:
    done = read(sandbox, connection, stream, state_of(ABNORMAL[connection], stream))

    yesterday = days_ago(sandbox, 1)
    assert min(dates(list(done.rows[stream]))) >= first_day(sandbox, stream, yesterday)
    assert set(watermarks(done, stream).values()) == {yesterday}
    assert any("2999-12-31, which is not over yet" in line for line in done.logs)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            '{"type": "STREAM", "stream": {"stream_descriptor": {"name": "usage"}, "stream_state": {"date": "now"}}}',
            "of stream usage cannot",
        ),
        (
            '{"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": []}}',
            "has a message that is of no stream",
        ),
        ('{"type": "GLOBAL", "stream": {"stream_descriptor": {"name": "usage"}, "stream_state": {}}}', "of no stream"),
    ],
)
def test_a_state_of_another_kind_is_a_config_error(state: str, sentence: str, sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(f"[{state}]")
    given = SourceGithubCopilotBilling.read_state(str(file))
    done = connector.sync(sandbox.enterprise_config(), ["usage"], given, VirtualClock())
    assert done.failure_type == "config_error"
    assert done.errors[-1].startswith("invalid_configuration: the state ")
    assert sentence in done.errors[-1]
    assert not done.rows["usage"]


def test_a_state_that_cannot_be_read_is_a_config_error(sandbox: Sandbox) -> None:
    text = (FILES / SAMPLES[ENTERPRISE]).read_text().replace('"start_date": "', '"start_date": "soon, ')
    state = [AirbyteStateMessageSerializer.load(message) for message in json.loads(text)]
    done = connector.sync(sandbox.enterprise_config(), ["usage"], state, VirtualClock())
    assert done.failure_type == "config_error"
    assert done.errors[-1].startswith("invalid_configuration: the state of stream usage cannot be read: clear (reset)")
