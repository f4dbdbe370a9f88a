"""What can go wrong with a report export: an answer that is lost, somebody else's export, no file, a dead link."""

import errno
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from integration_tests.support.ai_credits import assert_credits
from integration_tests.support.connector import Sync
from integration_tests.support.ways import REPORT, Rows, assert_cursor_is_kept, comparable
from integration_tests.support.ways import small_sandbox as new_sandbox
from sandbox import Call, Fault, export_routes
from source_github_copilot_billing.endpoints.report_exports import GIVE_UP_SECONDS, REPORT_DAYS
from source_github_copilot_billing.streams.ai_credit_usage import by_report, report_rows
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import rows_of as rows_of_files
from source_github_copilot_billing.sync.slice import slices_of_months_or_days
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock

pytestmark = pytest.mark.usefixtures("short_timeout")

SINCE = TODAY - timedelta(days=REPORT.days)
FIRST, *OTHERS = slices_of_months_or_days(SINCE, TODAY, REPORT_DAYS)
SLICES = 1 + len(OTHERS)
POST = "POST"


def exports(sandbox: Sandbox) -> list[dict[str, Any]]:
    """All that were ever made there."""
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    url = f"{sandbox.url}/enterprises/acme/settings/billing/reports"
    found: list[dict[str, Any]] = requests.get(url, headers=headers, timeout=5).json()["usage_report_exports"]
    return found


@pytest.fixture(scope="module")
def undisturbed() -> Rows:
    with new_sandbox() as sandbox:
        return comparable(REPORT.read(sandbox).rows[REPORT.stream])


def rows_of(result: Sync) -> Rows:
    assert not result.errors, result.errors[-1]
    return comparable(result.rows[REPORT.stream])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", method=POST),
        Fault("reset_after", method=POST),
        Fault("close", method=POST),
        Fault("cut_body", method=POST),
        Fault("hang", method=POST, seconds=0.5),
        Fault("status", method=POST, status=502),
        Fault("html", method=POST),
        Fault("reset_after", method=POST, times=3),
    ],
    ids=lambda fault: f"{fault.kind} {fault.times}",
)
def test_an_order_whose_answer_is_lost_is_made_once(fault: Fault, undisturbed: Rows) -> None:
    """Whether it arrived (then it is found and used) or not (then it is ordered again)."""
    with new_sandbox() as sandbox:
        sandbox.inject(fault)
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert len(exports(sandbox)) == SLICES
        orders = [request for request in sandbox.requests if request.method == POST]
        assert (len(orders) == SLICES) == (fault.kind in ("reset_after", "close", "cut_body", "hang"))


def test_a_lost_order_is_found_where_github_tells_no_time(undisturbed: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    described = export_routes._described

    def without_time(world: Any, export: Any) -> dict[str, Any]:
        return {name: value for name, value in described(world, export).items() if name != "created_at"}

    monkeypatch.setattr(export_routes, "_described", without_time)
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("reset_after", method=POST))
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert len(exports(sandbox)) == SLICES


def test_an_order_that_arrives_late_is_not_made_twice(undisturbed: Rows) -> None:
    """Its answer is lost, the list does not have it yet, and the next order is refused because of it."""
    second = threading.Event()
    posts: list[Call] = []

    def hook(call: Call) -> None:
        if call.method == POST:
            posts.append(call)
            if len(posts) == 1:
                second.wait(20)
            elif len(posts) == 2:
                second.set()
                time.sleep(0.2)

    with new_sandbox() as sandbox:
        sandbox.on_request(hook)
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert [request.status for request in sandbox.requests if request.method == POST].count(409) >= 1
        assert len(exports(sandbox)) == SLICES


def test_a_running_report_of_a_killed_sync_is_waited_for_and_used(undisturbed: Rows) -> None:
    with new_sandbox() as sandbox:
        sandbox.start_own_export("ai_credit", FIRST.first, FIRST.last, age_seconds=1800)
        result = REPORT.read(sandbox)
        assert rows_of(result) == undisturbed
        assert len(exports(sandbox)) == SLICES
        (found,) = [line for line in result.logs if "GitHub is already making this report, ordered at " in line]
        ordered_at = sandbox.clock.now() - timedelta(seconds=1800)
        assert f"{ordered_at:%H:%M}" in found or f"{ordered_at - timedelta(minutes=1):%H:%M}" in found


