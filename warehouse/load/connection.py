"""One configured connector, run through PyAirbyte: check, discover, and sync into a warehouse."""

import contextlib
import io
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from airbyte.exceptions import PyAirbyteError
from airbyte.sources.base import Source

from warehouse.load.errors import LoadError
from warehouse.load.progress import terminal
from warehouse.load.warehouse import Warehouse
from warehouse.load.watched_executor import WatchedExecutor

__all__ = ["Connection", "LoadError"]

CONNECTOR = "source-github-copilot-billing"


class Connection:
    def __init__(self, config: Mapping[str, Any], say: Callable[[str], None] = print) -> None:
        """:param say: prints one line of progress"""
        # The console script of the environment that this runs in, whatever stands first in PATH.
        script = Path(sys.executable).with_name(CONNECTOR)
        self._executor = WatchedExecutor(script, _aloud(say), terminal())
        with _quiet():
            self._source = Source(executor=self._executor, name=CONNECTOR, config=dict(config))

    def check(self) -> None:
        """:raises LoadError: with the connector's own message"""
        try:
            with _quiet():
                self._source.check()
        except PyAirbyteError as error:
            reason = (error.context or {}).get("failure_reason")
            raise LoadError(str(reason or "The connector did not answer to check.")) from error

    def streams(self) -> list[str]:
        """What the connector discovers."""
        try:
            with _quiet():
                return list(self._source.get_available_streams())
        except PyAirbyteError as error:
            raise LoadError("The connector did not answer to discover.") from error

    def sync(self, warehouse: Warehouse, streams: Sequence[str] | None = None) -> dict[str, int]:
        """Merges what is new or changed into the warehouse, by `id`; says how many rows of each stream came.

        PyAirbyte keeps in the warehouse where the next sync goes on.

        :raises LoadError: when any part failed; what came before and beside it is loaded all the same
        :raises KeyboardInterrupt: likewise, when Ctrl-C stopped the connector
        """
        chosen = list(streams) if streams is not None else self.streams()
        try:
            with _quiet():
                # A stream without rows has its table too: the models read it.
                warehouse.create_source_tables(self._source, chosen)
                self._source.read(cache=warehouse, streams=chosen)
        except PyAirbyteError as error:
            if not (self._executor.errors or self._executor.interrupted):
                raise LoadError(f"Loading failed: {error.get_message()}") from error
        if self._executor.interrupted:
            raise KeyboardInterrupt
        if self._executor.errors:
            raise LoadError("\n".join(self._executor.errors))
        return {stream: self._executor.rows[stream] for stream in chosen}

    def stop(self) -> None:
        """End the connector, if it runs."""
        self._executor.stop()


def _aloud(say: Callable[[str], None]) -> Callable[[str], None]:
    """Says it where it would be said now, also while PyAirbyte is kept quiet."""
    out = sys.stdout

    def said(line: str) -> None:
        with contextlib.redirect_stdout(out):
            say(line)

    return said


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """PyAirbyte's own lines are kept back: what matters in them is said in ours."""
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
