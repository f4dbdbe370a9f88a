"""`check` and the command line, whole: what a person is told, and the exit code."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Status

from integration_tests.sandbox import BillShape, Fault, Sandbox
from source_github_copilot_billing import SourceGithubCopilotBilling
from unit_tests.virtual_clock import VirtualClock

SHAPE = BillShape(users_per_organization=2, idle_users_per_organization=0)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE) as github:
        yield github


def check(config: dict[str, Any]) -> str:
    """The complaint, or "" when the check succeeded."""
    status = SourceGithubCopilotBilling(VirtualClock()).check(logging.getLogger("airbyte"), config)
    assert (status.status == Status.SUCCEEDED) == (status.message is None)
    return status.message or ""


def test_an_enterprise_is_proven_by_one_request(sandbox: Sandbox) -> None:
    assert check(sandbox.enterprise_config()) == ""
    (request,) = sandbox.requests
    assert (request.method, request.path) == ("GET", "/enterprises/acme/settings/billing/usage")
    assert request.query.keys() == {"year", "month", "day"}


def test_organizations_are_proven_by_one_request_and_one_token_each(sandbox: Sandbox) -> None:
    assert check(sandbox.app_config()) == ""
    assert len(sandbox.requests) == 1 + 2 * len(sandbox.bill.organizations)


def test_a_wrong_token(sandbox: Sandbox) -> None:
    message = check(sandbox.enterprise_config(credentials={"personal_access_token": "y" * 30}))
    assert message.startswith("invalid_credentials: Enterprise acme: GitHub answered 401")


def test_a_wrong_name(sandbox: Sandbox) -> None:
    message = check(sandbox.enterprise_config(credentials={"enterprise": "amce"}))
    assert message.startswith("no_resource: Enterprise amce: GitHub answered 404")


def test_a_token_without_the_scope_is_told_what_it_has_and_lacks() -> None:
    with Sandbox(SHAPE, pat_scopes=("repo", "read:org")) as github:
        message = check(github.enterprise_config())
    assert message.startswith("invalid_permissions: Enterprise acme")
    assert "the token has: repo, read:org" in message
    assert "manage_billing:enterprise" in message


def test_an_app_key_of_another_app(sandbox: Sandbox) -> None:
    from unit_tests.keys import pkcs1

    message = check(sandbox.app_config(credentials={"private_key": pkcs1()}))
    assert message.startswith("invalid_credentials: GitHub App")
    assert "knows no App with this ID and key" in message
    message = check(sandbox.app_config(credentials={"app_id": "1"}))
    assert message.startswith("invalid_credentials: GitHub App 1: GitHub knows no App with this ID and key (404")


def test_named_organizations_must_all_work(sandbox: Sandbox) -> None:
    good = sandbox.bill.organizations[0]
    assert check(sandbox.app_config(organizations=[good.upper()])) == ""
    message = check(sandbox.app_config(organizations=[good, "acme-archive"]))
    assert message.startswith("invalid_permissions: Organization acme-archive")
    assert "suspended" in message
    message = check(sandbox.app_config(organizations=[good, "elsewhere"]))
    assert message.startswith("invalid_permissions: Organization elsewhere")
    assert "not installed" in message


def test_of_unnamed_organizations_one_must_work_and_the_others_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(SHAPE, without_administration=("acme-data",)) as github:
        assert check(github.app_config()) == ""
        warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        assert any("Organization acme-data" in line and "Administration: read" in line for line in warnings)
        assert any("acme-archive" in line and "suspended" in line for line in warnings)
        message = check(github.app_config(organizations=["acme-data"]))
        assert message.startswith("invalid_permissions: Organization acme-data")
    with Sandbox(SHAPE, without_administration=SHAPE.organizations) as github:
        assert check(github.app_config()).startswith("invalid_permissions: ")


def test_an_app_that_is_installed_nowhere(sandbox: Sandbox) -> None:
    for organization in sandbox.bill.organizations:
        sandbox.uninstall(organization)
    message = check(sandbox.app_config())
    assert message.startswith("invalid_permissions: the GitHub App can read no organization")


def test_a_token_that_ends_soon_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    soon = datetime.now(timezone.utc) + timedelta(days=13)
    with Sandbox(SHAPE, pat_expires_at=f"{soon:%Y-%m-%d %H:%M:%S} UTC") as github:
        assert check(github.enterprise_config()) == ""
    warnings = [record.message for record in caplog.records if "expires on" in record.message]
    assert len(warnings) == 1 and f"{soon:%Y-%m-%d}" in warnings[0]


def test_a_token_that_lasts_is_not(caplog: pytest.LogCaptureFixture) -> None:
    late = datetime.now(timezone.utc) + timedelta(days=15)
    with Sandbox(SHAPE, pat_expires_at=f"{late:%Y-%m-%d %H:%M:%S} UTC") as github:
        assert check(github.enterprise_config()) == ""
    assert not [record for record in caplog.records if "expires on" in record.message]


def test_limits_and_troubles_are_told_soon(sandbox: Sandbox) -> None:
    sandbox.inject(Fault("primary_limit", times=None, reset_in=3000))
    assert check(sandbox.enterprise_config()).startswith("rate_limited: Enterprise acme")
    assert len(sandbox.requests) == 1
    sandbox.clear_faults()
    sandbox.inject(Fault("status", status=502, times=None))
    assert check(sandbox.enterprise_config()).startswith("unreachable: Enterprise acme")
    assert check({**sandbox.enterprise_config(), "api_url": "http://127.0.0.1:9"}).startswith("unreachable: ")


def run(folder: Path, command: str, config: Any, *more: str) -> tuple[int, list[dict[str, Any]], str]:
    path = folder / "config.json"
    text = config if isinstance(config, str | bytes) else json.dumps(config)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    done = subprocess.run(
        [sys.executable, "-m", "source_github_copilot_billing", command, "--config", str(path), *more],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    told = [message for message in messages if message["type"] != "LOG"]
    return done.returncode, told, done.stdout + done.stderr


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
        code, messages, output = run(tmp_path, "check", wrong)
        assert code == 1 and "Traceback" not in output
        assert complaint in messages[0]["connectionStatus"]["message"]
    catalog, state = tmp_path / "catalog.json", tmp_path / "state.json"
    arguments = ["--catalog", str(catalog), "--state", str(state)]
    for written, complaint in (
        (None, "catalog.json, cannot be read: No such file or directory."),
        ((catalog, "{}"), "catalog.json, is JSON, but not of a catalog: it is an object with a list of streams"),
        ((catalog, '{"streams": []}'), "state.json, cannot be read: No such file or directory."),
        ((state, "[{}]"), "state.json, is JSON, but not of a state: it is a list of the state messages"),
    ):
        if written:
            written[0].write_text(written[1])
        code, messages, output = run(tmp_path, "read", sandbox.enterprise_config(), *arguments)
        assert code == 1 and "Traceback" not in output
        assert messages[0]["trace"]["error"]["message"].partition(complaint)[1]


def test_a_failed_check_ends_with_1_and_a_good_one_with_0(tmp_path: Path, sandbox: Sandbox) -> None:
    assert run(tmp_path, "check", sandbox.enterprise_config())[0] == 0
    code, messages, _ = run(tmp_path, "check", sandbox.enterprise_config(credentials={"enterprise": "amce"}))
    assert code == 1
    assert messages[-1]["connectionStatus"]["message"].startswith("no_resource: ")
