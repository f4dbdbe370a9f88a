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
LEAD = 3


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
    made = Schedule(LEAD, YESTERDAY)
    yield made
    made.let_all_go()


def take(schedule: Schedule, planned: Account, times: int = 1) -> list[tuple[str, int]]:
    """Whose windows, and of which day of the month."""
    return [(taken.name, window.first.day) for taken, window in (schedule.take(planned) for _ in range(times))]


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
    assert take(schedule, acme, LEAD) == [("acme", 1), ("acme", 2), ("acme", 3)]


def test_no_window_is_taken_further_ahead_than_the_lead_until_a_state_is_printed(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    take(schedule, acme, LEAD)
    fourth = begin_to_take(schedule, acme)
    schedule.printed(state(START, "ACME"))
    assert fourth.result(10) == [("acme", 4)]
    fifth = begin_to_take(schedule, acme)
    schedule.printed(state(START))  # says nothing new
    with pytest.raises(TimeoutError):
        fifth.result(0.05)
    schedule.printed(state(date(2026, 11, 4)))
    assert fifth.result(10) == [("acme", 5)]
    assert take(schedule, acme, LEAD - 1) == [("acme", 6), ("acme", 7)]
    begin_to_take(schedule, acme)


def test_the_lookback_counts_for_nothing(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, date(2026, 11, 8))
    assert take(schedule, acme, 8 + LEAD)[-1] == ("acme", 8 + LEAD)
    begin_to_take(schedule, acme)


def test_today_and_what_comes_after_it_wait_for_no_state(schedule: Schedule) -> None:
    """No state passes yesterday; when midnight passes while windows are planned, more than one begins after it."""
    acme = account()
    after = [Window(TODAY + timedelta(days=n), TODAY + timedelta(days=n)) for n in range(1, 6)]
    schedule.plan(acme, [*DAYS, *after], YESTERDAY)
    assert take(schedule, acme, len(DAYS) + len(after))[-1] == ("acme", 27)


def test_a_window_that_straddles_today_is_covered_by_yesterday(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, [Window(START, TODAY)] * (LEAD + 1), None)
    take(schedule, acme, LEAD)
    next_one = begin_to_take(schedule, acme)
    schedule.printed(state(YESTERDAY))
    assert next_one.result(10)


@pytest.mark.parametrize(
    "free", [lambda schedule, acme: schedule.let_go(acme), lambda schedule, _: schedule.let_all_go()]
)
def test_where_no_state_can_come_nobody_waits_for_one(
    schedule: Schedule, free: Callable[[Schedule, Account], None]
) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    take(schedule, acme, LEAD)
    fourth = begin_to_take(schedule, acme)
    free(schedule, acme)
    assert fourth.result(10) == [("acme", 4)]
    assert take(schedule, acme, len(DAYS) - LEAD - 1)[-1] == ("acme", 22)


def test_another_account_is_read_while_one_is_far_ahead(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(acme, DAYS, None)
    schedule.plan(beta, DAYS, None)
    assert take(schedule, acme, LEAD + 2)[LEAD:] == [("beta", 1), ("beta", 2)]
    schedule.let_go(beta)  # one that failed binds no other
    assert take(schedule, beta, len(DAYS) - 2)[-1] == ("beta", 22)
    begin_to_take(schedule, acme)


def test_another_account_is_read_while_one_waits_for_github(schedule: Schedule) -> None:
    acme, beta = account(), account("beta")
    schedule.plan(acme, DAYS, None)
    schedule.plan(beta, DAYS, None)
    hold_back(acme)
    assert take(schedule, acme, LEAD) == [("beta", 1), ("beta", 2), ("beta", 3)]
    # Nobody else is left: the worker waits for GitHub with the window in its hands.
    assert take(schedule, acme, LEAD) == [("acme", 1), ("acme", 2), ("acme", 3)]
    begin_to_take(schedule, beta)


def test_what_the_state_says_of_others_is_nothing_to_it(schedule: Schedule) -> None:
    acme = account()
    schedule.plan(acme, DAYS, None)
    take(schedule, acme, LEAD)
    fourth = begin_to_take(schedule, acme)
    schedule.printed([*state(YESTERDAY, "gone"), Progress({"organization": "acme"}, START), *state(START)])
    assert fourth.result(10) == [("acme", 4)]
