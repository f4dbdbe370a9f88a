"""Runs a program many times and imports its libraries once: a server imports them, and forks for each run.

Importing the CDK or dbt takes most of the time of a short run. This file is three things, and needs nothing but the
standard library: `ForkedProgram` for tests; the server, `python forking.py serve PROCESS SOCKET FUNCTION MODULES …`;
and the command that stands for the program, `python forking.py run SOCKET ARGUMENTS …`. The command hands its
arguments, environment, directory and open files to the server, ends as the program does, and passes signals on.
"""

import array
import importlib
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

SECONDS_TO_START = 120.0


class ForkedProgram:
    """A server for one program, until the tests end: one for all processes of a test run."""

    def __init__(self, python: Path, function: str, *modules: str) -> None:
        """:param python: the interpreter of the program's environment
        :param function: what runs the program, such as "package.module:main"; it reads sys.argv
        :param modules: what the program imports later
        """
        # With xdist, this process is a child of the one that runs the tests.
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        tests, name = (os.getppid(), run) if run else (os.getpid(), secrets.token_hex(8))
        folder = Path(tempfile.gettempdir(), f"forking-{name}-{function.replace(':', '.')}")
        self._socket = folder / "socket"
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            # By its place, because the program's environment does not have this package.
            self._server = subprocess.Popen(  # noqa: S603 - our own file
                [python, __file__, "serve", str(tests), self._socket, function, *modules],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            )

    def script(self, path: Path, *arguments: str) -> Path:
        """A file that can be run in the program's place.

        :param arguments: those that come before the ones that it is run with
        """
        command = [sys.executable, "-I", "-S", __file__, "run", str(self._socket), *arguments]
        path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        path.chmod(0o700)
        return path


def serve(tests: int, path: str, name: str, modules: Sequence[str]) -> None:
    """:param tests: the process with which this one ends"""
    sys.path.pop(0)  # this file's own directory: its neighbours have names of other people's modules
    module, _, attribute = name.partition(":")
    function = getattr(importlib.import_module(module), attribute)
    for other in modules:
        importlib.import_module(other)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # runs that ended leave no zombies
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{path}.new")
        listening.listen()
        os.rename(f"{path}.new", path)  # from now on there is somebody who listens
        listening.settimeout(2)
        while _lives(tests):
            try:
                client, _ = listening.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                listening.close()
                _run_for(client, function)
            client.close()
    shutil.rmtree(Path(path).parent)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _run_for(client: socket.socket, function: Callable[[], object]) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, _, _ = socket.recv_fds(client, 1_000_000, 3)
    while not message.endswith(b"\n"):
        message += client.recv(1_000_000)
    arguments, environment, directory = json.loads(message)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.argv = arguments
    if process := os.fork():
        client.sendall(b"%d\n" % process)
        _, status = os.waitpid(process, 0)
        client.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    client.close()
    try:
        code = function()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # as an interpreter does
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of C libraries do not outlive a fork well: an ordinary exit would wait for them.
    os._exit(code if isinstance(code, int) else int(code is not None))


def run(path: str, arguments: Sequence[str]) -> int:
    """:return: the exit code of the program; a signal that ended it ends this process too"""
    deadline = time.monotonic() + SECONDS_TO_START
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        message = json.dumps([["program", *arguments], dict(os.environ), os.getcwd()]).encode() + b"\n"
        sent = server.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", (0, 1, 2)))])
        server.sendall(message[sent:])
        with server.makefile() as answers:
            process = int(answers.readline())
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda told, _: os.kill(process, told))
            code = int(answers.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
    else:
        sys.exit(run(sys.argv[2], sys.argv[3:]))
