"""`make sync` with what people get wrong: one sentence, its exit code, no traceback and no secret."""

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
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_tests.warehouse.added_up import sums_are_equal
from sandbox import BillShape, Fault
from sandbox import Sandbox as UnclockedSandbox
from testing.console import clocked_script
from testing.sandbox import Sandbox
from testing.today import TODAY
from warehouse import sync
from warehouse.errors import LoadError
from warehouse.load import progress
from warehouse.load.connection import Connection
from warehouse.load.connector import SCRIPT
from warehouse.load.headlines import Totals, headlines, totals_of
from warehouse.load.summary import costs
from warehouse.load.warehouse import open_duckdb


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
    # Tables and the query apart.
    until_tables = shown.out[: shown.out.index("Building the models")]
    assert max(map(len, until_tables.replace(str(file), "bill.duckdb").splitlines())) <= 100
    month = f"{sandbox.bill.today:%Y-%m}"
    assert f"Usage of {month}, in USD" in shown.out
    assert f"Top 5 users of AI credits, {month}" in shown.out
    assert f"Top 5 models of AI credits, {month}" in shown.out
    assert max(len(line) for line in shown.out.splitlines() if line.startswith(month)) <= 80
    command = shlex.split(shown.out[shown.out.index(".venv/bin/python") :])
    tried = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True, check=True)
    assert "acme-platform" in tried.stdout
    assert max(map(len, tried.stdout.splitlines())) <= 80


SMALL = BillShape(users_per_organization=3, idle_users_per_organization=1, first_day=TODAY - timedelta(days=5))


def _suspend(sandbox: Sandbox) -> dict[str, Any]:
    sandbox.suspend(sandbox.bill.organizations[0])
    return sandbox.app_config(list(sandbox.bill.organizations))


def _without_seats(sandbox: Sandbox) -> dict[str, Any]:
    sandbox.inject(Fault("json", path="billing/seats", status=404, json={"message": "Not Found"}, times=None))
    return sandbox.enterprise_config({"ai_credit_method": "report_export"})


