"""Runs the connector for PyAirbyte and watches its messages on their way: counts, warnings, errors."""

import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from airbyte._executors.local import PathExecutor
from airbyte.exceptions import AirbyteSubprocessFailedError

SECONDS_BETWEEN_LINES = 10.0
# What the connector says while it waits, up to an hour: without these lines it would seem to hang.
_WAITING = re.compile(
    r"waiting for GitHub's rate limit until|waited \d+ minute\(s\) for GitHub so far|another report export"
)
_RECORD = re.compile(r'^\{"type": ?"RECORD", ?"record": ?\{"stream": ?"([^"]+)"')


class WatchedExecutor(PathExecutor):
    """PyAirbyte throws away what a stream sent when the connector ends with an error, though rows and state before
    it are good: one organization that refuses would cost the rows of all others at every sync. So errors are kept
    here, PyAirbyte loads what came, and the caller looks at `errors` afterwards.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        """:param say: prints one line of progress"""
        super().__init__(name=path.name, path=path)
        self._say = say
        self.rows: Counter[str] = Counter()
        self.errors: list[str] = []
        self.interrupted = False
        self._lines: Iterator[str] | None = None

    def stop(self) -> None:
        """End the connector where its messages are not read to their end: it may wait for GitHub for an hour."""
        if isinstance(self._lines, Generator):
            with contextlib.suppress(AirbyteSubprocessFailedError):  # it ends as it is told to
                self._lines.close()

    def execute(self, args: list[str], **options: Any) -> Iterator[str]:
        if args[0] != "read":
            try:
                yield from super().execute(args, **options)
            except AirbyteSubprocessFailedError as error:
                if _is_interrupted(error):
                    raise KeyboardInterrupt from error
                # PyAirbyte that has its answer stops the connector before it ends by itself.
                if not isinstance(error.__context__, GeneratorExit):
                    raise
            return
        self.rows.clear()
        self.errors.clear()
        self.interrupted = False
        started = said = time.monotonic()
        try:
            self._lines = super().execute(args, **options)
            for line in self._lines:
                record = _RECORD.match(line)
                if record:
                    self.rows[record.group(1)] += 1
                elif self._keep(line):
                    continue
                now = time.monotonic()
                if now - said >= SECONDS_BETWEEN_LINES:
                    said = now
                    self._say(f"  … {_counted(self.rows)} after {now - started:.0f} s")
                yield line
        except KeyboardInterrupt:
            self._stop()
        except AirbyteSubprocessFailedError as error:
            if _is_interrupted(error):
                self._stop()
            elif not self.errors:
                self.errors.append(f"The connector ended with exit code {error.exit_code} and no message.")

    def _stop(self) -> None:
        """PyAirbyte is told that this was all, so that it loads what came and keeps where the next sync goes on."""
        self.interrupted = True
        self._say("  stopping: what came is loaded …")

    def _keep(self, line: str) -> bool:
        """Says warnings and waits; takes errors out of the way, True for those."""
        try:
            message = json.loads(line)
        except ValueError:
            return False
        if not isinstance(message, dict):
            return False
        log, trace = message.get("log") or {}, message.get("trace") or {}
        if log.get("level") == "WARN":
            self._say(f"  warning: {log.get('message')}")
        elif log.get("level") == "INFO" and _WAITING.search(str(log.get("message"))):
            self._say(f"  … {log.get('message')}")
        if trace.get("type") != "ERROR":
            return False
        # The closing error of several accounts has a line for each, and the same line for each window that failed.
        if (stack := (trace.get("error") or {}).get("stack_trace")) is not None:
            self._say(str(stack))  # of a mistake of the connector: its message asks to report it
        for text in str((trace.get("error") or {}).get("message")).splitlines():
            if text not in self.errors:
                self.errors.append(text)
        return True


def _is_interrupted(error: AirbyteSubprocessFailedError) -> bool:
    """Ctrl-C reaches this process and the connector alike, and PyAirbyte tells only of the connector's end."""
    return isinstance(error.__context__, KeyboardInterrupt)


def _counted(rows: Counter[str]) -> str:
    return ", ".join(f"{count:,} rows of {stream}" for stream, count in sorted(rows.items())) or "no rows yet"
