"""The command line, whole and by this machine's clock: what a person is told of a wrong file, and the exit code."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.check import SMALL_BILL
from integration_tests.support.console import run_console
from sandbox import Sandbox
from source_github_copilot_billing.clock import SystemClock


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SMALL_BILL) as github:
        yield github


Outcome = tuple[int, list[dict[str, Any]], str]  # exit code, messages that are no log, and all that was printed


def written(folder: Path, config: Any) -> str:
    path = folder / "config.json"
    text = config if isinstance(config, str | bytes) else json.dumps(config)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def told(returncode: int, stdout: str, stderr: str) -> Outcome:
    messages = [json.loads(line) for line in stdout.splitlines()]
    return returncode, [message for message in messages if message["type"] != "LOG"], stdout + stderr


def run(folder: Path, command: str, config: Any, *more: str) -> Outcome:
    """By a fresh interpreter, as Airbyte does."""
    arguments = [command, "--config", written(folder, config), *more]
    done = subprocess.run(
        [sys.executable, "-m", "source_github_copilot_billing", *arguments], capture_output=True, text=True, check=False
    )
    return told(done.returncode, done.stdout, done.stderr)


def run_forked(folder: Path, command: str, config: Any, *more: str) -> Outcome:
    """By a process that has imported everything already: for tests that run it many times."""
    done = run_console(command, "--config", written(folder, config), *more, clock=SystemClock())
    return told(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_a_wrong_configuration_is_one_sentence_and_exit_code_1(tmp_path: Path, command: str) -> None:
    catalog = tmp_path / "catalog.json"
    catalog.write_text('{"streams": []}')
    config = {
        "credentials": {
            "connection_type": "enterprise_pat",
            "enterprise": "https://x",
            "personal_access_token": "z" * 9,
        }
    }
    more = ["--catalog", str(catalog)] if command == "read" else []
    code, messages, output = run(tmp_path, command, config, *more)
    assert code == 1
    (message,) = messages
    if command == "check":
        assert message["connectionStatus"]["status"] == "FAILED"
        sentence = message["connectionStatus"]["message"]
    else:
        sentence = message["trace"]["error"]["message"]
        assert message["trace"]["error"]["failure_type"] == "config_error"
    assert sentence.startswith("invalid_configuration: enterprise must be the name alone")
    assert "Traceback" not in output and "z" * 9 not in output


def test_wrong_and_missing_files_are_one_sentence(tmp_path: Path, sandbox: Sandbox) -> None:
    for wrong, complaint in (
        ('{"credentials":\n {not json', "config.json, is not JSON: line 2, column 3: Expecting property name enclosed"),
        ("[]", "config.json, is JSON, but not of a config: it is one object"),
        ("{}".encode("utf-16"), "config.json, is not text in UTF-8: save it so."),
        (b"\xef\xbb\xbf{}", "config.json, begins with a byte order mark: save it as UTF-8 without one."),
    ):
        code, messages, output = run_forked(tmp_path, "check", wrong)
        assert code == 1 and "Traceback" not in output
        assert complaint in messages[0]["connectionStatus"]["message"]
    catalog, state = tmp_path / "catalog.json", tmp_path / "state.json"
    arguments = ["--catalog", str(catalog), "--state", str(state)]
    for change, complaint in (
        (None, "catalog.json, cannot be read: No such file or directory."),
        ((catalog, "{}"), "catalog.json, is JSON, but not of a catalog: it is an object with a list of streams"),
        ((catalog, '{"streams": []}'), "state.json, cannot be read: No such file or directory."),
        ((state, "[{}]"), "state.json, is JSON, but not of a state: it is a list of the state messages"),
    ):
        if change:
            change[0].write_text(change[1])
        code, messages, output = run_forked(tmp_path, "read", sandbox.enterprise_config(), *arguments)
        assert code == 1 and "Traceback" not in output
        assert messages[0]["trace"]["error"]["message"].partition(complaint)[1]


def test_a_failed_check_ends_with_1_and_a_good_one_with_0(tmp_path: Path, sandbox: Sandbox) -> None:
    assert run(tmp_path, "check", sandbox.enterprise_config())[0] == 0
    code, messages, _ = run(tmp_path, "check", sandbox.enterprise_config(credentials={"enterprise": "amce"}))
    assert code == 1
    assert messages[-1]["connectionStatus"]["message"].startswith("no_resource: ")
