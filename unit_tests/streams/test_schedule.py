from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from datetime import date, timedelta

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.schedule import Plan, Schedule
from source_github_copilot_billing.streams.watermark import Progress, Window

START, TODAY = date(2026, 11, 1), date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)
DAYS = [Window(day, day) for day in (START + timedelta(days=n) for n in range(22))]
WORKERS = 3
STREAM, LATER = "usage", "ai_credit_usage"


class Client:
    """What a schedule asks of an account's client."""

    def __init__(self) -> None:
        self.waits = False

    def must_wait(self) -> bool:
        return self.waits


def account(name: str = "acme") -> Account:
    return Account("organization", name, Client())  # type: ignore[arg-type]


def hold_back(account: Account) -> None:
    account.github.waits = True  # type: ignore[attr-defined]


def let_go(account: Account) -> None:
    account.github.waits = False  # type: ignore[attr-defined]


def state(read_to: date, name: str = "acme") -> list[Progress]:
    return [Progress({"organization": name}, START, read_to)]


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    made = Schedule(WORKERS, YESTERDAY, [STREAM, LATER])
    yield made
    made.end()


def plan(schedule: Schedule, *accounts: Account, days: Sequence[Window] = DAYS, read_to: date | None = None) -> None:
    """For the first stream; the later one has nothing to read."""
    schedule.plan(STREAM, [Plan(account, days, read_to) for account in accounts])
    schedule.plan(LATER, [])


def begin(schedule: Schedule, times: int = 1, stream: str = STREAM) -> list[tuple[str, int]]:
    """By workers that read at once: whose windows, and of which day of the month."""
    begun = [schedule.next(stream) for _ in range(times)]
    return [(turn[0].name, turn[1].first.day) for turn in begun if turn is not None]


def read(schedule: Schedule, times: int, stream: str = STREAM) -> list[tuple[str, int]]:
    """The same one after another by one worker."""
    given = []
    for _ in range(times):
        turn = schedule.next(stream)
        assert turn is not None
        account, window = turn
        schedule.done(stream, account, is_read=True)
        given.append((account.name, window.first.day))
    return given


