"""What is fetched once a sync, whichever stream needs it first."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Once:
    """Calls a function once for the same arguments, and gives its result to whoever calls again, in any thread.

    A failure is kept too: it stood after all its retries, and every further caller would spend as many again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[Hashable, Future[Any]] = {}

    def __call__(self, fetch: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call, made now or before.

        :param fetch: a function or class whose arguments can be keys of a dictionary
        :raises Exception: what the function raised, now or at the first call
        """
        key = (fetch, args, *sorted(kwargs.items()))
        with self._lock:
            result = self._results.get(key)
            is_first = result is None
            if result is None:
                result = self._results[key] = Future()
        if is_first:
            try:
                result.set_result(fetch(*args, **kwargs))
            except Exception as error:  # of any kind: it is raised to every caller
                result.set_exception(error)
        found: T = result.result()
        return found
