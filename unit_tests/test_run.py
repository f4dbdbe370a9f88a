"""The process: how it ends when it is told to."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

STOPS = [signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize("number", STOPS, ids=lambda number: number.name)
def test_process_that_is_stopped_dies_of_the_signal_without_a_word(number: signal.Signals, tmp_path: Path) -> None:
    """PyAirbyte stops `spec` so, and takes every other exit code for a failure."""
    config = tmp_path / "config.json"
    os.mkfifo(config)  # a file whose reader waits until somebody writes
    with (
        subprocess.Popen(
            [sys.executable, "-m", "source_github_copilot_billing", "check", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A shell without job control starts what runs in its background with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process,
        config.open("w"),  # waits in its turn, until the connector reads
    ):
        process.send_signal(number)
        printed, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (-number, b"")
    assert {json.loads(line)["type"] for line in printed.splitlines()} <= {"LOG"}


@pytest.mark.parametrize("number", STOPS, ids=lambda number: number.name)
def test_first_process_of_a_container_ends_with_the_signals_exit_code(number: signal.Signals) -> None:
    """The kernel keeps from it what it does not handle; here a kill that does nothing stands for that."""
    program = (
        "import os; from source_github_copilot_billing import run; "
        f"os.kill = lambda process, number: None; run._end({int(number)}, None)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 128 + number