def test_a_running_report_that_was_ordered_before_its_last_day_was_over_is_not_used() -> None:
    """Its rows lack the rest of that day, and would be taken as the whole of it."""
    today, first, last = date(2027, 1, 1), date(2026, 12, 1), date(2026, 12, 31)
    with new_sandbox(today=today, hour=0) as sandbox:
        sandbox.start_own_export("ai_credit", first, last, age_seconds=1800)
        sandbox.bill.change_recent_amounts()
        result = REPORT.read(sandbox, clock=VirtualClock(today, hour=0), start_date=str(first))
        assert not result.errors
        assert_credits(result.rows[REPORT.stream], sandbox.bill.ai_credit_sums(("day",)), ("day",), str(first))
        assert len(exports(sandbox)) == 1 + 2


@pytest.mark.parametrize(
    ("polls", "age_seconds"),
    [(0, 0), (0, 1800), (0, 3700), (2, 3700)],
    ids=["completed just now", "completed", "completed, links ended", "running for more than an hour"],
)
def test_a_report_that_was_completed_or_stuck_before_the_sync_is_not_used(
    polls: int, age_seconds: int, undisturbed: Rows
) -> None:
    """The figures of a completed one are of then."""
    with new_sandbox() as sandbox:
        found = sandbox.start_own_export("ai_credit", FIRST.first, FIRST.last, polls=polls, age_seconds=age_seconds)
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert len(exports(sandbox)) == SLICES + 1
        assert not [request for request in sandbox.requests if request.host == "storage" and found in request.path]


@pytest.mark.parametrize("days", [(-1, 0), (0, -1), (0, 1)], ids=["begins earlier", "ends earlier", "ends later"])
def test_a_running_report_of_other_days_is_not_used(days: tuple[int, int], undisturbed: Rows) -> None:
    with new_sandbox() as sandbox:
        earlier, later = (timedelta(days=offset) for offset in days)
        sandbox.start_own_export("ai_credit", FIRST.first + earlier, FIRST.last + later)
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert len(exports(sandbox)) == SLICES + 1


def test_somebody_else_s_export_is_waited_for(undisturbed: Rows) -> None:
    with new_sandbox() as sandbox:
        sandbox.start_foreign_export("detailed", sandbox.bill.today, sandbox.bill.today, polls=9)
        clock = VirtualClock()
        result = REPORT.read(sandbox, clock=clock)
        assert rows_of(result) == undisturbed
        assert len(exports(sandbox)) == SLICES + 1
        refused = [request for request in sandbox.requests if request.status == 409]
        assert len(refused) == 1  # it looks at the list in the meantime, and orders no more
        assert any("another report export: waited 1 minute(s)" in line for line in result.logs)


def test_somebody_else_s_export_that_never_ends_is_given_up(undisturbed: Rows) -> None:
    with new_sandbox() as sandbox:
        sandbox.start_foreign_export("detailed", sandbox.bill.today, sandbox.bill.today, polls=100_000)
        clock = VirtualClock()
        result = REPORT.read(sandbox, clock=clock, num_workers=1)
        assert result.failure_type == "transient_error"
        assert result.errors[-1].startswith("export_failed: Enterprise acme: another report export is not ready after")
        assert sum(clock.pauses) < GIVE_UP_SECONDS + 60  # no further slice waits for it


def test_an_own_export_that_never_ends_is_given_up_once() -> None:
    with new_sandbox() as sandbox:
        sandbox.start_own_export("ai_credit", FIRST.first, FIRST.last, polls=100_000)
        clock = VirtualClock()
        result = REPORT.read(sandbox, clock=clock, num_workers=1)
        assert result.failure_type == "transient_error"
        assert result.errors[-1].startswith("export_failed: Enterprise acme: the AI credit report of ")
        assert "is not ready after 60 minutes" in result.errors[-1]
        assert sum(clock.pauses) < GIVE_UP_SECONDS + 60


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("export_failed", "GitHub failed to make it"),
        ("export_without_urls", "it is empty, but GitHub billed AI credits in that time"),
        ("export_urls_missing", "it is empty, but GitHub billed AI credits in that time"),
        ("export_file_missing", "US dollars gross, and GitHub's own total is "),
    ],
)
def test_a_report_that_came_to_nothing_fails_its_slice_only(kind: str, sentence: str, undisturbed: Rows) -> None:
    """One that is made, and whose sum is not GitHub's, is ordered once more first."""
    with new_sandbox(export_files=2) as sandbox:
        sandbox.inject(Fault(kind, nth=2, times=1 if kind == "export_failed" else 2))
        first = REPORT.read(sandbox, num_workers=1)
        assert first.failure_type == "transient_error"
        assert first.errors[-1].startswith("export_failed: Enterprise acme: the AI credit report of ")
        assert sentence in first.errors[-1]
        assert len(first.errors) == 2  # of one slice, and the exit's
        assert_cursor_is_kept(first, REPORT, undisturbed)
        second = REPORT.read(sandbox, first.state)
        assert {**comparable(first.rows[REPORT.stream]), **rows_of(second)} == undisturbed


