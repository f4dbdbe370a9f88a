"""The connector's command, run as a process of its own: its messages as they come."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from warehouse.errors import LoadError
from warehouse.load import PRIVATE_DIRECTORY

NAME = "source-github-copilot-billing"
# The console script of the environment that this runs in, whatever stands first in PATH.
SCRIPT = Path(sys.executable).with_name(NAME)

BEGIN_OF_MESSAGE = b'{"type":"'

Message = Mapping[str, Any]


def messages(script: Path, config: Mapping[str, Any], command: str, **files: object) -> Generator[Message, None, None]:
    """The messages of one command. Who stops before the last one stops the connector.

    :param script: the connector's command
    :param files: what the command's other options name, as values
    :raises LoadError: when the connector ends with an error that none of its messages tells, or a message is cut
    """
    with tempfile.TemporaryDirectory(prefix="files-", dir=PRIVATE_DIRECTORY) as directory:
        arguments: list[str | Path] = [script, command, "--config", "/dev/stdin"]
        for name, value in files.items():
            path = Path(directory, name)
            path.write_text(json.dumps(value), encoding="utf-8")
            arguments += [f"--{name}", path]
        # The configuration goes through a pipe: it holds secrets, and never lies on a disk.
        yield from _answers(arguments, json.dumps(dict(config)).encode())


def _answers(arguments: Sequence[str | Path], given: bytes) -> Iterator[Message]:
    has_error, last_line = False, ""
    with subprocess.Popen(  # noqa: S603  (our own command)
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101  (both are pipes)
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:  # it may have ended already
                pipe.write(given)
            for line in process.stdout:
                message = _parsed(line)
                if message is None:
                    if BEGIN_OF_MESSAGE in line:
                        raise LoadError("A message of the connector arrived in part. The next sync goes on before it.")
                    last_line = line.decode(errors="replace").strip() or last_line
                    continue
                has_error = has_error or error_of(message) is not None
                yield message
        except BaseException:
            process.terminate()  # it may wait for GitHub for an hour
            raise
    if process.returncode and not has_error:
        reason = f"its last line: {last_line}" if last_line else "no message"
        raise LoadError(f"The connector ended with exit code {process.returncode} and {reason}.")


def _parsed(line: bytes) -> Message | None:
    try:
        message = orjson.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def error_of(message: Message) -> Mapping[str, Any] | None:
    """The error that a message tells: its `message`, and of a bug its `stack_trace`."""
    trace = message.get("trace") or {}
    return (trace.get("error") or {}) if trace.get("type") == "ERROR" else None
