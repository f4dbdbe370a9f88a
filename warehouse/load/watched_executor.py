"""Runs the connector for PyAirbyte and reads its messages as they pass: counts, warnings, errors."""

import contextlib
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from airbyte._executors.local import PathExecutor
from airbyte.exceptions import AirbyteSubprocessFailedError
from rich.console import Console

from warehouse.load.progress import Progress
from warehouse.names import plain_name

_RECORD = re.compile(r'^\{"type": ?"RECORD", ?"record": ?\{"stream": ?"([^"]+)"')


class WatchedExecutor(PathExecutor):
    """PyAirbyte throws away what a stream sent when the connector ends with an error, though rows and state before
    it are good: one organization that refuses would cost the rows of all others at every sync. So errors are kept
    here, PyAirbyte loads what came, and the caller looks at `errors` afterwards.
    """

    def __init__(
        self,
        path: Path,
        say: Callable[[str], None],
        console: Console | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """:param say: prints one line of progress
        :param console: where progress is drawn, when it is a terminal
        :param config: given to the connector in the place of PyAirbyte's file
        """
        super().__init__(name=path.name, path=path)
        self._config = json.dumps(dict(config or {}))
        self._say, self._console = say, console
        self._progress = Progress(say)
        self.errors: list[str] = []
        self.interrupted = False
        self._lines: Iterator[str] | None = None

    @property
    def rows(self) -> Counter[str]:
        """Of the last read, by stream."""
        return self._progress.rows

    def stop(self) -> None:
        """Stop the connector when nobody reads its further messages: it may wait for GitHub for an hour."""
        self._progress.stop()
        if isinstance(self._lines, Generator):
            with contextlib.suppress(AirbyteSubprocessFailedError):  # the exit code of a process that was stopped
                self._lines.close()

    def execute(self, args: list[str], **options: Any) -> Iterator[str]:
        if args[0] != "read":
            try:
                yield from self._run(args, **options)
            except AirbyteSubprocessFailedError as error:
                if _is_interrupted(error):
                    raise KeyboardInterrupt from error
                # PyAirbyte stops the connector as soon as it has its answer.
                if not isinstance(error.__context__, GeneratorExit):
                    raise
            return
        self.errors.clear()
        self.interrupted = False
        self._progress = Progress(self._say, self._console)
        self._progress.start()
        try:
            self._lines = self._run(args, **options)
            for line in self._lines:
                if not self._keep(line):
                    yield line
        except KeyboardInterrupt:
            self._stop()
        except AirbyteSubprocessFailedError as error:
            if _is_interrupted(error):
                self._stop()
            elif not self.errors:
                self.errors.append(f"The connector ended with exit code {error.exit_code} and no message.")
        finally:
            self._progress.stop()

    def _run(self, args: list[str], **options: Any) -> Generator[str, None, None]:
        """The configuration goes through a pipe: it holds secrets, and never lies on a disk."""
        if "--config" not in args:
            yield from super().execute(args, **options)
            return
        place = args.index("--config") + 1
        with _piped(self._config) as config:
            args = [*args[:place], "/dev/stdin", *args[place + 1 :]]
            yield from super().execute(args, **{**options, "stdin": config})

    def _stop(self) -> None:
        """Report success to PyAirbyte, so that it loads the rows that came and keeps the state for the next sync."""
        self.interrupted = True
        self._progress.say("  stopping: loading the rows that came …")

    def _keep(self, line: str) -> bool:
        """Show the message. :return: True for an error, which PyAirbyte must not see."""
        record = _RECORD.match(line)
        if record:  # most lines are: parsing them all takes long
            self._progress.count(record.group(1))
            return False
        try:
            message = json.loads(line)
        except ValueError:
            return False
        if not isinstance(message, dict):
            return False
        log, trace = message.get("log") or {}, message.get("trace") or {}
        stream = (message.get("state") or {}).get("stream")
        if stream:
            self._progress.follow(stream["stream_descriptor"]["name"], stream.get("stream_state") or {})
        elif log.get("level") == "WARN":
            self._progress.say(f"  warning: {plain_name(str(log.get('message')))}")
        elif log.get("level") == "INFO":
            self._progress.note(str(log.get("message")))
        if trace.get("type") != "ERROR":
            return False
        # The closing error of several accounts has a line for each, and the same line for each slice that failed.
        if (stack := (trace.get("error") or {}).get("stack_trace")) is not None:
            self._progress.say(str(stack))  # of a bug in the connector: its message asks to report it
        for text in str((trace.get("error") or {}).get("message")).splitlines():
            if text not in self.errors:
                self.errors.append(text)
        return True


@contextlib.contextmanager
def _piped(text: str) -> Iterator[IO[str]]:
    """The reading end of a pipe that gives the text."""
    reader, writer = os.pipe()

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w") as pipe:  # nobody reads it any more
            pipe.write(text)

    thread = threading.Thread(target=write, daemon=True)  # a pipe holds less than a long configuration
    thread.start()
    with os.fdopen(reader) as pipe:
        yield pipe
    thread.join()


def _is_interrupted(error: AirbyteSubprocessFailedError) -> bool:
    """Ctrl-C reaches this process and the connector, and PyAirbyte reports only that the connector ended."""
    return isinstance(error.__context__, KeyboardInterrupt)
