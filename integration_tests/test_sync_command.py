"""`make sync` with what people get wrong: one sentence, exit 1, no traceback and no secret."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

if importlib.util.find_spec("airbyte") is None:
    pytest.skip("PyAirbyte is not to be had for this Python", allow_module_level=True)

from integration_tests.sandbox import Sandbox
from load import sync, watched_executor


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "cannot be read: No such file or directory."),
        ("", "is not JSON"),
        ("{'credentials': 1}", "is not JSON"),
        ("[]", "is no JSON object"),
        ('{"credentials": "token"}', "invalid_configuration"),
        ("{}", "invalid_configuration"),
    ],
)
def test_a_configuration_that_is_none(
    text: str | None,
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "config.json"
    if text is not None:
        config.write_text(text)
    assert complaint in _refused(config, monkeypatch, capfd)


def test_a_token_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox() as sandbox:
        sandbox.revoke_pat()
        config = tmp_path / "config.json"
        config.write_text(json.dumps(sandbox.enterprise_config()))
        assert _refused(config, monkeypatch, capfd).startswith("invalid_credentials")


def test_a_bill_is_read_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(export_polls=1) as sandbox:
        config, file = tmp_path / "config.json", tmp_path / "bill.duckdb"
        config.write_text(json.dumps(sandbox.app_config(start_date=f"{sandbox.bill.today:%Y-%m}-01")))
        monkeypatch.setattr(sys, "argv", ["sync", str(config), "--duckdb", str(file)])
        monkeypatch.setattr(watched_executor, "SECONDS_BETWEEN_LINES", 0.01)
        assert sync.main() == 0
        shown = capfd.readouterr()
        assert not [secret for secret in sandbox.secrets if secret in shown.out + shown.err]
    assert file.exists()
    assert " rows of usage after " in shown.out
    # The sandbox has a suspended installation.
    assert "warning: " in shown.out
    assert "acme-platform" in shown.out
    assert shown.err == ""
    shell = next(line for line in shown.out.splitlines() if line.startswith("  .venv/bin/python"))
    command = shlex.split(shell.replace(".venv/bin/python", sys.executable))
    tried = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "net_amount" in tried.stdout


def _refused(config: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> str:
    file = config.with_name("bill.duckdb")
    monkeypatch.setattr(sys, "argv", ["sync", str(config), "--duckdb", str(file)])
    assert sync.main() == 1
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert not file.exists()
    assert len(shown.err.splitlines()) == 1
    return shown.err
