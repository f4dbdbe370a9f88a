"""Incremental syncs with state, on both connections: Airbyte's standard tests do not collect them.

The states and catalogs are the files beside this one, so that those are proved too.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput, discover, read

from integration_tests.sandbox import Sandbox
from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.clock import SystemClock

HERE = Path(__file__).resolve().parent
LOOKBACK_DAYS = 7
# Few enough for one minute of requests: an organization's AI credits are asked for by user and day.
DAYS = 30
ENTERPRISE, ORGANIZATIONS = "enterprise", "organizations"
STATES = {
    ENTERPRISE: ("sample_state.json", "abnormal_state.json"),
    ORGANIZATIONS: ("sample_state_organizations.json", "abnormal_state_organizations.json"),
}


class Hurried(SystemClock):
    """Pauses between polls are cut short."""

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.01))


@dataclass(frozen=True)
class Row:
    id: str
    date: date
    account: str


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(export_polls=1) as running:
        yield running


def load(name: str) -> Any:
    return json.loads((HERE / name).read_text())


def state_of(name: str, stream: str, read_to: date | None = None) -> list[AirbyteStateMessage]:
    """The state of a file, which grows old; `read_to` renews its day."""
    text = json.dumps(load(name))
    if read_to is not None:
        text = re.sub(r'(?<="date": ")[0-9-]+', read_to.isoformat(), text)
    messages = [AirbyteStateMessageSerializer.load(message) for message in json.loads(text)]
    return [m for m in messages if m.stream and m.stream.stream_descriptor.name == stream]


def catalog_of(stream: str) -> ConfiguredAirbyteCatalog:
    return ConfiguredAirbyteCatalogSerializer.load(load(f"configured_catalog_{stream}.json"))


def days_ago(sandbox: Sandbox, days: int) -> date:
    return sandbox.bill.today - timedelta(days=days)


def config_of(sandbox: Sandbox, connection: str) -> dict[str, Any]:
    start_date = days_ago(sandbox, DAYS).isoformat()
    choices: dict[str, Any] = {"start_date": start_date, "lookback_window_days": LOOKBACK_DAYS}
    if connection == ENTERPRISE:
        return sandbox.enterprise_config(**choices)
    return sandbox.app_config(["acme-platform", "acme-data"], **choices)


def sync(
    sandbox: Sandbox, connection: str, stream: str, state: list[AirbyteStateMessage] | None = None
) -> EntrypointOutput:
    source = SourceGithubCopilotBilling(Hurried())
    output = read(source, config_of(sandbox, connection), catalog_of(stream), state)
    assert not output.errors, output.get_formatted_error_message()
    return output


def rows_of(output: EntrypointOutput) -> list[Row]:
    found = []
    for message in output.records:
        assert message.record is not None
        data = message.record.data
        account = data.get("enterprise_slug") or data["organization_name"]  # the CDK leaves out nulls
        found.append(Row(data["id"], date.fromisoformat(data["date"]), account))
    return found


def last_state(output: EntrypointOutput) -> list[AirbyteStateMessage]:
    message = output.state_messages[-1].state
    assert message is not None
    return [message]


def watermarks(state: list[AirbyteStateMessage]) -> dict[str, date]:
    """How far each account was read."""
    ((message,),) = (state,)
    assert message.stream is not None and message.stream.stream_state is not None
    entries = AirbyteStateMessageSerializer.dump(message)["stream"]["stream_state"]["states"]
    return {
        name: date.fromisoformat(entry["cursor"]["date"]) for entry in entries for name in entry["partition"].values()
    }


def first_day_read(stream: str, watermark: date) -> date:
    """One request answers a month of usage, so it is read by whole months."""
    begin = watermark - timedelta(days=LOOKBACK_DAYS)
    return begin.replace(day=1) if stream == "usage" else begin


def discovered() -> list[str]:
    """Discover makes no request."""
    config = {
        "credentials": {
            "connection_type": "enterprise_pat",
            "enterprise": "acme",
            "personal_access_token": "not-a-real-token",
        }
    }
    catalog = discover(SourceGithubCopilotBilling(), config).catalog.catalog
    assert catalog is not None
    return [stream.name for stream in catalog.streams]


STREAMS = discovered()
every_stream = pytest.mark.parametrize("stream", STREAMS)
both_connections = pytest.mark.parametrize("connection", [ENTERPRISE, ORGANIZATIONS])


@every_stream
@both_connections
def test_a_second_sync_reads_the_lookback_only(sandbox: Sandbox, connection: str, stream: str) -> None:
    first = sync(sandbox, connection, stream)
    second = sync(sandbox, connection, stream, last_state(first))

    marks = watermarks(last_state(first))
    assert set(marks.values()) == {days_ago(sandbox, 1)}
    begin = max(first_day_read(stream, days_ago(sandbox, 1)), days_ago(sandbox, DAYS))
    again, before = rows_of(second), rows_of(first)
    assert again
    assert min(row.date for row in again) >= begin
    assert sorted(row.id for row in again) == sorted(row.id for row in before if row.date >= begin)
    assert watermarks(last_state(second)) == marks


@every_stream
@both_connections
def test_a_sync_goes_on_from_a_state(sandbox: Sandbox, connection: str, stream: str) -> None:
    mark = days_ago(sandbox, 15)
    state = state_of(STATES[connection][0], stream, mark)
    output = sync(sandbox, connection, stream, state)

    marks = watermarks(state)
    rows = rows_of(output)
    assert {row.account.lower() for row in rows} == set(marks)
    begin = max(first_day_read(stream, mark), days_ago(sandbox, DAYS))
    for account in marks:
        assert min(row.date for row in rows if row.account.lower() == account) >= begin
    after = watermarks(last_state(output))
    assert set(after) == set(marks)
    assert set(after.values()) == {days_ago(sandbox, 1)}


@every_stream
@both_connections
def test_a_state_in_the_future_is_taken_as_yesterday(sandbox: Sandbox, connection: str, stream: str) -> None:
    output = sync(sandbox, connection, stream, state_of(STATES[connection][1], stream))

    yesterday = days_ago(sandbox, 1)
    rows = rows_of(output)
    assert rows
    assert min(row.date for row in rows) >= first_day_read(stream, yesterday)
    assert set(watermarks(last_state(output)).values()) == {yesterday}
    warnings = [m.log.message for m in output.logs if m.log and m.log.level.value == "WARN"]
    assert any("2999-12-31, which is not over yet" in warning for warning in warnings)


def test_a_state_of_each_stream_is_at_hand() -> None:
    for names in STATES.values():
        for name in names:
            assert {message["stream"]["stream_descriptor"]["name"] for message in load(name)} >= set(STREAMS)
