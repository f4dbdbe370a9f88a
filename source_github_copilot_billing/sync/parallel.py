"""The requests of one slice, side by side.

How many are really under way is bounded over the whole sync by the gate in github/session.py; a thread here may wait.
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

ROWS_WAITING = 1_000  # in memory, when they are read faster than they are emitted


def side_by_side(function: Callable[[T], R], items: Iterable[T], at_once: int) -> Iterator[R]:
    """The results in the order of the items, each as soon as it and those before it are there.

    :param items: an item is taken when its turn comes, so that the iterable may depend on earlier results
    :raises Exception: the first that the function raises; nothing further is begun then
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
    """What a task puts into the queue last."""


def interleaved(tasks: Sequence[Callable[[], Iterable[T]]], at_once: int) -> Iterator[T]:
    """What several tasks give out, as it comes; the tasks begin in their order, so many at the same time.

    A task that fails stops no other one, unless its error stops the account: then no further task begins, and the
    others end with the next result that they have.

    :raises Exception: when all tasks are over: the error that stops the account, else that of the first task that
        failed, in their order
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
        except Exception as error:  # handed to the reader of this generator, whatever it is
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
            while left > 0:  # those that were running wait for room in the queue
                left -= isinstance(results.get(), _Ended)
    if errors:
        raise _worst([errors[number] for number in sorted(errors)])


def _one_after_another(tasks: Sequence[Callable[[], Iterable[T]]]) -> Iterator[T]:
    errors: list[Exception] = []
    for task in tasks:
        try:
            yield from task()
        except Exception as error:  # raised below, whatever it is: the other tasks are not at fault
            errors.append(error)
            if _stops_account(error):
                break
    if errors:
        raise _worst(errors)


def _stops_account(error: Exception) -> bool:
    return isinstance(error, ConnectorError) and error.stops_account


def _worst(errors: Sequence[Exception]) -> Exception:
    return next((error for error in errors if _stops_account(error)), errors[0])
