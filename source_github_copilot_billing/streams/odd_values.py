"""Values that could not be read and cost their field alone: counted, and logged once a sync."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable

from source_github_copilot_billing.sync.stream import Context


class OddValues:
    """Those of one stream in one sync.

    :param stream: its name
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, fields: Iterable[str]) -> None:
        """Count the fields of one object whose values could not be read."""
        with self._lock:
            self._counts.update(fields)

    def sentence(self) -> str | None:
        """What to log; None where every value could be read."""
        if not self._counts:
            return None
        counts = ", ".join(f"{name} ({count})" for name, count in sorted(self._counts.items()))
        return (
            f"Stream {self._stream}: GitHub gave values of another kind than it documents: {counts}. The columns of "
            "these are null, and what GitHub wrote stands in other_fields."
        )


def log_odd_values(stream: str) -> Callable[[Context], None]:
    """For the end of a stream."""

    def log(context: Context) -> None:
        if sentence := context.once(OddValues, stream).sentence():
            context.logger.warning(sentence)

    return log
