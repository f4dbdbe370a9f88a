"""One configured connector: its streams, and a sync of them into a warehouse."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from warehouse.errors import LoadError
from warehouse.load.connector import SCRIPT, Message, error_of, messages
from warehouse.load.progress import Progress, show
from warehouse.load.warehouse import Warehouse
from warehouse.names import plain_name

__all__ = ["Connection", "LoadError"]

# Rows are written together, because each write takes a while: so many bytes of them, or those of so many seconds.
MOST_BYTES = 8_000_000
MOST_SECONDS = 5.0
OF_THE_MACHINE = "MemoryMonitor"  # Airbyte's, which says in each sync from which share of memory on it warns


class IncompleteError(LoadError):
    """A part could not be read; what came before and beside it is loaded.

    :ivar failures: what the connector says, each with the streams that it is about
    :ivar rows: how many of each stream came
    """

    def __init__(self, failures: Mapping[str, Sequence[str]], rows: Mapping[str, int]) -> None:
        super().__init__("\n".join(failures))
        self.failures, self.rows = failures, rows


class Connection:
    def __init__(
        self,
        config: Mapping[str, Any],
        say: Callable[[str], None] = show,
        is_alone: bool = True,
        script: Path = SCRIPT,
    ) -> None:
        """:param say: prints one line of progress
        :param is_alone: False when another connection is read at the same time: a terminal has room for one moving
            table only
        :param script: the connector's command
        """
        self._config, self._script = config, script
        self._say, self._is_alone = say, is_alone
        self._schemas: dict[str, Mapping[str, Any]] = {}

    def check(self) -> None:
        """:raises LoadError: with the connector's own message"""
        for message in self._answers("check"):
            status = message.get("connectionStatus")
            if status and status["status"] != "SUCCEEDED":
                raise LoadError(str(status.get("message")))

    def streams(self) -> list[str]:
        """What the connector discovers; it makes no request.

        :raises LoadError: with the connector's own message, when the configuration is wrong"""
        if not self._schemas:
            for message in self._answers("discover"):
                streams = (message.get("catalog") or {}).get("streams", ())
                self._schemas |= {stream["name"]: stream["json_schema"] for stream in streams}
        return list(self._schemas)

    def _answers(self, command: str) -> Iterator[Message]:
        for message in messages(self._script, self._config, command):
            if (error := error_of(message)) is not None:
                raise LoadError(str(error.get("message")))
            yield message

    def sync(self, warehouse: Warehouse, streams: Sequence[str] | None = None) -> dict[str, int]:
        """Merges what is new or changed into the warehouse, by `id`; says how many rows of each stream came.

        The warehouse keeps where the next sync goes on.

        :raises IncompleteError: when any part failed; what came before and beside it is loaded all the same
        :raises LoadError: when the warehouse could not be written
        :raises KeyboardInterrupt: likewise
        """
        known = self.streams()
        chosen = known if streams is None else list(streams)
        # A stream without rows has its table too: the models read it. They read streams of earlier syncs as well.
        present = warehouse.tables()
        warehouse.prepare({name: self._schemas[name] for name in known if name in chosen or name in present})
        progress = Progress(self._say, Console() if self._is_alone else None)
        files = {"catalog": _catalog(chosen), "state": warehouse.states(chosen)}
        read = messages(self._script, self._config, "read", **files)
        sync = _Sync(warehouse, progress)
        with progress, closing(read):
            try:
                for message in read:
                    sync.take(message)
            except LoadError as error:  # the connector broke
                sync.failures.setdefault(str(error), [])
            except KeyboardInterrupt:
                progress.say("  stopping: loading the rows that came …")
                raise
            finally:
                sync.write()
        rows = {stream: progress.rows[stream] for stream in chosen}
        if sync.failures:
            raise IncompleteError(sync.failures, rows)
        return rows


def _catalog(streams: Sequence[str]) -> dict[str, Any]:
    """Of the streams, each with all that the connector needs to know of it."""
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    described = {"json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
    return {"streams": [{"stream": {"name": stream, **described}, **modes} for stream in streams]}


class _Sync:
    """Takes the messages of one read: rows and states to the warehouse, all others to the screen."""

    def __init__(self, warehouse: Warehouse, progress: Progress) -> None:
        self._warehouse, self._progress = warehouse, progress
        self._rows: dict[str, dict[str, str]] = defaultdict(dict)
        self._states: dict[str, str] = {}
        self._bytes = 0
        self._written = time.monotonic()
        self._warnings: set[str] = set()
        self.failures: dict[str, list[str]] = {}

    def take(self, message: Message) -> None:
        log = message.get("log") or {}
        if record := message.get("record"):
            text = orjson.dumps(record["data"]).decode()
            self._rows[record["stream"]][record["data"]["id"]] = text
            self._bytes += len(text)
            self._progress.count(record["stream"])
        elif stream := (message.get("state") or {}).get("stream"):
            name = stream["stream_descriptor"]["name"]
            self._states[name] = orjson.dumps(message["state"]).decode()
            self._progress.follow(name, stream.get("stream_state") or {})
        elif (error := error_of(message)) is not None:
            self._take_error(error)
        elif log.get("level") == "WARN":
            self._warn(str(log.get("message")))
        elif log.get("level") == "INFO" and not str(log.get("message")).startswith(OF_THE_MACHINE):
            self._progress.note(str(log.get("message")))
        if self._bytes > MOST_BYTES or time.monotonic() - self._written > MOST_SECONDS:
            self.write()

    def write(self) -> None:
        """The rows that came since the last time, and behind them the states: a state never overtakes its rows."""
        if self._rows or self._states:
            self._warehouse.load(self._rows, self._states)
        self._rows.clear()
        self._states.clear()
        self._bytes = 0
        self._written = time.monotonic()

    def _take_error(self, error: Mapping[str, Any]) -> None:
        if (stack := error.get("stack_trace")) is not None:
            self._progress.say(str(stack))  # of a bug in the connector: its message asks to report it
        # A stream that failed has a line for each account, and the same line for each slice. The sync's closing error
        # begins with one of them.
        stream = (error.get("stream_descriptor") or {}).get("name")
        for text in str(error.get("message")).splitlines():
            if stream is None and any(text.startswith(known) for known in self.failures):
                continue
            streams = self.failures.setdefault(text, [])
            if stream is not None and stream not in streams:
                streams.append(stream)

    def _warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.add(text)
            self._progress.say(f"  warning: {plain_name(text)}")
