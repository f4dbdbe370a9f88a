"""What GitHub, a report or a proxy says is shown as text: in the log, in errors, and by `preview`."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import Sync
from integration_tests.support.console import run_console
from integration_tests.support.ways import (
    BILLING_SUMMARY,
    COST_CENTERS,
    REPORT,
    SEATS,
    USAGE,
    USAGE_BY_APP,
    small_sandbox,
)
from sandbox import Fault

# Clears the screen and sets the title, turns a line around, looks like rich's markup and like a message of the CDK.
HOSTILE = '\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066 [/x] [link=file:///etc]y[/link]\r\n{"type":"RECORD"}'
SHOWN = "\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\u202e\\u2066 [/x] [link=file:///etc]y[/link]"
UNSEEN = set("\x1b\x07\x9b\u202e\u2066\r")


def assert_plain(result: Sync, times: int = 1) -> None:
    said = [*result.errors, *result.logs]
    assert not [text for text in said if UNSEEN & set(text)]
    assert len([text for text in said if SHOWN in text]) >= times, said


def test_github_s_own_message_is_text() -> None:
    with small_sandbox() as sandbox:
        refusal = {"message": HOSTILE}
        sandbox.inject(Fault("json", status=403, json=refusal, times=None, headers={"x-oauth-scopes": "\x1b[2J"}))
        assert_plain(USAGE.read(sandbox, num_workers=1), times=2)  # as an error and in the log


@pytest.mark.parametrize("way", [USAGE, BILLING_SUMMARY, SEATS, COST_CENTERS], ids=lambda way: way.stream)
def test_names_in_an_answer_are_text_in_what_is_said_of_them(way: Any) -> None:
    """Each is a name that a message can quote, in an answer that is wrong beside it."""
    item = {"product": HOSTILE, "sku": HOSTILE, "unitType": HOSTILE, "date": HOSTILE}
    center = {"id": HOSTILE, "name": HOSTILE, "state": "active", "resources": 1}
    seat = {"assignee": {"login": HOSTILE, "id": HOSTILE}, "plan_type": HOSTILE, "created_at": HOSTILE}
    body = {"usageItems": [item], "costCenters": [center], "total_seats": HOSTILE, "seats": [seat]}
    with small_sandbox() as sandbox:
        sandbox.inject(Fault("json", json=body, times=None, method="GET", path="/(settings|copilot)/"))
        result = way.read(sandbox, num_workers=1)
        assert result.errors or result.logs
        assert_plain(result, times=0)


def test_names_of_organizations_are_text_and_lead_nowhere() -> None:
    installations = [
        {"id": 1, "target_type": "Organization", "account": {"login": HOSTILE, "id": 1}},
        {"id": 2, "target_type": "Organization", "account": {"login": "..", "id": 2}},
        {"id": 3, "target_type": "Organization", "account": {"login": "../../user", "id": 3}},
    ]
    with small_sandbox() as sandbox:
        sandbox.inject(Fault("json", json=installations, path=r"app/installations\?", times=None))
        token = {"token": sandbox.personal_access_token, "expires_at": "2999-01-01T00:00:00Z"}
        sandbox.inject(Fault("json", json=token, status=201, path="access_tokens", times=None))
        result = USAGE_BY_APP.read(sandbox, num_workers=1)
        asked = [request.path for request in sandbox.requests if not request.path.startswith("/app/")]
    assert_plain(result)
    assert asked and all(path.startswith("/organizations/") and "/../" not in path for path in asked)
    assert any("leads elsewhere in a URL" in text for text in [*result.errors, *result.logs])


def test_the_number_of_a_report_leads_nowhere() -> None:
    with small_sandbox() as sandbox:
        order = {"id": "../../../../user?x=", "status": "processing"}
        sandbox.inject(Fault("json", "POST", "/reports", json=order, times=None))
        result = REPORT.read(sandbox, num_workers=1)
        paths = {request.path for request in sandbox.requests}
    assert result.errors
    assert not [path for path in paths if path.endswith("/user")]
    assert any(path.endswith("/reports/..%2F..%2F..%2F..%2Fuser%3Fx%3D") for path in paths)


def test_columns_and_products_of_a_report_are_text() -> None:
    name = HOSTILE.replace("\r\n", " ").replace('"', "")
    header = (
        "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
        f"net_amount,organization,{name}\n"
    )
    with small_sandbox() as sandbox:
        day = sandbox.bill.today.isoformat()
        line = f"{day},ann,{name},{name},gpt,1,{name},0.01,0.01,0,0.01,acme-data,1\n"
        sandbox.inject(Fault("json", host="storage", times=None, body=(header + line).encode()))
        result = REPORT.read(sandbox, num_workers=1, start_date=day)
    assert not [text for text in [*result.errors, *result.logs] if UNSEEN & set(text)]
    assert [text for text in result.logs if "\\x1b[2j" in text.lower()]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_preview_shows_names_as_text(options: list[str], tmp_path: Path) -> None:
    assignee = {"login": f"a{HOSTILE}", "id": 1, "type": "User"}
    seat = {"created_at": "2026-01-01T00:00:00Z", "assignee": assignee, "plan_type": HOSTILE}
    seats = {"total_seats": 1, "seats": [seat]}
    with small_sandbox() as sandbox:
        sandbox.inject(Fault("json", json=seats, path="billing/seats", times=None))
        sandbox.inject(Fault("json", status=403, json={"message": HOSTILE}, path="metrics/reports", times=None))
        config = tmp_path / "config.json"
        config.write_text(json.dumps(sandbox.enterprise_config()))
        done = run_console("preview", "--config", str(config), "--days", "2", *options, clock=sandbox.clock)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert not UNSEEN & set(said)
    assert "Traceback" not in said
    if not options:
        assert f"plan {SHOWN}".lower() in done.stdout.lower()
        assert '{"type":"RECORD"}' not in done.stdout.splitlines()
