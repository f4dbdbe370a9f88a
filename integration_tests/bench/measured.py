"""Runs a command as a child process and says what it cost.

The command is started by a small process of its own, which is this file: Linux counts the memory of whoever starts a
process into that process's peak, and a benchmark that holds a sandbox is large.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

NO_CORES = "-"  # the system chooses


@dataclass(frozen=True)
class Run:
    """:ivar cpu_seconds: what other processes do meanwhile changes these less than the seconds"""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def run(command: Sequence[str], cores: Collection[int] = (), output: Path = Path(os.devnull)) -> Run:
    """Run a command to its end.

    :param cores: those that it may use; the system chooses where there are none
    :param output: the file that gets its standard output
    :raises RuntimeError: when the command fails
    """
    chosen = ",".join(map(str, cores)) or NO_CORES
    # Without the packages of this environment, which take memory.
    starter = subprocess.run(
        [sys.executable, "-I", "-S", __file__, chosen, str(output), *command], capture_output=True, text=True
    )
    if starter.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])} failed: {starter.stderr[-1000:]}")
    return Run(**json.loads(starter.stdout))


def _start(cores: str, output: str, command: list[str]) -> int:
    """Print the cost of the command as JSON; return its exit code."""
    if cores != NO_CORES:
        os.sched_setaffinity(0, [int(core) for core in cores.split(",")])  # the command inherits it
    with open(output, "wb") as file:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=file)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    # A Mac counts the memory in bytes.
    unit = 1024**2 if sys.platform == "darwin" else 1024
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "peak_megabytes": usage.ru_maxrss / unit,
            }
        )
    )
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_start(sys.argv[1], sys.argv[2], sys.argv[3:]))
