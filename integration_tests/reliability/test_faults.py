"""What GitHub and the network do wrong: each fault, at the first, a middle and the last request of each way to read.

A fault that passes by itself leaves the rows of an undisturbed run. One that lasts fails its slices with the right
error, moves no state past them, and the next sync completes them.
"""

import functools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from integration_tests.support.ai_credits import days_asked
from integration_tests.support.connector import sync
from integration_tests.support.ways import (
    REPORT,
    USAGE,
    USER_REQUESTS,
    USER_REQUESTS_BY_APP,
    WAYS,
    Rows,
    Way,
    assert_cursor_is_kept,
    comparable,
)
from integration_tests.support.ways import small_sandbox as new_sandbox
from sandbox import Fault
from sandbox.never_used import NeverUsed
from source_github_copilot_billing.github import downloads, transport
from source_github_copilot_billing.github.retry import READ
from source_github_copilot_billing.streams.ai_credit_usage import stream
from testing.virtual_clock import HastyClock, VirtualClock

# At the first, a middle and the last request.
PASSING: dict[str, Sequence[Fault]] = {
    "reset": [Fault("reset")] * 3,
    "reset after it was handled": [Fault("reset_after")] * 3,
    "closed": [Fault("close")] * 3,
    "cut body": [Fault("cut_body")] * 3,
    "hang": [Fault("hang", seconds=0.5)] * 3,
    "500, 502 and 503": [Fault("status", status=status) for status in (500, 502, 503)],
    "503, 504 and 500": [Fault("status", status=status, body='{"message": "No"}') for status in (503, 504, 500)],
    "HTML": [Fault("html")] * 3,
}


LASTING = {
    "reset": (Fault("reset"), "transient_error", "unreachable: "),
    "502": (Fault("status", status=502), "transient_error", "unreachable: "),
    "HTML": (Fault("html"), "transient_error", "unreachable: "),
    "other JSON": (Fault("json", json={"message": "odd"}, host="api"), "system_error", "unexpected_answer: "),
    "401": (Fault("bad_credentials", host="api"), "config_error", "invalid_credentials: "),
    "403": (Fault("forbidden", host="api"), "config_error", "invalid_permissions: "),
    "404": (Fault("not_found", host="api"), "config_error", ""),
}


# One way of each kind of request suffers every kind of fault. The others are read through the same client: one fault
# for each thing that can become of a request will do. Not 404, by which GitHub also says that a day has no report of
# metrics: see streams/test_metrics_without_report.py.
IN_FULL = (USAGE, REPORT, USER_REQUESTS, USER_REQUESTS_BY_APP)
ENOUGH_FOR_OTHERS = ("reset", "cut body", "500, 502 and 503", "502", "other JSON", "401", "403")


def cases(kinds: Iterable[str]) -> list[tuple[Way, str]]:
    return [(way, kind) for way in WAYS for kind in kinds if way in IN_FULL or kind in ENOUGH_FOR_OTHERS]


def named(cases: Iterable[tuple[Way, str]]) -> list[str]:
    return [f"{kind}-{way.name}" for way, kind in cases]


LONG_TIMEOUT = (10.0, 60.0)
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)


@functools.cache
def undisturbed(way: Way) -> tuple[Rows, int]:
    """The rows, and how many requests they cost when one is sent after another and has all its time."""
    with new_sandbox() as sandbox, patch.object(transport, "TIMEOUT_SECONDS", LONG_TIMEOUT):
        result = way.read(sandbox, num_workers=1)
        assert not result.errors
        return comparable(result.rows[way.stream]), len(sandbox.requests)


def test_a_request_has_60_seconds_and_5_retries() -> None:
    assert transport.TIMEOUT_SECONDS == LONG_TIMEOUT
    assert READ.retries == 5


def is_passed(way: Way, fault: Fault) -> bool:
    """Whether a request suffered the fault and was tried again, which leaves the rows of an undisturbed run."""
    try:
        with new_sandbox() as sandbox:
            sandbox.inject(fault)
            result = way.read(sandbox, num_workers=1)
            assert not result.errors, f"request {fault.nth}: {result.errors[0]}"
            assert comparable(result.rows[way.stream]) == undisturbed(way)[0], f"request {fault.nth}"
    except NeverUsed:  # the order of the requests can save a request or two
        return False
    if sandbox.requests[fault.nth - 1].status == 204:  # it has no body to cut
        return False
    assert len(sandbox.requests) > fault.nth, f"request {fault.nth} was not tried again"
    return True


