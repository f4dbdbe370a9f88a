"""The command line: what a person is told of a wrong configuration or file, and the exit code."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.check import SMALL_BILL
from integration_tests.support.console import Done, run_console
from sandbox import Sandbox
from source_github_copilot_billing.clock import SystemClock

Run = Callable[..., "Done | subprocess.CompletedProcess[str]"]
TOKEN = "z" * 9
WRONG = {"connection_type": "enterprise_pat", "enterprise": "https://x", "personal_access_token": TOKEN}


def forked(*arguments: str) -> Done:
    return run_console(*arguments, clock=SystemClock())


def fresh(*arguments: str) -> subprocess.CompletedProcess[str]:
    """By a fresh interpreter and this machine's clock, as Airbyte does."""
    command = [sys.executable, "-m", "source_github_copilot_billing", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run(folder: Path, command: str, config: Any, run_one: Run = forked) -> tuple[int, list[dict[str, Any]], str]:
    """:return: the exit code, the messages that are no log, and all that was printed"""
    catalog, file = folder / "catalog.json", folder / "config.json"
    catalog.write_text('{"streams": []}')
    file.write_text(json.dumps(config))
    done = run_one(command, "--config", str(file), *(("--catalog", str(catalog)) if command == "read" else ()))
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [one for one in messages if one["type"] != "LOG"], done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "config", "complaint"),
    [
        ("check", {"credentials": WRONG}, "enterprise must be the name alone"),
        ("discover", {"credentials": WRONG}, "enterprise must be the name alone"),
        ("read", {"credentials": WRONG}, "enterprise must be the name alone"),
        ("check", [WRONG], "the file given by --config, "),
        ("read", [WRONG], "the file given by --config, "),
    ],
)
def test_a_wrong_configuration_is_one_sentence_and_exit_code_1(
    command: str, config: Any, complaint: str, tmp_path: Path
) -> None:
    code, (message,), output = run(tmp_path, command, config)
    assert code == 1
    if command == "check":
        assert message["connectionStatus"]["status"] == "FAILED"
        sentence = message["connectionStatus"]["message"]
    else:
        sentence = message["trace"]["error"]["message"]
        assert message["trace"]["error"]["failure_type"] == "config_error"
    assert sentence.startswith(f"invalid_configuration: {complaint}")
    assert "Traceback" not in output and TOKEN not in output


def test_a_failed_check_ends_with_1_and_a_good_one_with_0(tmp_path: Path) -> None:
    with Sandbox(SMALL_BILL) as sandbox:
        assert run(tmp_path, "check", sandbox.enterprise_config(), fresh)[0] == 0
        code, messages, _ = run(tmp_path, "check", sandbox.enterprise_config(credentials={"enterprise": "amce"}), fresh)
    assert code == 1
    assert messages[-1]["connectionStatus"]["message"].startswith("no_resource: ")