@pytest.mark.parametrize(
    ("configure", "settings", "missing", "what_to_do"),
    [
        (Sandbox.enterprise_config, {"metrics_policy_off": ("acme",)}, "metrics", "An owner switches it on"),
        (_without_seats, {}, "seats", "Seats need a personal access token"),
        (_suspend, {}, "usage", "An owner of the organization lifts that"),
    ],
    ids=["metrics refused", "seats refused", "an organization refused"],
)
def test_a_part_that_is_missing_is_said_first_and_the_rest_is_there(
    configure: Callable[[Sandbox], dict[str, Any]],
    settings: dict[str, Any],
    missing: str,
    what_to_do: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Sandbox(SMALL, export_polls=1, **settings) as sandbox:
        assert _sync(configure(sandbox), sandbox, tmp_path, monkeypatch) == sync.SOME
        shown = capfd.readouterr()
        with open_duckdb(
            tmp_path / "bill.duckdb", "enterprise" if missing != "usage" else "organizations"
        ) as warehouse:
            account = None if missing != "usage" else sandbox.bill.organizations[1]
            sums_are_equal(warehouse, sandbox.bill, "usage", ("day", "sku"), account)
    complaint = " ".join(shown.err.split())
    assert complaint.startswith("NOT EVERYTHING WAS READ.") and what_to_do in complaint
    last = shown.out[shown.out.index("NOT READ: ") :].splitlines()
    assert missing in last[0]
    assert len(last) <= 10 and max(map(len, last[:-1])) <= 100
    assert last[-1].startswith("The page with all charts is ") and (tmp_path / "bill.html").exists()
    if missing != "usage":
        assert 'out: make sync STREAMS="usage ' in complaint


def test_streams_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(SMALL) as sandbox:
        chosen = ["--streams", "usage, budgets"]
        assert _sync(sandbox.enterprise_config(), sandbox, tmp_path, monkeypatch, *chosen) == sync.ALL
        assert not [request for request in sandbox.requests if "seats" in request.path or "metrics" in request.path]
        assert _sync(sandbox.enterprise_config(), sandbox, tmp_path, monkeypatch, "--streams", "useage") == sync.NOTHING
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        tables = warehouse.tables()
        assert {"usage", "budgets", "reads", "github_copilot__cost_by_month"} <= tables and "seats" not in tables
    assert capfd.readouterr().err.startswith("There is no stream useage: the streams are usage, ")


def test_a_sync_ends_with_what_changed_and_the_forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(SMALL) as sandbox:
        config, chosen = sandbox.enterprise_config(), ["--streams", "usage"]
        assert _sync(config, sandbox, tmp_path, monkeypatch, *chosen) == sync.ALL
        first = capfd.readouterr().out
        before = sandbox.bill.usage_sums(("month",))
        gone = sandbox.bill.today - timedelta(days=2)
        assert sandbox.bill.withdraw(lambda charge: charge.day == gone, len(sandbox.bill.charges))
        after = sandbox.bill.usage_sums(("month",))
        assert _sync(config, sandbox, tmp_path, monkeypatch, *chosen) == sync.ALL
        second = capfd.readouterr().out
        with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
            ((month, net),) = warehouse.rows(
                "select month, sum(net_amount_to_date) from github_copilot__month_end_forecast group by 1"
            )
    assert "This was the first sync: the next one says what changed." in first
    (changed,) = [line for line in second.splitlines() if line.startswith("Since the last sync: ")]
    differences = {month: sums.net - before[month].net for month, sums in after.items()}
    assert any(round(amount, 2) for amount in differences.values())
    for (first_day,), amount in differences.items():
        assert (f"{first_day:%Y-%m} {amount:+,.2f} USD net" in changed) == bool(round(amount, 2))
    assert re.search(f"^{month:%Y-%m}: {net:,.2f} USD net so far, about [0-9,.]+ at its end.$", second, re.MULTILINE)


def test_ten_lines_say_what_is_missing_the_budgets_and_the_forecast(tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        warehouse.connection.execute(
            """
            create view github_copilot__account_freshness as
            select 'usage' as stream, 'org-' || range as account_name, date '2026-11-20' as last_read_day,
                range as days_behind
            from range(5);
            create view github_copilot__budget_status as
            select date '2026-11-20' + day::int as date, 'acme' as account_name, n::varchar as entity_name,
                'center ' || n as cost_center_name,
                null as login, 'cost_center' as budget_scope, n * 0.3 as spent_share, 1000.0 as budget_amount,
                n = 6 as prevent_further_usage
            from range(2) as days(day), range(7) as budgets(n);
            create view github_copilot__month_end_forecast as
            select date '2026-11-01' as month, 10.5 as net_amount_to_date, 20.25 as net_amount_at_month_end
            union all select date '2026-11-01', 2, null
            union all select date '2026-10-01', 900, 900
            """
        )
        said = list(headlines(warehouse, ["seats: no_resource: " + "Not found. " * 20], before=None))
    assert len(said) <= 10 and max(map(len, said)) <= 100
    assert said[0].startswith("NOT READ: seats: no_resource: Not found.") and said[0].endswith(" …")
    assert said[1:] == [
        "BEHIND: usage of org-4 is read to 2026-11-20, 4 day(s) less than others.",
        "BEHIND: usage of org-3 is read to 2026-11-20, 3 day(s) less than others.",
        "… and 2 more warnings: the page has them all.",
        "BUDGET: center 6 of acme is at 180% of 1,000.00 USD; GitHub stops it at 100 %.",
        "BUDGET: center 5 of acme is at 150% of 1,000.00 USD.",
        "… and 2 more budgets: the page has them all.",
        "2026-11: 12.50 USD net so far, at its end unknown: 1 account(s) without a forecast.",
    ]


def test_what_changed_is_money_seats_and_withdrawn_rows(tmp_path: Path) -> None:
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    with open_duckdb(tmp_path / "bill.duckdb", "enterprise") as warehouse:
        warehouse.connection.execute(
            """
            create view github_copilot__cost_by_month as
            select unnest([date '2026-10-01', date '2026-11-01', date '2026-11-01']) as month, 10.0 as net_amount;
            create view github_copilot__seat_utilization as
            select unnest([date '2026-11-19', date '2026-11-20']) as date, 30 as granted_seats;
            create view github_copilot__changes_since_last_sync as
            select unnest(['withdrawn_rows', 'withdrawn_rows', 'new_day']) as change, 2 as item_count;
            """
        )
        before = Totals({october: Decimal("10.004"), november: Decimal("12.5")}, seats=32)
        assert list(headlines(warehouse, [], before)) == [
            "Since the last sync: 2026-11 +7.50 USD net; -2 seats, now 30; 4 line items withdrawn by GitHub."
        ]
        warehouse.connection.execute("drop view github_copilot__changes_since_last_sync")
        assert list(headlines(warehouse, [], totals_of(warehouse))) == [
            "Since the last sync: no change in money or seats."
        ]


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
    lines.append(_log("INFO", "MemoryMonitor instantiated with critical threshold: 95%"))
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


@pytest.mark.parametrize("beginning", ['{"type":"RECORD","record":{"strea', ""])
def test_a_message_that_arrives_in_part_fails_the_sync_before_its_state_is_taken(
    beginning: str, tmp_path: Path
) -> None:
    state = '{"type":"STATE","state":{"type":"STREAM"}}'
    cut = beginning + '{"type":"RECORD","record":{"stream":"usage","da'
    with pytest.raises(LoadError, match=r"^A message of the connector arrived in part"):
        _read(tmp_path, [], [], f"print({cut!r}); print({state!r})")


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
        assert sync.main(clocked_script(sandbox.clock, tmp_path)) == sync.NOTHING
        assert sandbox.requests == []
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
        if ("usage",) in warehouse.rows("select table_name from information_schema.tables"):
            assert warehouse.rows("select count(*) = count(distinct id) from usage") == [(True,)]


def _sync(
    config: dict[str, Any], sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str
) -> int:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    monkeypatch.setattr(sys, "argv", ["sync", str(path), "--duckdb", str(folder / "bill.duckdb"), *options])
    return sync.main(clocked_script(sandbox.clock, folder))


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