@pytest.mark.parametrize("kind", ["export_without_urls", "export_file_missing"])
def test_a_report_that_lacks_something_once_is_ordered_once_more(kind: str, undisturbed: Rows) -> None:
    with new_sandbox(export_files=2) as sandbox:
        sandbox.inject(Fault(kind, nth=2))  # the second slice has more days than one
        result = REPORT.read(sandbox)
        assert rows_of(result) == undisturbed
        assert len([request for request in sandbox.requests if request.method == POST]) == SLICES + 1
        assert len([text for text in result.logs if text.endswith(" It is ordered once more.")]) == 1


def test_a_running_report_that_lacks_a_file_is_not_used_twice(undisturbed: Rows) -> None:
    """Nor is the lost answer to the second order taken for one to the first."""
    with new_sandbox(export_files=2) as sandbox:
        sandbox.start_own_export("ai_credit", OTHERS[0].first, OTHERS[0].last, outcome="file_missing")
        sandbox.inject(Fault("reset_after", method=POST, nth=2))
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert len(exports(sandbox)) == SLICES + 1


def test_a_found_report_whose_link_is_dead_is_ordered_again(undisturbed: Rows) -> None:
    with new_sandbox() as sandbox:
        found = sandbox.start_own_export("ai_credit", FIRST.first, FIRST.last)
        sandbox.inject(Fault("status", host="storage", path=found, times=None, status=403, body="<Error/>"))
        assert rows_of(REPORT.read(sandbox)) == undisturbed
        assert [request for request in sandbox.requests if request.host == "storage" and found in request.path]
        assert len(exports(sandbox)) == SLICES + 1


def test_links_that_ended_fail_the_slices(undisturbed: Rows) -> None:
    with new_sandbox(download_lifetime_seconds=0) as sandbox:
        result = REPORT.read(sandbox)
        assert result.failure_type == "transient_error"
        assert "the storage host refused the report's download link with status 403" in result.errors[-1]
        assert not result.rows[REPORT.stream]


def test_a_download_that_is_cut_off_begins_again(undisturbed: Rows) -> None:
    with new_sandbox(export_files=2) as sandbox:
        sandbox.inject(Fault("truncated_download", host="storage", nth=2, times=3))
        assert rows_of(REPORT.read(sandbox)) == undisturbed


def test_a_download_that_is_always_cut_off_gives_no_row(undisturbed: Rows) -> None:
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("truncated_download", host="storage", times=None))
        first = REPORT.read(sandbox)
        assert first.failure_type == "transient_error"
        assert "failed 6 times, last with: " in first.errors[-1]
        assert not first.rows[REPORT.stream]
        sandbox.clear_faults()
        assert rows_of(REPORT.read(sandbox, first.state)) == undisturbed


@pytest.mark.parametrize(
    ("error", "failure_type", "advice"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "transient_error", "Make room"),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory"), "config_error", "Let TMPDIR"),
        (OSError(errno.EROFS, "Read-only"), "config_error", "Let TMPDIR"),
    ],
)
def test_a_place_for_temporary_files_that_cannot_be_used_is_told_in_a_sentence(
    error: OSError, failure_type: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unusable(*_: Any, **__: Any) -> None:
        raise error

    with new_sandbox() as sandbox:
        monkeypatch.setattr(tempfile, "TemporaryFile", unusable)
        result = REPORT.read(sandbox)
        assert result.failure_type == failure_type
        assert f"cannot be kept on this machine while it is read: {error.strerror}. {advice}" in result.errors[-1]
        assert not result.rows[REPORT.stream]


def test_the_slices_of_a_large_report_are_added_up_one_at_a_time(
    undisturbed: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each opens many files: all at once would be more than a process may have."""
    opened: list[int] = []

    def counted(files: Any, *arguments: Any) -> Iterator[dict[str, Any]]:
        opened.append(1)
        assert sum(opened) == 1
        time.sleep(0.05)
        yield from rows_of_files(files, *arguments)
        opened.append(-1)

    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 100)
    monkeypatch.setattr(report_rows, "MOST_PARTS", 7)
    monkeypatch.setattr(by_report, "rows_of", counted)
    with new_sandbox() as sandbox:
        assert rows_of(REPORT.read(sandbox)) == undisturbed


def test_a_file_that_lacks_a_column_fails_loudly() -> None:
    with new_sandbox(without_columns=("net_amount",)) as sandbox:
        result = REPORT.read(sandbox)
        assert "file 1: the column net_amount is missing" in result.errors[-1]
        assert result.failure_type == "system_error"
        assert not result.rows[REPORT.stream]
