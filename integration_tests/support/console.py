"""Runs the console command in a process of its own, forked from one that has imported everything already.

It is handed a clock, which the command of a user is not. Importing the CDK takes most of the time of a short run. The
commands of a fresh interpreter are tested in packaging/test_command_line.py and reliability/test_secrets.py.
"""

import fcntl
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.run import main

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([__name__, "source_github_copilot_billing.command_line"])
SMALL_PIPE = 4096  # soon full: most of what was not read yet is lost by a kill


class Console:
    """A running command. `stdout` is what it prints, as bytes; its errors go to a file."""

    def __init__(self, arguments: Sequence[str], clock: Clock, errors: str = os.devnull) -> None:
        reader, writer = FORKING.Pipe(duplex=False)
        if sys.platform == "linux":
            fcntl.fcntl(writer.fileno(), fcntl.F_SETPIPE_SZ, SMALL_PIPE)
        self.stdout = os.fdopen(os.dup(reader.fileno()), "rb")
        self._process = FORKING.Process(target=_run, args=(arguments, clock, writer, errors))
        self._process.start()
        writer.close()
        reader.close()

    def __enter__(self) -> "Console":
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.join()
        self.stdout.close()

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended. From any thread: `wait` alone asks whether it has."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """:return: the exit code, or the signal that ended it, as a negative number"""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"the command did not end within {timeout} seconds")
        return self._process.exitcode


@dataclass(frozen=True)
class Done:
    """A command that has ended, and all that it printed."""

    returncode: int
    stdout: str
    stderr: str


def run_console(*arguments: str, clock: Clock) -> Done:
    """Runs a command to its end."""
    with tempfile.NamedTemporaryFile("r") as errors, Console(arguments, clock, errors.name) as console:
        printed = console.stdout.read().decode()
        return Done(console.wait(), printed, errors.read())


def _run(arguments: Sequence[str], clock: Clock, output: Connection, errors: str) -> None:
    os.dup2(output.fileno(), 1)
    output.close()
    with open(errors, "w") as file:
        os.dup2(file.fileno(), 2)
    sys.argv = ["source-github-copilot-billing", *arguments]
    main(clock)