@pytest.mark.parametrize(("way", "kind"), cases(PASSING), ids=named(cases(PASSING)))
def test_a_fault_that_passes_leaves_the_rows_of_an_undisturbed_run(way: Way, kind: str, short_timeout: None) -> None:
    requests = undisturbed(way)[1]
    for fault, place in zip(PASSING[kind], (1, requests // 2 + 1, requests), strict=True):
        assert any(is_passed(way, replace(fault, nth=nth)) for nth in range(place, 0, -1))


@pytest.mark.parametrize(("way", "kind"), cases(LASTING), ids=named(cases(LASTING)))
def test_a_fault_that_lasts_fails_its_slices_and_the_next_sync_completes_them(way: Way, kind: str) -> None:
    rows, requests = undisturbed(way)
    fault, failure_type, beginning = LASTING[kind]
    if way is REPORT and kind in ("403", "404"):
        # Of the totals that a report is compared with these are a warning: see streams/test_report_sums.py.
        with new_sandbox() as sandbox:
            way.read(sandbox, num_workers=1)
            totals = [request for request in sandbox.requests if request.path.endswith("ai_credit/usage")]
        fault, requests = replace(fault, path="billing/(cost-centers|reports)"), requests - len(totals)
    # A report's last request goes to the storage host, which the faults of the API alone do not hit. By user the number
    # of requests differs by a few from run to run.
    last = requests - 5 if way in (USER_REQUESTS, USER_REQUESTS_BY_APP) else requests
    for place in (1, requests // 2 + 1, last if fault.host is None else min(requests, 2)):
        with new_sandbox() as sandbox:
            sandbox.inject(replace(fault, nth=place, times=None))
            first = way.read(sandbox, num_workers=3)
            assert (first.failure_type, first.errors[-1][: len(beginning)]) == (failure_type, beginning)
            assert first.statuses.get(way.stream, "INCOMPLETE") == "INCOMPLETE"
            assert_cursor_is_kept(first, way, rows)
            sandbox.clear_faults()
            second = way.read(sandbox, first.state)
            assert not second.errors
            assert comparable(first.rows[way.stream], second.rows[way.stream]) == rows


@every_way
def test_faults_everywhere_fail_no_sync_of_ten_workers(way: Way) -> None:
    """Every seventh request suffers something; no request can suffer six times in a row."""
    rows, requests = undisturbed(way)
    dice = random.Random(way.name)
    kinds = [fault for kind, faults in PASSING.items() if kind != "hang" for fault in faults]
    with new_sandbox() as sandbox:
        for place in range(dice.randint(1, min(7, requests)), requests + 1, 7):
            sandbox.inject(replace(dice.choice(kinds), nth=place))
        result = way.read(sandbox)
        assert not result.errors
        assert comparable(result.rows[way.stream]) == rows


@pytest.mark.parametrize("workers", [1, 2, 40])
def test_a_slice_that_failed_holds_back_the_state_and_no_later_row(workers: int) -> None:
    """Nor a row of the other days of its own slice."""
    with new_sandbox() as sandbox:
        first, second = (sandbox.bill.today - timedelta(days=days) for days in (30, 29))
        sandbox.inject(
            Fault("status", status=502, path=f"ai_credit.*month={second.month}&day={second.day}$", times=None)
        )
        result = USER_REQUESTS.read(sandbox, num_workers=workers, start_date=first.isoformat())
        assert (result.failure_type, len(result.errors)) == ("transient_error", 2)  # of the stream, and the exit's
        assert result.state_of(USER_REQUESTS.stream)["enterprise", "acme"]["cursor"]["date"] == first.isoformat()
        assert {day for _, day in days_asked(sandbox)} == {first + timedelta(days=days) for days in range(31)}
        (line,) = [line for line in result.logs if " failed. The next sync reads it again: " in line]
        assert line.startswith(f"Stream {USER_REQUESTS.stream}, {second} to {second + timedelta(days=6)} failed. ")
        sandbox.clear_faults()
        completed = USER_REQUESTS.read(sandbox, result.state, start_date=first.isoformat())
        given, whole = (
            {row["date"] for row in rows}
            for rows in (result.rows[USER_REQUESTS.stream], completed.rows[USER_REQUESTS.stream])
        )
        assert given == whole - {str(second)}
        assert {str(first), str(second)} <= whole


@pytest.mark.parametrize("workers", [1, 10])
def test_what_a_person_must_fix_stops_the_account_within_a_slice(workers: int) -> None:
    """Also behind a failure that passes, on an earlier day of the same slice."""
    with new_sandbox() as sandbox:
        first, second, third = (sandbox.bill.today - timedelta(days=days) for days in (30, 29, 28))
        for fault, day in ((Fault("status", status=502), second), (Fault("forbidden"), third)):
            sandbox.inject(replace(fault, path=f"ai_credit.*month={day.month}&day={day.day}$", times=None))
        result = USER_REQUESTS.read(sandbox, num_workers=workers, start_date=first.isoformat())
        assert result.failure_type == "config_error"
        assert result.errors[-1].startswith("invalid_permissions: Enterprise acme: ")
        assert len(result.errors) == 2  # of the stream, and the exit's
        asked = {day for _, day in days_asked(sandbox)}
        assert {first, second, third} <= asked
        # The first slice is a day long, the next one a week.
        assert max(asked) <= (third if workers == 1 else first + timedelta(days=7))
        assert result.state_of(USER_REQUESTS.stream)["enterprise", "acme"]["cursor"]["date"] == first.isoformat()


def test_a_mistake_of_the_connector_is_not_hidden_by_what_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mistaken:
        def __init__(self, *_: Any) -> None:
            raise ZeroDivisionError

    monkeypatch.setattr(stream, "CreditsByUser", Mistaken)
    monkeypatch.setattr(stream, "read_by_report", Mistaken)
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("status", path=r"billing/usage\\?", times=None))
        result = sync(USAGE.config(sandbox), ["usage", "ai_credit_usage"], None, VirtualClock())
    assert result.failure_type == "system_error"
    assert result.errors[-1].startswith("internal_error: stream ai_credit_usage: ZeroDivisionError, ")
    assert "further failure(s) are in the log" in result.errors[-1]


def test_a_download_that_drips_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte begins requests' own time-out again, and no 64 kB are ever there."""
    monkeypatch.setattr(downloads, "DOWNLOAD_DEADLINE_SECONDS", 0.3)
    with new_sandbox(export_polls=0) as sandbox:
        sandbox.inject(Fault("drip", host="storage", seconds=8, times=None))
        result = REPORT.read(sandbox, clock=HastyClock(sandbox.clock.seconds_ahead), num_workers=1)
        assert result.failure_type == "transient_error"
        assert "last with: an answer that did not end in its time" in result.errors[0]


def test_the_pauses_between_tries_grow_and_differ() -> None:
    pauses = []
    for _ in range(2):
        clock = VirtualClock()
        with new_sandbox() as sandbox:
            sandbox.inject(Fault("status", path="cost-centers", times=None))
            assert USAGE.read(sandbox, clock=clock, num_workers=1).errors
        pauses.append(clock.pauses)
    for number, (pause, other) in enumerate(zip(*pauses, strict=True)):
        assert 0.75 * 2**number <= pause <= 1.25 * 2**number
        assert pause != other
    assert len(pauses[0]) == 5


@pytest.mark.parametrize(
    "headers", [{"content-length": "7"}, {"content-encoding": "gzip"}], ids=["two lengths", "no gzip"]
)
def test_a_damaged_answer_is_a_fault_that_passes(headers: dict[str, str]) -> None:
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("json", json={"costCenters": []}, headers=headers, path="cost-centers", times=None))
        result = USAGE.read(sandbox, num_workers=1)
    assert (result.failure_type, "failed 6 time(s)" in result.errors[0]) == ("transient_error", True)


def test_half_a_surrogate_pair_is_tried_again_as_no_json() -> None:
    with new_sandbox() as sandbox:
        sandbox.inject(
            Fault("json", body=b'{"costCenters": [{"id": "a\xed\xa0\x80", "name": "b"}]}', path="cost-", times=None)
        )
        result = USAGE.read(sandbox, num_workers=1)
    assert "failed 6 time(s), last with: an answer that is not JSON." in result.errors[-1]


def test_certificates_that_are_not_there_are_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with new_sandbox() as sandbox:
        result = USAGE.read(sandbox, api_url=sandbox.url.replace("http://", "https://"), num_workers=1)
    assert result.failure_type == "config_error"
    assert result.errors[-1].startswith(
        "invalid_configuration: Enterprise acme: no request can be made on this machine"
    )


def test_the_last_error_is_the_one_that_a_person_must_fix() -> None:
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("status", status=502, path="/acme-data/.*ai_credit", times=None))
        sandbox.inject(Fault("forbidden", path="/Acme-Labs/.*ai_credit", times=None))
        result = USER_REQUESTS_BY_APP.read(sandbox)
    assert result.failure_type == "config_error"
    assert result.errors[-1].startswith("invalid_permissions: Organization Acme-Labs: ")
    assert any("unreachable: Organization acme-data" in error for error in result.errors)
