"""The console script: a process that ends at once when it gets a signal, from its first moment on.

Only the standard library is imported before the signals are handled: the rest takes seconds, in which SIGTERM would be
lost on a container's first process.
"""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from source_github_copilot_billing.clock import Clock


def main(clock: "Clock | None" = None) -> None:
    """:param clock: this machine's by default"""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    _print_whole_lines()
    from source_github_copilot_billing.command_line import run

    try:
        try:
            code = run(sys.argv[1:], clock)
        except BrokenPipeError:
            # Who reads the messages is gone: there is nobody to print for.
            os._exit(1)
        except Exception:
            # As the interpreter does: the CDK's hook prints it as a message. But that would wait for the workers then.
            sys.excepthook(*sys.exc_info())
            code = 1
        sys.stdout.flush()
    except OSError as error:
        # Such as a full disk. Again not by an exception, which would wait for workers, who wait for a printed state.
        with suppress(OSError):
            os.write(2, f"The messages cannot be written: {error.strerror}.\n".encode())
        os._exit(1)
    _leave(code)


def _print_whole_lines() -> None:
    """Print UTF-8, through a buffer, and wait for a reader that is slow: whatever the environment says.

    When the process is stopped for a moment (Ctrl-Z, `docker pause`, a laptop that sleeps), the write that it is in
    ends early. A buffer writes the rest; without one, as PYTHONUNBUFFERED has it, Python drops it and says nothing, and
    records are missing.
    """
    sys.stdout = open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.__stdout__ = sys.stdout  # type: ignore[misc]  # the CDK prints to this one
    if os.name == "posix":
        os.set_blocking(sys.stdout.fileno(), True)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """End on the spot, of the signal itself: who started the process sees that it was stopped, and did not fail.

    An exception could cut a line while it is printed and print others after it, so that a state stands behind records
    that are lost; or it could wait for a reader that does not read.
    """
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    # Still there: the first process of a container gets no signal that it does not handle.
    os._exit(128 + number)


def _leave(code: int) -> NoReturn:
    """End now: workers may be waiting for GitHub's rate limit, and an ordinary exit would wait for them."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
