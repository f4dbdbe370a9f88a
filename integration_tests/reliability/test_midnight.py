"""A sync that runs past midnight, on the last day of a year: only what is read after it says that the day was over."""

import functools
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from integration_tests.support.connector import Row, Sync
from integration_tests.support.ways import BUDGETS, COST_CENTERS, SEATS, WAYS, Rows, Way, comparable, small_sandbox
from sandbox import Call
from testing.midnight_clock import MidnightClock
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

DAY = date(2026, 12, 31)
TOMORROW = DAY + timedelta(days=1)
SNAPSHOTS = (SEATS, COST_CENTERS, BUDGETS)  # as of the day on which the sync began


def sandbox_by(clock: MidnightClock) -> Sandbox:
    return small_sandbox(today=DAY, clock=lambda: clock.now().timestamp())


def read(way: Way, sandbox: Sandbox, clock: MidnightClock) -> Sync:
    """One request after another: their number is always the same."""
    return way.read(sandbox, clock=clock, num_workers=1)


@functools.cache
def requests_of(way: Way) -> int:
    clock = MidnightClock(DAY)
    with sandbox_by(clock) as sandbox:
        assert not read(way, sandbox, clock).errors
        return len(sandbox.requests)


def of_day(rows: Iterable[Row], accounts: set[Any]) -> Rows:
    return comparable([row for row in rows if row["date"] == str(DAY) and account(row) in accounts])


def account(row: Row) -> Any:
    return row.get("enterprise_slug") or row["organization_name"]


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 1], ids=["first", "early", "late", "last"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_sync_that_passes_midnight_is_one_of_the_day_it_began_on(way: Way, share: float) -> None:
    """Before one of its requests; then the day's amounts change for the last time."""
    clock, calls = MidnightClock(DAY), []

    def hook(call: Call) -> None:
        calls.append(call)
        if len(calls) == 1 + round(share * (requests_of(way) - 1)):
            sandbox.bill.change_recent_amounts(days=1)
            clock.pass_midnight()

    with sandbox_by(clock) as sandbox:
        sandbox.on_request(hook)
        first = read(way, sandbox, clock)
        assert not first.errors
        assert clock.now().date() == TOMORROW
        assert all(entry["cursor"]["date"] < str(DAY) for entry in first.state_of(way.stream).values())
        second = way.read(sandbox, first.state, VirtualClock(TOMORROW, hour=0))
        whole = way.read(sandbox, clock=VirtualClock(TOMORROW, hour=0))
        assert not second.errors and not whole.errors
    rows, again, after = (result.rows[way.stream] for result in (first, second, whole))
    assert comparable([row for row in rows if row["date"] < str(DAY)], again) == comparable(after)
    of_whole_days = [row for row in rows if row["read_at"] > str(TOMORROW)]
    accounts = {account(row) for row in of_whole_days if row["date"] == str(DAY)}
    if way not in SNAPSHOTS:
        assert of_day(of_whole_days, accounts) == of_day(after, accounts)
