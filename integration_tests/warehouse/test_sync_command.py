"""`make sync` with what people get wrong: one sentence, exit 1, no traceback and no secret."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox as UnclockedSandbox
from testing.console import clocked_script
from testing.sandbox import Sandbox
from warehouse import sync
from warehouse.errors import LoadError
from warehouse.load import progress
from warehouse.load.connection import Connection
from warehouse.load.connector import SCRIPT
from warehouse.load.summary import costs
from warehouse.load.warehouse import open_duckdb, query


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "cannot be read: No such file or directory."),
        ("", "is not JSON"),
        ("{'credentials': 1}", "is not JSON"),
        ("[]", "is not a JSON object"),
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
        told = _refused(config, monkeypatch, capfd, clocked_script(sandbox.clock, tmp_path))
        assert told.startswith("invalid_credentials")


def test_a_bill_is_read_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(export_polls=1) as sandbox:
        config, file = tmp_path / "config.json", tmp_path / "bill.duckdb"
        config.write_text(json.dumps(sandbox.app_config(start_date=f"{sandbox.bill.today:%Y-%m}-01")))
        monkeypatch.setattr(sys, "argv", ["sync", str(config), "--duckdb", str(file)])
        monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.01)
        assert sync.main(clocked_script(sandbox.clock, tmp_path)) == 0
        shown = capfd.readouterr()
        assert not [secret for secret in sandbox.secrets if secret in shown.out + shown.err]
    assert file.exists()
    assert re.search(r" rows of usage\b[^\n]* after ", shown.out)
    assert f"The page with all charts is {file.with_suffix('.html')}" in shown.out
    assert "acme-platform" in file.with_suffix(".html").read_text()
    # The sandbox has a suspended installation.
    assert "warning: " in shown.out
    assert "acme-platform" in shown.out
    assert shown.err == ""
    assert '"type":' not in shown.out  # a message of the connector
    month = f"{sandbox.bill.today:%Y-%m}"
    assert f"Usage of {month}, in USD" in shown.out
    assert f"Top 5 users of AI credits, {month}" in shown.out
    assert f"Top 5 models of AI credits, {month}" in shown.out
    assert max(len(line) for line in shown.out.splitlines() if line.startswith(month)) <= 80
    command = shlex.split(shown.out[shown.out.index(".venv/bin/python") :])
    tried = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True, check=True)
    assert "acme-platform" in tried.stdout
    assert max(map(len, tried.stdout.splitlines())) <= 80


def test_whole_months_are_shown_with_their_totals(tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        warehouse.connection.execute(
            """
            create view github_copilot__cost_by_month as
            select unnest(range(date '2026-01-01', date '2026-06-01', interval 1 month)) as month,
                'acme' as organization, 'seats' as sku, 2.5 as gross_amount, 1 as discount_amount, 1 as net_amount
            union all select date '2026-05-01', null, 'seats', 1, 0, 1
            """
        )
        shown = "\n".join(costs(warehouse))
    assert shown.startswith("Usage of the last 3 months, in USD; all of them: the query below\n")
    totals = [line.split() for line in shown.splitlines() if " total " in line]
    assert totals == [
        ["2026-05", "total", "3.50", "1.00", "2.00"],
        ["2026-04", "total", "2.50", "1.00", "1.00"],
        ["2026-03", "total", "2.50", "1.00", "1.00"],
    ]
    assert "(no organization)" in shown


def test_last_line_of_the_log_is_shown_while_no_row_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = {"type": "RECORD", "record": {"stream": "usage", "data": {"id": "1"}, "emitted_at": 1}}
    lines = [_log("INFO", "reworded: waiting"), record, _log("INFO", "reworded: still waiting")]
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    said: list[str] = []
    assert _read(tmp_path, lines, said) == {"usage": 1}
    assert [re.sub(r" after \d+ s$", "", line) for line in said] == [
        "  … no rows yet",
        "  … reworded: waiting",
        "  … 1 rows of usage",
        "  … no new rows",
        "  … reworded: still waiting",
    ]


def test_a_mistake_of_the_connector_is_shown_with_its_traceback(tmp_path: Path) -> None:
    error = {"message": "internal_error: stream usage: X", "stack_trace": "Traceback: in this line"}
    said: list[str] = []
    with pytest.raises(LoadError, match=r"^internal_error: stream usage: X$"):
        _read(tmp_path, [{"type": "TRACE", "trace": {"type": "ERROR", "error": error}}], said)
    assert said == ["Traceback: in this line"]


def test_a_connector_that_breaks_without_a_message_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(
        LoadError, match=r"^The connector ended with exit code 3 and its last line: ImportError: no cdk\.$"
    ):
        _read(tmp_path, [], [], "print('ImportError: no cdk'); sys.exit(3)")


@pytest.mark.parametrize("content", [b"no database", None])
def test_a_duckdb_file_that_cannot_be_opened(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox() as sandbox, contextlib.ExitStack() as stack:
        config, file = tmp_path / "config.json", tmp_path / "bill.duckdb"
        config.write_text(json.dumps(sandbox.enterprise_config()))
        if content is not None:
            file.write_bytes(content)
        else:
            code = (
                f"import duckdb; bill = duckdb.connect({str(file)!r}); print(flush=True); import sys; sys.stdin.read()"
            )
            other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.callback(other.communicate)
            assert other.stdout is not None and other.stdout.readline()
        monkeypatch.setattr(sys, "argv", ["sync", str(config), "--duckdb", str(file)])
        assert sync.main(clocked_script(sandbox.clock, tmp_path)) == 1
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err
    (line,) = shown.err.splitlines()
    assert line.startswith(f"The DuckDB file {file} cannot be opened: ")
    assert ("not a valid DuckDB database" if content else "Conflicting lock is held in") in line


def test_duckdb_file_with_the_name_of_its_schema_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox() as sandbox:
        config, file = tmp_path / "config.json", tmp_path / "Enterprise.duckdb"
        config.write_text(json.dumps(sandbox.enterprise_config()))
        monkeypatch.setattr(sys, "argv", ["sync", str(config), "--duckdb", str(file)])
        assert sync.main(clocked_script(sandbox.clock, tmp_path)) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line == f"The DuckDB file {file} has the name of its schema, enterprise: name another file."
    assert not file.exists()


# As a terminal does: to the command and to the connector that it runs. As a scheduler does: to the command alone.
@pytest.mark.parametrize(("told", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_sync_leaves_a_bill_that_can_be_read_and_nothing_else(
    told: signal.Signals, code: int, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    # The report is never finished: the connector waits. All of it by this machine's clock, as a user's is.
    with UnclockedSandbox(export_polls=1_000) as sandbox:
        config, file = tmp_path / "config.json", tmp_path / "bill.duckdb"
        config.write_text(json.dumps(sandbox.enterprise_config(start_date=f"{sandbox.bill.today:%Y-%m}-01")))
        command = [sys.executable, "-m", "warehouse.sync", str(config), "--duckdb", str(file)]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(temporary)},
            # A shell without job control starts what runs in its background with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            deadline = time.monotonic() + 120
            while not any(request.path.endswith("/reports") for request in sandbox.requests):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            if told is signal.SIGINT:
                os.killpg(process.pid, told)
            else:
                process.send_signal(told)
            _, err = process.communicate(timeout=60)
            with pytest.raises(ProcessLookupError):  # the connector is gone as well
                os.killpg(process.pid, 0)
    assert not [path for path in temporary.rglob("*") if path.is_file()]  # such as the configuration
    assert (process.returncode, err) == (code, "\nStopped. The next sync goes on from here.\n")
    # How far the read and the loading had come by then is a matter of time; what is there can be read.
    with open_duckdb(file, "enterprise") as warehouse:
        if ("usage",) in query(warehouse, "select table_name from information_schema.tables"):
            assert query(warehouse, "select count(*) = count(distinct id) from usage") == [(True,)]


def _log(level: str, message: str) -> dict[str, Any]:
    return {"type": "LOG", "log": {"level": level, "message": message}}


def _read(folder: Path, messages: list[dict[str, Any]], said: list[str], end: str = "") -> dict[str, int]:
    """The rows of a sync of `usage` by a connector that prints these messages."""
    schema = {"properties": {"id": {"type": "string"}}}
    catalog = {"type": "CATALOG", "catalog": {"streams": [{"name": "usage", "json_schema": schema}]}}
    script = folder / "connector"
    script.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"for message in {[catalog]} if sys.argv[1] == 'discover' else {messages}: print(json.dumps(message))\n"
        f"if sys.argv[1] == 'read':\n    {end or 'pass'}\n"
    )
    script.chmod(0o700)
    with open_duckdb(folder / "bill.duckdb", "enterprise") as warehouse:
        return Connection({}, said.append, script=script).sync(warehouse)


def _refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], script: Path = SCRIPT
) -> str:
    file = config.with_name("bill.duckdb")
    monkeypatch.setattr(sys, "argv", ["sync", str(config), "--duckdb", str(file)])
    assert sync.main(script) == 1
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert not file.exists()
    assert len(shown.err.splitlines()) == 1
    return shown.err
