"""Which states are printed: a sync that is killed begins at the last of them, and reads again all beyond it."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator

from airbyte_cdk.models import AirbyteMessage


class PrintedStates:
    """What waits to be printed is lost by a kill like what was never read: so an account's next slice waits until the
    state of the one before is printed, however slow the reader of the output is."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._printed: Counter[str] = Counter()
        self._is_watched = False

    def watch(self, messages: Iterable[AirbyteMessage]) -> Iterator[AirbyteMessage]:
        """Pass on the messages of a sync. Whoever takes the next one has printed the one before."""
        self._is_watched = True
        try:
            for message in messages:
                yield message
                if message.state is not None and message.state.stream is not None:
                    with self._changed:
                        self._printed[message.state.stream.stream_descriptor.name] += 1
                        self._changed.notify_all()
        finally:  # nobody prints any more
            with self._changed:
                self._is_watched = False
                self._changed.notify_all()

    def wait(self, stream_name: str, number: int) -> None:
        """Return when so many states of a stream are printed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_watched or self._printed[stream_name] >= number)
