"""Runs the requests of one slice at the same time, in threads.

The gate in github/session.py limits how many requests of the sync are sent at once: a thread may wait for it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from typing import NoReturn, TypeVar

from source_github_copilot_billing.errors import ConnectorError, together

T = TypeVar("T")
R = TypeVar("R")

ROWS_WAITING = 1_000  # in memory at most, when rows are read faster than they are emitted


def side_by_side(function: Callable[[T], R], items: Iterable[T], at_once: int) -> Iterator[R]:
    """Call a function for each item, in several threads, and yield the results in the order of the items.

    After a failure the function is not called for further items; the calls that run already are waited for.

    :param items: taken one by one, when a thread is free, so that the iterable may depend on earlier results
    :raises Exception: what the function raised: see `_raise`
    """
    pending: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="side_by_side") as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= at_once:
                    yield _result(pending)
            while pending:
                yield _result(pending)
        finally:
            for future in pending:
                future.cancel()


def _result(pending: deque[Future[R]]) -> R:
    """The result of the first call; where it failed, the failures of all calls together."""
    first = pending.popleft()
    error = first.exception()
    if error is None:
        return first.result()
    begun = [future for future in pending if not future.cancel()]
    pending.clear()
    _raise([error, *(other for future in begun if (other := future.exception()))])


class _Ended:
    """The last thing that a task puts into the queue: it has ended."""


def interleaved(tasks: Sequence[Callable[[], Iterable[T]]], at_once: int) -> Iterator[T]:
    """Run tasks in several threads, and yield their results mixed, as they come. Tasks begin in the given order.

    When a task fails, the others go on. Only after an error that stops the account no further task begins, and each
    running task ends as soon as it has its next result.

    :raises Exception: after all tasks have ended: see `_raise`
    """
    results: Queue[T | _Ended] = Queue(ROWS_WAITING)
    abandoned = threading.Event()
    errors: dict[int, BaseException] = {}

    def run(number: int) -> None:
        try:
            if abandoned.is_set():
                return
            for result in tasks[number]():
                if abandoned.is_set():
                    return
                results.put(result)
        except BaseException as error:  # of any kind: raised at the end, in the thread that reads the results
            errors[number] = error.without_frames() if isinstance(error, ConnectorError) else error
            if isinstance(error, ConnectorError) and error.stops_account:
                abandoned.set()
        finally:
            results.put(_Ended())

    with ThreadPoolExecutor(min(at_once, len(tasks)), thread_name_prefix="interleaved") as pool:
        running = [pool.submit(run, number) for number in range(len(tasks))]
        left = len(tasks)
        try:
            while left:
                result = results.get()
                if isinstance(result, _Ended):
                    left -= 1
                else:
                    yield result
        finally:
            abandoned.set()
            for future in running:
                left -= future.cancel()
            while left > 0:  # a running task may wait for room in the queue: empty it
                left -= isinstance(results.get(), _Ended)
    if errors:
        _raise([errors[number] for number in sorted(errors)])


def _raise(errors: Sequence[BaseException]) -> NoReturn:
    """Raise what failed at the same time, in the order of the calls.

    :raises ConnectorError: the worst of the errors, with the others beside it
    :raises Exception: the first that is no ConnectorError, where there is one: it says something to the caller, or is
        a bug. The ConnectorErrors stand in its traceback then
    """
    expected = [error for error in errors if isinstance(error, ConnectorError)]
    worst = together(expected) if expected else None
    if len(expected) < len(errors):
        raise next(error for error in errors if not isinstance(error, ConnectorError)) from worst
    assert worst is not None  # noqa: S101  (narrows the type: there is at least one error)
    raise worst
