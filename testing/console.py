"""python -m testing.console SECONDS_AHEAD COMMAND …: the console command, by a clock that is handed in.

The command of a user reads this machine's clock, and has no option for another one.
"""

import shlex
import sys
from pathlib import Path

from source_github_copilot_billing.run import main
from testing.moved_clock import MovedClock


def command(clock: MovedClock) -> list[str]:
    return [sys.executable, "-m", __name__, repr(clock.seconds_ahead)]


def clocked_script(clock: MovedClock, folder: Path) -> Path:
    """The command as a file that can be run, for those who want it so."""
    path = folder / "source-github-copilot-billing"
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command(clock))} "$@"\n')
    path.chmod(0o700)
    return path


if __name__ == "__main__":
    main(MovedClock(float(sys.argv.pop(1))))
