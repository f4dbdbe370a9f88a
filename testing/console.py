"""python -m testing.console SECONDS_AHEAD COMMAND …: the console command, by a clock that is handed in.

The command of a user reads this machine's clock, and has no option for another one.
"""

import sys
from functools import cache
from pathlib import Path

from source_github_copilot_billing.run import main
from testing.forking import ForkedProgram
from testing.moved_clock import MovedClock


def command(clock: MovedClock) -> list[str]:
    return [sys.executable, "-m", __name__, repr(clock.seconds_ahead)]


def clocked_script(clock: MovedClock, folder: Path) -> Path:
    """The command as a file that can be run, for those who want it so. It imports nothing anew."""
    return _forked().script(folder / "source-github-copilot-billing", repr(clock.seconds_ahead))


@cache
def _forked() -> ForkedProgram:
    return ForkedProgram(
        Path(sys.executable), f"{run.__module__}:{run.__name__}", "source_github_copilot_billing.command_line"
    )


def run() -> None:
    main(MovedClock(float(sys.argv.pop(1))))


if __name__ == "__main__":
    run()
