"""Runs the requests of one slice at the same time, in threads.

The gate in github/session.py limits how many requests of the whole sync are sent at once: a thread here may wait
for it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from typing import TypeVar

from source_github_copilot_billing.errors import ConnectorError

T = TypeVar("T")
R = TypeVar("R")

ROWS_WAITING = 1_000  # in memory at most, when rows are read faster than they are emitted


def side_by_side(function: Callable[[T], R], items: Iterable[T], at_once: int) -> Iterator[R]:
    """Call a function for each item, in several threads, and yield the results in the order of the items.

    :param items: taken one by one, when a thread is free, so that the iterable may depend on earlier results
    :param at_once: how many threads
    :raises Exception: the first exception of the function; it is not called for further items
    """
    if at_once == 1:
        yield from map(function, items)
        return
    pending: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="side_by_side") as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= at_once:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


class _Ended:
    """The last thing that a task puts into the queue: it has ended."""


def interleaved(tasks: Sequence[Callable[[], Iterable[T]]], at_once: int) -> Iterator[T]:
    """Run tasks in several threads, and yield their results mixed, as they come. Tasks begin in the given order.

    When a task fails, the others go on. Only after an error that stops the account no further task begins, and each
    running task ends as soon as it has its next result.

    :param at_once: how many threads
    :raises Exception: after all tasks have ended: the error that stops the account, else the error of the first failed
        task in the given order
    """
    if at_once == 1 or len(tasks) == 1:
        yield from _one_after_another(tasks)
        return
    results: Queue[T | _Ended] = Queue(ROWS_WAITING)
    abandoned = threading.Event()
    errors: dict[int, Exception] = {}

    def run(number: int) -> None:
        try:
            if abandoned.is_set():
                return
            for result in tasks[number]():
                if abandoned.is_set():
                    return
                results.put(result)
        except Exception as error:  # of any kind: raised at the end, in the thread that reads the results
            errors[number] = error
            if _stops_account(error):
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
        raise _worst([errors[number] for number in sorted(errors)])


def _one_after_another(tasks: Sequence[Callable[[], Iterable[T]]]) -> Iterator[T]:
    errors: list[Exception] = []
    for task in tasks:
        try:
            yield from task()
        except Exception as error:  # of any kind: raised after the other tasks have run
            errors.append(error)
            if _stops_account(error):
                break
    if errors:
        raise _worst(errors)


def _stops_account(error: Exception) -> bool:
    return isinstance(error, ConnectorError) and error.stops_account


def _worst(errors: Sequence[Exception]) -> Exception:
    return next((error for error in errors if _stops_account(error)), errors[0])
