from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from datetime import date, timedelta

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.schedule import Schedule
from source_github_copilot_billing.streams.watermark import Progress, Window

START, TODAY = date(2026, 11, 1), date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)
DAYS = [Window(day, day) for day in (START + timedelta(days=n) for n in range(22))]
WORKERS = 3


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


def state(read_to: date, name: str = "acme") -> list[Progress]:
    return [Progress({"organization": name}, START, read_to)]


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    made = Schedule(WORKERS, YESTERDAY)
    yield made
    made.let_all_go()


def take(schedule: Schedule, planned: Account, times: int = 1) -> list[tuple[str, int]]:
    """By workers that read at once: whose windows, and of which day of the month."""
    return [(taken.name, window.first.day) for taken, window in (schedule.take(planned) for _ in range(times))]


def read(schedule: Schedule, planned: Account, times: int) -> list[tuple[str, int]]:
    """The same one after another by one worker."""
    given = []
    for _ in range(times):
        account, window = schedule.take(planned)
        schedule.done(account, is_read=True)
        given.append((account.name, window.first.day))
    return given


def begin_to_take(schedule: Schedule, planned: Account) -> "Future[list[tuple[str, int]]]":
    """By a worker that has to wait for it."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(take, schedule, planned)
    pool.shutdown(wait=False)
    with pytest.raises(TimeoutError):
        future.result(0.05)
    return future


def test_the_windows_of_an_account_are_taken_in_their_order(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    assert take(schedule, acme, WORKERS) == [("acme", 1), ("acme", 2), ("acme", 3)]


def test_no_window_is_taken_further_ahead_than_the_lead_until_a_state_is_printed(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    read(schedule, acme, WORKERS)
    fourth = begin_to_take(schedule, acme)
    schedule.printed(state(START, "ACME"))
    assert fourth.result(10) == [("acme", 4)]
    fifth = begin_to_take(schedule, acme)
    schedule.printed(state(START))  # says nothing new
    with pytest.raises(TimeoutError):
        fifth.result(0.05)
    schedule.printed(state(date(2026, 11, 4)))
    assert fifth.result(10) == [("acme", 5)]
    assert read(schedule, acme, WORKERS - 1) == [("acme", 6), ("acme", 7)]
    begin_to_take(schedule, acme)


def test_the_lookback_counts_for_nothing(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, date(2026, 11, 8))
    assert read(schedule, acme, 8 + WORKERS)[-1] == ("acme", 8 + WORKERS)
    begin_to_take(schedule, acme)


def test_today_and_what_comes_after_it_wait_for_no_state(schedule: Schedule) -> None:
    """No state passes yesterday; when midnight passes while windows are planned, more than one begins after it."""
    acme = account()
    after = [Window(TODAY + timedelta(days=n), TODAY + timedelta(days=n)) for n in range(1, 6)]
    schedule.plan(acme, [*DAYS, *after], YESTERDAY)
    assert read(schedule, acme, len(DAYS) + len(after))[-1] == ("acme", 27)


def test_a_window_that_straddles_today_is_covered_by_yesterday(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, [Window(START, TODAY)] * (WORKERS + 1), None)
    read(schedule, acme, WORKERS)
    next_one = begin_to_take(schedule, acme)
    schedule.printed(state(YESTERDAY))
    assert next_one.result(10)


@pytest.mark.parametrize(
    "free", [lambda schedule, acme: schedule.done(acme, False), lambda schedule, _: schedule.let_all_go()]
)
def test_where_no_state_can_come_nobody_waits_for_one(
    schedule: Schedule, free: Callable[[Schedule, Account], None]
) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    read(schedule, acme, WORKERS)
    fourth = begin_to_take(schedule, acme)
    free(schedule, acme)
    assert fourth.result(10) == [("acme", 4)]
    assert read(schedule, acme, len(DAYS) - WORKERS - 1)[-1] == ("acme", 22)


def test_another_account_is_read_while_one_is_far_ahead(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(acme, DAYS, None)
    schedule.plan(beta, DAYS, None)
    assert read(schedule, acme, WORKERS + 2)[WORKERS:] == [("beta", 1), ("beta", 2)]
    take(schedule, beta)
    schedule.done(beta, is_read=False)  # one that failed binds no other
    assert read(schedule, beta, len(DAYS) - 3)[-1] == ("beta", 22)
    begin_to_take(schedule, acme)


def test_each_account_has_its_share_of_the_workers(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(acme, DAYS, None)
    schedule.plan(beta, DAYS[:2], None)
    # Of three workers two at most: the third is kept for beta, whatever acme waits for.
    assert take(schedule, acme, 3) == [("acme", 1), ("acme", 2), ("beta", 1)]
    schedule.done(beta, is_read=True)
    assert take(schedule, acme) == [("beta", 2)]
    # Nobody else has windows left.
    assert take(schedule, acme) == [("acme", 3)]


def test_an_account_whose_share_is_used_up_waits_until_a_worker_is_free(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(acme, DAYS, None)
    schedule.plan(beta, DAYS, None)
    take(schedule, acme, 4)
    next_one = begin_to_take(schedule, acme)
    schedule.done(beta, is_read=True)
    assert next_one.result(10) == [("beta", 3)]


def test_another_account_is_read_while_one_waits_for_github(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(acme, DAYS, None)
    schedule.plan(beta, DAYS, None)
    hold_back(acme)
    assert read(schedule, acme, WORKERS) == [("beta", 1), ("beta", 2), ("beta", 3)]
    # Nobody else may be read: the worker waits for GitHub with the window in its hands.
    assert read(schedule, acme, WORKERS) == [("acme", 1), ("acme", 2), ("acme", 3)]
    begin_to_take(schedule, beta)


def test_what_the_state_says_of_others_is_nothing_to_it(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    read(schedule, acme, WORKERS)
    fourth = begin_to_take(schedule, acme)
    schedule.printed([*state(YESTERDAY, "gone"), Progress({"organization": "acme"}, START), *state(START)])
    assert fourth.result(10) == [("acme", 4)]
