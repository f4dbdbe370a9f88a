"""Days without a report, in every way that GitHub has to say so: young ones are not there yet, old ones never come."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from integration_tests.support.connector import RECEIPTS, merged
from integration_tests.support.metrics import REPORTS, asked, days_ago, days_with_report, read, read_to, small_sandbox
from sandbox import Fault
from sandbox.settings import NO_REPORT
from testing.sandbox import Sandbox

NEWEST, MIDDLE, OLD = 2, 5, 9  # days ago; the sandbox's newest report is of two days ago
STREAMS = ("metrics", "user_metrics", "user_teams", "repository_metrics")


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    yield shared
    shared.settings.no_report, shared.settings.no_report_face = {}, "204"
    shared.clear_faults()
    shared.clear_requests()


@pytest.mark.parametrize(
    ("stream", "age", "face"),
    [
        *((stream, age, "404") for stream in STREAMS for age in (NEWEST, MIDDLE, OLD)),
        *(("metrics", MIDDLE, face) for face in NO_REPORT if face != "404"),
    ],
)
def test_a_day_without_a_report_loses_no_other_day_and_the_next_sync_completes_it(
    stream: str, age: int, face: str, sandbox: Sandbox
) -> None:
    day = days_ago(sandbox, age)
    sandbox.settings.no_report = {("*", day): face}
    first = read(sandbox, [stream])
    assert not first.errors
    there = {str(one) for one in days_with_report(sandbox)}
    assert {row["date"] for row in first.rows[stream]} == there - {str(day)}
    newest = days_ago(sandbox, NEWEST)
    # The state waits before a young day; a day that never comes is passed.
    assert read_to(first, stream) == (newest if age == OLD else day - timedelta(days=1))

    sandbox.settings.no_report = {}
    second = read(sandbox, [stream], first.state)
    assert not second.errors
    assert read_to(second, stream) == newest
    expected = there - {str(day)} if age == OLD else there
    assert {row["date"] for row in merged(first.rows[stream], second.rows[stream]).values()} == expected


@pytest.mark.parametrize("face", NO_REPORT)
def test_all_that_has_no_report_yet_can_be_told_in_any_way(face: str, sandbox: Sandbox) -> None:
    sandbox.settings.no_report_face = face
    result = read(sandbox, ["metrics"], start_date=days_ago(sandbox, 20).isoformat())
    assert not result.errors
    assert {row["date"] for row in result.rows["metrics"]} == {str(day) for day in days_with_report(sandbox)}
    assert read_to(result, "metrics") == days_ago(sandbox, NEWEST)
    # Only a 404 needs the proof that the account can be read at all.
    assert len(asked(sandbox, "latest")) <= (face == "404")


@pytest.mark.parametrize("stream", STREAMS)
def test_a_report_that_was_there_and_is_not_any_more_withdraws_no_row(stream: str, sandbox: Sandbox) -> None:
    first = read(sandbox, [stream])
    day = days_ago(sandbox, 3)
    sandbox.settings.no_report = {("*", day): "404"}
    second = read(sandbox, [stream, RECEIPTS], first.state)
    assert not second.errors
    # The state does not go back, and no receipt of the second sync names the day.
    assert read_to(second, stream) == days_ago(sandbox, NEWEST)
    assert second.rows[stream]
    named = {(row["first_day"], row["last_day"]) for row in second.rows[RECEIPTS]}
    assert named == {(row["date"], row["date"]) for row in second.rows[stream]}
    assert (str(day), str(day)) not in named


@pytest.mark.parametrize("stream", STREAMS)
def test_a_404_of_everything_is_an_error_and_not_a_time_without_use(stream: str, sandbox: Sandbox) -> None:
    sandbox.inject(Fault("not_found", path="/copilot/metrics/", times=None))
    result = read(sandbox, [stream])
    (error,) = result.errors[-1:]
    assert error.startswith("no_resource: Enterprise acme: GitHub answered 404")
    assert "manage_billing:copilot" in error
    assert result.failure_type == "config_error"
    assert not result.rows[stream]
    assert read_to(result, stream) is None


@pytest.mark.parametrize("stream", STREAMS)
def test_a_report_that_fails_is_an_error_and_the_other_days_are_given_out(stream: str, sandbox: Sandbox) -> None:
    day = days_ago(sandbox, 4)
    path = f"{REPORTS[stream].format(account_type='enterprise')}.*day={day}"
    sandbox.inject(Fault("status", path=path, times=None, status=503))
    first = read(sandbox, [stream])
    assert first.failure_type == "transient_error"
    there = {str(one) for one in days_with_report(sandbox)}
    assert {row["date"] for row in first.rows[stream]} == there - {str(day)}
    assert (read_to(first, stream) or day - timedelta(days=1)) < day
    sandbox.clear_faults()
    second = read(sandbox, [stream], first.state)
    assert {row["date"] for row in merged(first.rows[stream], second.rows[stream]).values()} == there
