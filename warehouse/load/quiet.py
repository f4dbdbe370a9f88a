"""Keeps PyAirbyte's own lines back, for all threads that run it at the same time."""

import contextlib
import io
import logging
import threading
from collections.abc import Iterator


class Quiet:
    """PyAirbyte's own lines are kept back: what matters in them is said in ours.

    Output belongs to the whole process: so the first thread that comes in keeps it back, until the last one leaves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._undo = contextlib.ExitStack()

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._undo.enter_context(_kept_back())
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._undo.close()


@contextlib.contextmanager
def _kept_back() -> Iterator[None]:
    # The connector's own logger, in a process that runs both, is below this one: PyAirbyte would silence it for good.
    logger = logging.getLogger("airbyte")
    propagates = logger.propagate
    # Until then: the CDK, which PyAirbyte imports, prints what reaches the root as messages of a connector.
    logger.propagate = False
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.propagate = propagates
