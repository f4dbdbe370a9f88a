"""A sync that lives is heard: the longest time without a record or a state, by a simulated clock."""

from datetime import date

import pytest
from airbyte_cdk.models import AirbyteStateBlob

from integration_tests.support.connector import sync
from integration_tests.support.silence import DAYS, USERS, WINDOW, listening, read_large_enterprise
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
LONGEST_SILENCE = 600


def test_2000_users_10_days_and_5000_requests_an_hour_are_heard_every_10_minutes() -> None:
    read = read_large_enterprise()
    assert read.rows == USERS * DAYS + DAYS  # each day has a row for what no user used, of 0
    assert read.seconds > 3 * WINDOW  # it had to wait for GitHub's limit three times
    assert read.refused == 0
    # The days, the pages of seats, and one look whether metrics can say who to ask.
    assert read.requests <= USERS * DAYS + DAYS + USERS // 100 + 1
    assert read.longest_silence <= LONGEST_SILENCE


def test_an_export_that_takes_an_hour_is_heard_every_10_minutes() -> None:
    """There is no state yet: an empty one is emitted."""
    clock = VirtualClock(TODAY)
    with Sandbox(BillShape(), today=TODAY, export_polls=10_000) as sandbox, listening(clock) as heard:
        config = sandbox.enterprise_config({"ai_credit_method": "report_export"}, start_date="2026-11-01")
        result = sync(config, ["ai_credit_usage"], clock=clock)
        assert "is not ready after 60 minutes" in result.errors[0]
        assert clock.monotonic() >= 3_600
        assert heard.longest_silence <= LONGEST_SILENCE
        assert all("cursor" not in entry for entry in result.state_of("ai_credit_usage").values())


@pytest.mark.parametrize(
    ("connection", "path"), [("organization_pat", "/orgs/[^/]*$"), ("organization_github_app", "/app/installations")]
)
def test_sync_that_begins_with_the_limit_used_up_is_heard_while_it_waits(connection: str, path: str) -> None:
    """The accounts are found before there is a stream whose state could be emitted."""
    shape = BillShape(users_per_organization=1, idle_users_per_organization=0)
    with Sandbox(shape) as sandbox:
        config = sandbox.app_config() if connection == "organization_github_app" else sandbox.organization_pat_config()
        config["start_date"] = sandbox.bill.today.replace(day=1).isoformat()
        for state in (None, sync(config, ["usage"], clock=VirtualClock()).state):
            clock = VirtualClock()  # an App's JWT is checked against the real time
            sandbox.inject(Fault("primary_limit", path=path, reset_in=3_000))
            with listening(clock) as heard:
                result = sync(config, ["usage"], state, clock)
            assert not result.errors and result.rows["usage"]
            assert clock.monotonic() >= 3_000
            assert heard.longest_silence <= LONGEST_SILENCE
            told = result.output.state_messages[0].state
            assert told is not None and told.stream is not None
            if state is None:
                assert told.stream.stream_state == AirbyteStateBlob({"states": []})
            else:  # what was given is given back as it was
                assert told.stream == state[0].stream
