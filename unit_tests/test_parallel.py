import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import pytest

from source_github_copilot_billing import parallel
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.parallel import interleaved, side_by_side

PATIENCE = 30  # seconds: no test waits so long, unless it fails


class Unlucky(Exception):
    pass


def wait_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


@pytest.mark.parametrize("at_once", [1, 3])
def test_side_by_side_gives_the_results_in_the_order_of_the_items(at_once: int) -> None:
    assert list(side_by_side(lambda item: item * item, range(20), at_once)) == [item * item for item in range(20)]


def test_side_by_side_keeps_the_order_when_a_later_item_ends_first() -> None:
    second_ended = threading.Event()

    def function(item: int) -> int:
        if item == 1:
            wait_for(second_ended)
        else:
            second_ended.set()
        return item

    assert list(side_by_side(function, [1, 2], 2)) == [1, 2]


@pytest.mark.parametrize("at_once", [1, 3])
def test_side_by_side_takes_an_item_when_its_turn_comes(at_once: int) -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    results = side_by_side(lambda item: item, items(), at_once)
    assert taken == []
    assert next(results) == 0
    assert taken == list(range(at_once))
    assert next(results) == 1
    assert taken == list(range(at_once + 1))


def test_side_by_side_runs_no_more_than_so_many_at_once() -> None:
    lock = threading.Lock()
    together = threading.Barrier(3)
    running: set[int] = set()
    most = 0

    def function(item: int) -> None:
        nonlocal most
        with lock:
            running.add(item)
            most = max(most, len(running))
        together.wait(PATIENCE)
        with lock:
            running.remove(item)

    list(side_by_side(function, range(9), 3))
    assert most == 3


@pytest.mark.parametrize("at_once", [1, 3])
def test_side_by_side_stops_at_the_first_error(at_once: int) -> None:
    begun = []

    def function(item: int) -> int:
        begun.append(item)
        if item == 2:
            raise Unlucky
        return item

    results = side_by_side(function, range(100), at_once)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(Unlucky):
        next(results)
    # At most those that were begun beside it.
    assert max(begun) <= 2 + at_once - 1


def test_interleaved_gives_out_what_the_tasks_give() -> None:
    def task(number: int) -> Iterable[tuple[int, int]]:
        return [(number, item) for item in range(50)]

    given = list(interleaved([partial(task, number) for number in range(5)], 2))
    assert sorted(given) == [(number, item) for number in range(5) for item in range(50)]
    for number in range(5):
        assert [item for task_number, item in given if task_number == number] == list(range(50))


def test_interleaved_gives_an_item_while_an_earlier_task_is_still_busy() -> None:
    item_is_there = threading.Event()

    def slow() -> Iterator[str]:
        wait_for(item_is_there)
        yield "slow"

    def quick() -> Iterator[str]:
        yield "quick"

    results = interleaved([slow, quick], 2)
    assert next(results) == "quick"
    item_is_there.set()
    assert list(results) == ["slow"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_interleaved_runs_the_other_tasks_although_one_fails(at_once: int) -> None:
    def failing() -> Iterator[str]:
        yield "before"
        raise Unlucky("first")

    def fine() -> Iterator[str]:
        yield "fine"

    given = []
    with pytest.raises(Unlucky, match="first"):
        for result in interleaved([failing, fine, fine], at_once):
            given.append(result)
    assert sorted(given) == ["before", "fine", "fine"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_interleaved_raises_the_error_of_the_first_task_in_their_order(at_once: int) -> None:
    second_failed = threading.Event()

    def first() -> Iterator[str]:
        if at_once > 1:
            wait_for(second_failed)
        raise Unlucky("first")
        yield

    def second() -> Iterator[str]:
        second_failed.set()
        raise Unlucky("second")
        yield

    with pytest.raises(Unlucky, match="first"):
        list(interleaved([first, second], at_once))


def test_interleaved_ends_its_tasks_when_the_reader_abandons_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "ROWS_WAITING", 2)
    given = []

    def task() -> Iterator[int]:
        for item in range(10_000):  # far more than there is room for
            given.append(item)
            yield item

    results = interleaved([task] * 4, 2)
    next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    assert len(given) < 100


class Panic(BaseException):
    """As a library in Rust raises it of its own bugs: `cryptography` is one."""


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_task_that_panics_is_no_task_without_further_results(at_once: int) -> None:
    def panic() -> Iterator[int]:
        yield 1
        raise Panic

    given = []
    with pytest.raises(Panic):
        for result in interleaved([panic, lambda: [2], lambda: [3]], at_once):
            given.append(result)
    assert sorted(given) == [1, 2, 3]


NO_ANSWER = ConnectorError(Code.UNREACHABLE, "no answer")
UNREADABLE = ConnectorError(Code.UNEXPECTED_ANSWER, "unreadable")
REFUSED = ConnectorError(Code.INVALID_PERMISSIONS, "refused")


def failures_of_both(errors: Sequence[Exception]) -> list[BaseException]:
    """What either function raises of calls that run at the same time, and fail in the given order."""

    def fail(together: threading.Barrier, error: Exception) -> list[None]:
        together.wait(PATIENCE)
        raise error

    def by_task(together: threading.Barrier) -> Iterator[None]:
        return interleaved([partial(fail, together, error) for error in errors], len(errors))

    def by_item(together: threading.Barrier) -> Iterator[list[None]]:
        return side_by_side(partial(fail, together), errors, len(errors))

    raised: list[BaseException] = []
    for run in (by_task, by_item):
        with pytest.raises((ConnectorError, Unlucky)) as caught:
            list(run(threading.Barrier(len(errors))))
        raised.append(caught.value)
    return raised


@pytest.mark.parametrize(
    ("errors", "worst"),
    [
        ([NO_ANSWER, UNREADABLE], UNREADABLE),
        ([UNREADABLE, NO_ANSWER], UNREADABLE),
        ([NO_ANSWER, UNREADABLE, REFUSED], REFUSED),
    ],
)
def test_the_worst_of_what_fails_at_the_same_time_is_raised_with_the_others(
    errors: list[ConnectorError], worst: ConnectorError
) -> None:
    for raised in failures_of_both(errors):
        assert raised is worst
        assert worst.beside == tuple(error for error in errors if error is not worst)


def test_what_is_no_error_of_github_is_raised_before_all_others_which_stand_in_its_traceback() -> None:
    unlucky = Unlucky()
    for raised in failures_of_both([REFUSED, unlucky]):
        assert raised is unlucky
        assert raised.__cause__ is REFUSED


def test_a_failure_that_waits_for_the_others_keeps_nothing_of_its_task() -> None:
    """Such as the keys of a million lines."""

    class Large:
        pass

    kept: list[weakref.ref[Large]] = []

    def fail() -> Iterator[None]:
        assert [large() for large in kept] == [None] * len(kept)
        large = Large()
        kept.append(weakref.ref(large))
        raise ConnectorError(Code.UNEXPECTED_ANSWER, "no") from None
        yield

    with pytest.raises(ConnectorError) as caught:
        list(interleaved([fail] * 3, 1))
    assert len(kept) == 3 and len(caught.value.beside) == 2
