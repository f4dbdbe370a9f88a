"""One configured connector, run through PyAirbyte: check, discover, and sync into a warehouse."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from airbyte.exceptions import PyAirbyteError
from airbyte.sources.base import Source

from warehouse.errors import LoadError
from warehouse.load.progress import terminal
from warehouse.load.quiet import Quiet
from warehouse.load.warehouse import Warehouse
from warehouse.load.watched_executor import WatchedExecutor

__all__ = ["Connection", "LoadError"]

CONNECTOR = "source-github-copilot-billing"
# The console script of the environment that this runs in, whatever stands first in PATH.
SCRIPT = Path(sys.executable).with_name(CONNECTOR)
_quiet = Quiet()


class Connection:
    def __init__(
        self,
        config: Mapping[str, Any],
        say: Callable[[str], None] | None = None,
        is_alone: bool = True,
        script: Path = SCRIPT,
    ) -> None:
        """:param say: prints one line of progress; None prints it where print does now
        :param is_alone: False when another connection is read at the same time: a terminal has room for one moving
            table only
        :param script: the connector's command
        """
        self._executor = WatchedExecutor(script, say or _printed(), terminal() if is_alone else None, config)
        with _quiet():
            # PyAirbyte would write the configuration into a file, and a killed process would leave it there.
            self._source = Source(executor=self._executor, name=CONNECTOR, config={})

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
                # It does not have the configuration, which it would hold against the spec: the connector does so.
                self._source.read(cache=warehouse, streams=chosen, skip_validation=True)
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


def _printed() -> Callable[[str], None]:
    """Prints where print does now, also while PyAirbyte is kept quiet."""
    out = sys.stdout
    return lambda line: print(line, file=out)
