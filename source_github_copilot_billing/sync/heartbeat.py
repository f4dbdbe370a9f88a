"""Keeps a sync heard while it waits: Airbyte ends a source that emits no record and no state for too long.

Airbyte's platform counts records and states, not log lines; a state that is emitted again counts.
"""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import TypeVar

from airbyte_cdk.models import AirbyteMessage

from source_github_copilot_billing.clock import Clock

T = TypeVar("T")

# A wait's step or a request can last a minute: this leaves room for several.
SECONDS_BETWEEN_BEATS = 300.0
# What metadata.yaml says to Airbyte (maxSecondsBetweenMessages).
LONGEST_SILENCE_SECONDS = 900


class Heartbeat:
    """Shared by all streams of a sync."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heard_at = clock.monotonic()
        self._watched: list[Callable[[], None]] = []

    def watch(self, emit_state: Callable[[], None]) -> None:
        """A stream has begun, whose state can be emitted again."""
        with self._lock:
            self._watched.append(emit_state)

    def unwatch(self, emit_state: Callable[[], None]) -> None:
        """A stream is over: its state is not emitted again."""
        with self._lock:
            self._watched.remove(emit_state)

    def heard(self) -> None:
        """A record or a state was emitted."""
        self._heard_at = self._clock.monotonic()

    def beat(self) -> None:
        """Emit a state again, when nothing was emitted for five minutes. To be called at least once a minute while the
        sync makes progress or waits for GitHub."""
        with self._lock:
            is_silent = self._clock.monotonic() - self._heard_at >= SECONDS_BETWEEN_BEATS
            if not is_silent or not self._watched:
                return
            self.heard()  # before the lock is given back: one thread emits, the others go on
            emit_state = self._watched[0]
        emit_state()

    def heard_during(
        self, work: Callable[[], T], state: Callable[[], AirbyteMessage]
    ) -> Generator[AirbyteMessage, None, T]:
        """Do work in another thread, and yield a state whenever it beats after a silence. For work before the streams
        begin; called in the printing thread.

        :return: what the work returns
        :raises Exception: what the work raises
        """
        messages: Queue[AirbyteMessage | None] = Queue()

        def emit_state() -> None:
            messages.put(state())

        self.watch(emit_state)
        with ThreadPoolExecutor(1, thread_name_prefix="heard_during") as pool:
            result = pool.submit(work)
            result.add_done_callback(lambda _: messages.put(None))
            while (message := messages.get()) is not None:
                yield message
        self.unwatch(emit_state)
        return result.result()