def wait_to_begin(schedule: Schedule, stream: str = STREAM) -> "Future[list[tuple[str, int]]]":
    """What has to wait for it."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(begin, schedule, 1, stream)
    pool.shutdown(wait=False)
    require_waiting(future)
    return future


def require_waiting(future: "Future[list[tuple[str, int]]]") -> None:
    with pytest.raises(TimeoutError):
        future.result(0.05)


def test_the_windows_of_an_account_begin_in_their_order(schedule: Schedule) -> None:
    plan(schedule, account())
    assert begin(schedule, WORKERS) == [("acme", 1), ("acme", 2), ("acme", 3)]


def test_of_several_accounts_the_oldest_windows_begin_first(schedule: Schedule) -> None:
    plan(schedule, account(), account("beta"), days=DAYS[:2])
    assert read(schedule, 4) == [("acme", 1), ("beta", 1), ("acme", 2), ("beta", 2)]


def test_after_the_last_window_there_is_none(schedule: Schedule) -> None:
    plan(schedule, account(), days=DAYS[:1])
    assert begin(schedule) == [("acme", 1)]
    assert schedule.next(STREAM) is None
    assert schedule.next(LATER) is None


def test_no_more_windows_are_begun_than_there_are_workers(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(STREAM, [Plan(acme, DAYS, None)])
    schedule.plan(LATER, [Plan(beta, DAYS, None)])
    assert begin(schedule, 2) == [("acme", 1), ("acme", 2)]
    assert begin(schedule, 1, LATER) == [("beta", 1)]
    next_one = wait_to_begin(schedule, LATER)
    schedule.done(LATER, beta, is_read=True)
    assert next_one.result(10) == [("beta", 2)]


def test_no_window_begins_further_ahead_than_there_are_workers_until_a_state_is_printed(schedule: Schedule) -> None:
    plan(schedule, account())
    read(schedule, WORKERS)
    fourth = wait_to_begin(schedule)
    schedule.printed(STREAM, state(START, "ACME"))
    assert fourth.result(10) == [("acme", 4)]
    schedule.done(STREAM, account(), is_read=True)
    fifth = wait_to_begin(schedule)
    schedule.printed(STREAM, state(START))  # says nothing new
    schedule.printed(LATER, state(YESTERDAY))  # is of another stream
    require_waiting(fifth)
    schedule.printed(STREAM, state(date(2026, 11, 4)))
    assert fifth.result(10) == [("acme", 5)]
    schedule.done(STREAM, account(), is_read=True)
    assert read(schedule, WORKERS - 1) == [("acme", 6), ("acme", 7)]
    wait_to_begin(schedule)


def test_the_lookback_counts_for_nothing(schedule: Schedule) -> None:
    plan(schedule, account(), read_to=date(2026, 11, 8))
    assert read(schedule, 8 + WORKERS)[-1] == ("acme", 8 + WORKERS)
    wait_to_begin(schedule)


def test_today_and_what_comes_after_it_wait_for_no_state(schedule: Schedule) -> None:
    """No state passes yesterday; when midnight passes while windows are planned, more than one begins after it."""
    after = [Window(TODAY + timedelta(days=n), TODAY + timedelta(days=n)) for n in range(1, 6)]
    plan(schedule, account(), days=[*DAYS, *after], read_to=YESTERDAY)
    assert read(schedule, len(DAYS) + len(after))[-1] == ("acme", 27)


def test_a_window_that_straddles_today_is_covered_by_yesterday(schedule: Schedule) -> None:
    plan(schedule, account(), days=[Window(START, TODAY)] * (WORKERS + 1))
    read(schedule, WORKERS)
    next_one = wait_to_begin(schedule)
    schedule.printed(STREAM, state(YESTERDAY))
    assert next_one.result(10)


def test_where_no_state_can_come_nothing_waits_for_one(schedule: Schedule) -> None:
    acme = account()
    plan(schedule, acme)
    read(schedule, WORKERS - 1)
    begin(schedule)
    fourth = wait_to_begin(schedule)
    schedule.done(STREAM, acme, is_read=False)
    assert fourth.result(10) == [("acme", 4)]
    schedule.done(STREAM, acme, is_read=True)
    assert read(schedule, len(DAYS) - WORKERS - 1)[-1] == ("acme", 22)


@pytest.mark.parametrize("is_planned", [True, False])
def test_at_the_end_nothing_further_begins(schedule: Schedule, is_planned: bool) -> None:
    if is_planned:
        plan(schedule, account())
        begin(schedule, WORKERS)
    fourth = wait_to_begin(schedule)
    schedule.end()
    assert fourth.result(10) == []


def test_an_account_that_stopped_keeps_no_share_of_the_workers(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(STREAM, [Plan(acme, DAYS, None), Plan(beta, DAYS, None)])
    schedule.plan(LATER, [Plan(acme, DAYS[:1], None)])
    hold_back(acme)
    assert begin(schedule, 2) == [("beta", 1), ("beta", 2)]
    third = wait_to_begin(schedule)
    schedule.drop(STREAM, acme)
    require_waiting(third)  # the later stream has a window of it
    schedule.drop(LATER, acme)
    assert third.result(10) == [("beta", 3)]
    assert schedule.next(LATER) is None


def test_another_account_is_read_while_one_is_far_ahead(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    plan(schedule, acme, beta)
    read(schedule, 2 * WORKERS)
    next_one = wait_to_begin(schedule)
    schedule.printed(STREAM, state(date(2026, 11, 3), "beta"))
    assert next_one.result(10) == [("beta", 4)]
    schedule.done(STREAM, beta, is_read=False)  # one that failed binds no other
    assert read(schedule, len(DAYS) - 4)[-1] == ("beta", 22)
    wait_to_begin(schedule)


def test_each_account_has_its_share_of_the_workers_over_all_streams(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(STREAM, [Plan(acme, DAYS, None)])
    schedule.plan(LATER, [Plan(acme, DAYS, None), Plan(beta, DAYS[:2], None)])
    # Of three workers two at most: the third is kept for beta, whatever acme waits for.
    assert begin(schedule, 2) == [("acme", 1), ("acme", 2)]
    assert begin(schedule, 1, LATER) == [("beta", 1)]
    schedule.done(LATER, beta, is_read=True)
    assert begin(schedule, 1, LATER) == [("beta", 2)]
    schedule.done(LATER, beta, is_read=True)
    # Nobody else has windows left.
    assert begin(schedule) == [("acme", 3)]


def test_an_earlier_stream_goes_first(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(STREAM, [Plan(acme, DAYS[:4], None), Plan(beta, DAYS[:1], None)])
    schedule.plan(LATER, [Plan(acme, DAYS, None), Plan(beta, DAYS, None)])
    later = wait_to_begin(schedule, LATER)
    assert begin(schedule, 3) == [("acme", 1), ("beta", 1), ("acme", 2)]
    schedule.done(STREAM, acme, is_read=True)
    require_waiting(later)
    assert begin(schedule) == [("acme", 3)]
    schedule.done(STREAM, beta, is_read=True)
    # acme has its share.
    assert later.result(10) == [("beta", 1)]


def test_nothing_begins_before_each_stream_is_planned(schedule: Schedule) -> None:
    schedule.plan(STREAM, [Plan(account(), DAYS, None)])
    first = wait_to_begin(schedule)
    schedule.plan(LATER, [])
    assert first.result(10) == [("acme", 1)]


def test_another_account_is_read_while_one_waits_for_github(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    plan(schedule, acme, beta)
    hold_back(acme)
    assert read(schedule, WORKERS) == [("beta", 1), ("beta", 2), ("beta", 3)]
    # beta is far ahead, and goes on soon: no worker is given away to who waits.
    next_one = wait_to_begin(schedule)
    schedule.printed(STREAM, state(date(2026, 11, 3), "beta"))
    assert next_one.result(10) == [("beta", 4)]


def test_another_stream_of_others_is_read_while_an_account_waits_for_github(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(STREAM, [Plan(acme, DAYS, None)])
    schedule.plan(LATER, [Plan(acme, DAYS, None), Plan(beta, DAYS[:3], None)])
    assert begin(schedule, 2) == [("acme", 1), ("acme", 2)]
    hold_back(acme)  # while two of its windows are read
    first = wait_to_begin(schedule)
    assert read(schedule, 3, LATER) == [("beta", 1), ("beta", 2), ("beta", 3)]
    # All that is left must wait: so does the worker, with the window in its hands.
    assert first.result(10) == [("acme", 3)]


def test_a_limit_that_ends_needs_nobody_to_tell(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    plan(schedule, acme, beta)
    hold_back(acme)
    begin(schedule, 2)
    first = wait_to_begin(schedule)
    let_go(acme)
    assert first.result(10) == [("acme", 1)]


def test_what_the_state_says_of_others_is_nothing_to_it(schedule: Schedule) -> None:
    plan(schedule, account())
    read(schedule, WORKERS)
    fourth = wait_to_begin(schedule)
    schedule.printed(STREAM, [*state(YESTERDAY, "gone"), Progress({"organization": "acme"}, START), *state(START)])
    assert fourth.result(10) == [("acme", 4)]
