"""What is fetched once a sync, whichever stream needs it first."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from source_github_copilot_billing.errors import ConnectorError

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """A value for each key. A failure is kept too: it stood after all its retries, and every further reader would
    spend as many again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[K, threading.Lock] = {}
        self._values: dict[K, V] = {}
        self._failures: dict[K, ConnectorError] = {}

    def get(self, key: K, fetch: Callable[[], V]) -> V:
        """:raises ConnectorError: the key's value could not be fetched, now or before"""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._failures:
                raise self._failures[key]
            if key not in self._values:
                try:
                    self._values[key] = fetch()
                except ConnectorError as error:
                    self._failures[key] = error
                    raise
            return self._values[key]
