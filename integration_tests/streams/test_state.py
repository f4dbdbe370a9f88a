"""Incremental syncs with state, of an enterprise and of organizations: Airbyte's standard tests do not collect them.

The states are the files in integration_tests, so that those are proved too.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer

from integration_tests.support import connector
from integration_tests.support.connector import STREAMS, Row, Sync
from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.endpoints.period import watched_months
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

FILES = Path(__file__).resolve().parent.parent
LOOKBACK_DAYS, DAYS = 7, 30
OF_ENTERPRISE = ("sample_state.json", "abnormal_state.json")
OF_ORGANIZATIONS = ("sample_state_organizations.json", "abnormal_state_organizations.json")
FILES_OF = {"enterprise": OF_ENTERPRISE, "organizations": OF_ORGANIZATIONS}
OF_ENTERPRISES_ONLY = ("cost_centers", "budget_users", "detailed_usage")
METRICS = ("metrics", "metrics_breakdown", "user_metrics", "user_teams", "repository_metrics")

both = pytest.mark.parametrize("accounts", FILES_OF)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(export_polls=1) as running:
        yield running


def days_ago(sandbox: Sandbox, days: int) -> date:
    return sandbox.bill.today - timedelta(days=days)


def streams_of(accounts: str) -> list[str]:
    """Those with something to read: premium requests are older than the days that are read here."""
    names = [name for name in STREAMS if name != "premium_request_usage"]
    return names if accounts == "enterprise" else [name for name in names if name not in OF_ENTERPRISES_ONLY]


def state_of(file: str, read_to: date | None = None) -> list[AirbyteStateMessage]:
    """The state in a file, which grows old; `read_to` renews its days."""
    text = (FILES / file).read_text()
    if read_to is not None:
        text = re.sub(r'(?<="date": ")[0-9-]+', read_to.isoformat(), text)
    return [AirbyteStateMessageSerializer.load(message) for message in json.loads(text)]


def read(sandbox: Sandbox, accounts: str, state: list[AirbyteStateMessage] | None = None) -> Sync:
    choices: dict[str, Any] = {
        "start_date": days_ago(sandbox, DAYS).isoformat(),
        "lookback_window_days": LOOKBACK_DAYS,
    }
    of_organizations = sandbox.app_config(["acme-platform", "acme-data"], **choices)
    config = sandbox.enterprise_config(**choices) if accounts == "enterprise" else of_organizations
    done = connector.sync(config, streams_of(accounts), state, VirtualClock())
    assert not done.errors
    return done


def cursors(done: Sync, stream: str) -> dict[str, date]:
    """How far each account is read."""
    return {name: date.fromisoformat(entry["cursor"]["date"]) for (_, name), entry in done.state_of(stream).items()}


def first_day(sandbox: Sandbox, stream: str, cursor: date, knows_totals: bool = False) -> date:
    """What a sync reads again. One request answers a month of money, so that is read by whole months. The totals of the
    last closed months are read each time.

    :param knows_totals: whether the state has those at the time when the line items were read
    """
    begin = max(cursor - timedelta(days=LOOKBACK_DAYS), days_ago(sandbox, DAYS))
    watched = watched_months(sandbox.bill.today)[0]
    if stream == "usage":
        return max(begin.replace(day=1) if knows_totals else watched, days_ago(sandbox, DAYS))
    if stream == "billing_summary":
        return max(watched, days_ago(sandbox, DAYS).replace(day=1))
    return begin


def last_read(sandbox: Sandbox, stream: str) -> date:
    """GitHub's metrics of the last days come later."""
    return sandbox.metrics.last_day if stream in METRICS else days_ago(sandbox, 1)


def dates(rows: Sequence[Row]) -> set[date]:
    return {date.fromisoformat(row["date"]) for row in rows}


@pytest.mark.parametrize("file", sorted({file for files in FILES_OF.values() for file in files}))
def test_a_state_file_has_every_stream(file: str) -> None:
    named = [message.stream.stream_descriptor.name for message in state_of(file) if message.stream]
    missing = OF_ENTERPRISES_ONLY if "organizations" in file else ()
    assert named == [stream for stream in STREAMS if stream not in missing]


@both
def test_a_second_sync_reads_the_lookback_only(sandbox: Sandbox, accounts: str) -> None:
    first = read(sandbox, accounts)
    second = read(sandbox, accounts, first.state)

    for stream in streams_of(accounts):
        mark = last_read(sandbox, stream)
        assert set(cursors(first, stream).values()) == {mark}, stream
        begin = first_day(sandbox, stream, mark, knows_totals=True).isoformat()
        again = sorted(row["id"] for row in second.rows[stream])
        assert again, stream
        assert again == sorted(row["id"] for row in first.rows[stream] if row["date"] >= begin), stream
        assert cursors(second, stream) == cursors(first, stream)


@both
def test_a_sync_goes_on_from_a_state(sandbox: Sandbox, accounts: str) -> None:
    mark = days_ago(sandbox, 15)
    done = read(sandbox, accounts, state_of(FILES_OF[accounts][0], mark))

    for stream in streams_of(accounts):
        read_to = cursors(done, stream)
        assert set(read_to) == ({"acme"} if accounts == "enterprise" else {"acme-platform", "acme-data"})
        assert set(read_to.values()) == {last_read(sandbox, stream)}, stream
        for account in read_to:
            rows = [
                row
                for row in done.rows[stream]
                # The CDK leaves out fields that are null.
                if (row.get("enterprise_slug") or row["organization_name"]).lower() == account
            ]
            assert min(dates(rows)) >= first_day(sandbox, stream, mark), stream
            assert max(dates(rows)) >= mark.replace(day=1), stream


@both
def test_a_state_in_the_future_is_taken_as_yesterday(sandbox: Sandbox, accounts: str) -> None:
    done = read(sandbox, accounts, state_of(FILES_OF[accounts][1]))

    yesterday = days_ago(sandbox, 1)
    for stream in streams_of(accounts):
        assert min(dates(done.rows[stream])) >= first_day(sandbox, stream, yesterday), stream
        assert set(cursors(done, stream).values()) == {yesterday}, stream
        told = [line for line in done.logs if line.startswith(f"Stream {stream}, ")]
        assert any("2999-12-31, which is not over yet" in line for line in told), stream


@both
@pytest.mark.parametrize("days", [-10, 10])
def test_a_clock_that_is_days_off_is_said_and_no_state_passes_a_day_by_it(
    sandbox: Sandbox, accounts: str, days: int
) -> None:
    """The next syncs would begin behind days that were not billed yet, and their rows be older than the receipts."""
    choices: dict[str, Any] = {"start_date": days_ago(sandbox, DAYS).isoformat()}
    config = sandbox.enterprise_config(**choices) if accounts == "enterprise" else sandbox.app_config(**choices)
    done = connector.sync(config, ["usage", "reads"], clock=VirtualClock(days_ago(sandbox, -days)))
    assert done.failure_type == "config_error"
    assert "Set this machine's clock" in done.errors[-1]
    assert not any(done.rows.values())
    assert not any("cursor" in entry for entry in done.state_of("usage").values())


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
