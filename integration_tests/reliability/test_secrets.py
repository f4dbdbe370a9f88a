"""No secret is ever printed or sent elsewhere: every failing case is run, and all its output is searched."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import requests
from airbyte_cdk.models import AirbyteMessageSerializer
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from integration_tests.support.connector import CONNECTIONS, STREAMS, sync
from integration_tests.support.eavesdropper import INSTALLATION_TOKEN, Eavesdropper
from integration_tests.support.ways import REPORT, USAGE, small_sandbox, start_of
from sandbox import Call, Fault
from source_github_copilot_billing.github import downloads
from testing import console
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

FAULTS = {
    "none": [],
    "401": [Fault("bad_credentials", nth=2, times=None)],
    "401 at once": [Fault("bad_credentials", times=None)],
    "403": [Fault("forbidden", nth=3, times=None)],
    "404": [Fault("not_found", nth=3, times=None)],
    "429": [Fault("secondary_limit", nth=2, times=None)],
    "500": [Fault("status", status=500, nth=3, times=None)],
    "HTML": [Fault("html", nth=2, times=None)],
    "reset": [Fault("reset", nth=3, times=None)],
    "other JSON": [Fault("json", json={"message": "odd"}, nth=2, times=None)],
    "redirect": [Fault("redirect", url="https://127.0.0.1:9/elsewhere", nth=2, times=None)],
    "page elsewhere": [Fault("evil_link", url="https://127.0.0.1:9/elsewhere", times=None)],
    "link refused": [Fault("status", host="storage", status=403, body="<Error/>", times=None)],
    "download reset": [Fault("reset", host="storage", times=None)],
    "download cut": [Fault("truncated_download", host="storage", times=None)],
    "download HTML": [Fault("html", host="storage", times=None)],
    "download elsewhere": [Fault("redirect", host="storage", url="https://127.0.0.1:9/elsewhere", times=None)],
    "report is no report": [Fault("json", host="storage", body=b"a,b\n1,2\n", times=None)],
}

BY_ALL_CONNECTIONS = ("none", "401", "401 at once", "403")


def search(text: str, secrets: Iterable[str]) -> None:
    """Fails when a secret stands in the text as it is, or as Python or JSON write it."""
    for secret in secrets:
        for written in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}:
            assert written not in text, f"a secret stands in the output: {text.index(written)}"


def all_of(output: EntrypointOutput) -> str:
    messages = [json.dumps(AirbyteMessageSerializer.dump(message), default=str) for message in output._messages or []]
    return "\n".join(messages)


@pytest.fixture
def printed(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Everything that was logged by anybody at any level, or printed."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join([caplog.text, *capfd.readouterr()])


def configs_of_all_connections(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Of a few days: one report, and the metrics of days that have some."""
    return sandbox.configs(start_date=start_of(sandbox, 4), lookback_window_days=1)


@pytest.mark.parametrize("kind", FAULTS)
def test_no_secret_stands_in_any_output(kind: str, printed: Callable[[], str]) -> None:
    """Of all streams. All connections show what is told of a refusal and of no fault. For what is no matter of the
    credential two of them do: one by token that reads the report, and one as an App that reads metrics alone."""
    texts = []
    of_a_download = bool(FAULTS[kind]) and FAULTS[kind][0].host == "storage"
    shown_by = CONNECTIONS if kind in BY_ALL_CONNECTIONS else ("enterprise_pat", "organization_github_app")
    with small_sandbox() as sandbox:
        for connection, config in configs_of_all_connections(sandbox).items():
            if connection not in shown_by:
                continue
            sandbox.clear_faults()
            for fault in FAULTS[kind]:
                sandbox.inject(fault)
            result = sync(config, STREAMS, clock=VirtualClock(), debug=True)
            texts.append(all_of(result.output))
            if FAULTS[kind] and not of_a_download and "elsewhere" not in kind:
                assert result.errors, connection
            if not FAULTS[kind]:
                assert not result.errors
                assert {"usage", "ai_credit_usage", "seats", "metrics", "user_metrics", "budgets"} <= result.rows.keys()
        texts.append(printed())
        secrets = sandbox.secrets
        assert len([secret for secret in secrets if len(secret) > 20]) > 20
    search("\n".join(texts), secrets)


REFUSALS: dict[str, dict[str, Any]] = {
    "single sign-on is told": {"sso_required": ("acme-data", "acme"), "sso_hides": False},
    "single sign-on is hidden": {"sso_required": ("acme-data", "acme")},
    "a part is left out": {"sso_partial": ("acme-data",)},
    "metrics are off": {"metrics_policy_off": ("acme-data", "acme")},
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_no_secret_stands_in_what_a_refused_token_is_told(kind: str, printed: Callable[[], str]) -> None:
    """The link that authorizes a token for single sign-on is one."""
    texts = []
    with small_sandbox(**REFUSALS[kind]) as sandbox:
        for config in configs_of_all_connections(sandbox).values():
            texts.append(all_of(sync(config, STREAMS, clock=VirtualClock(), debug=True).output))
        texts.append(printed())
        secrets = sandbox.secrets
    text = "\n".join(texts)
    if "single sign-on" in kind:
        assert "single sign-on" in text
    search(text, secrets)


def test_the_search_for_secrets_finds_what_is_there() -> None:
    with small_sandbox() as sandbox:
        for secret in sandbox.secrets:
            with pytest.raises(AssertionError, match="a secret stands in the output"):
                search(json.dumps({"message": f"x {secret}"}), sandbox.secrets)


def test_a_server_that_repeats_the_credential_does_not_make_it_printed(printed: Callable[[], str]) -> None:
    with small_sandbox() as sandbox, Eavesdropper() as server:
        texts = []
        for config in configs_of_all_connections(sandbox).values():
            config["api_url"] = server.url
            result = sync(config, STREAMS, clock=VirtualClock(), debug=True)
            assert result.failure_type == "config_error"
            texts.append(all_of(result.output))
        heard = server.credentials
        assert {sandbox.personal_access_token, sandbox.organization_token, INSTALLATION_TOKEN} < heard
        search("\n".join([*texts, printed()]), [*heard, INSTALLATION_TOKEN[:60], *sandbox.secrets])


def wrong_configs(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    token, key = sandbox.personal_access_token, sandbox.private_key
    lines = key.splitlines()
    damaged = "\n".join([*lines[:5], *lines[7:]])
    enterprise, app = sandbox.enterprise_config, sandbox.app_config
    return {
        "token with a space": enterprise({"personal_access_token": f"{token} "}),
        "token in two lines": enterprise({"personal_access_token": f"{token}\n{token}"}),
        "token in a list": enterprise({"personal_access_token": [token]}),
        "token as the enterprise": enterprise({"enterprise": f"{token}/"}),
        "token as a field": enterprise({token: "x"}),
        "token as a field outside": {**enterprise(), token: "x"},
        "token as the method": enterprise({"ai_credit_method": token}),
        "token as the connection": enterprise({"connection_type": token}),
        "token in the URL": enterprise(api_url=f"https://user:{token}@127.0.0.1:9"),
        "token in the URL's query": enterprise(api_url=f"https://127.0.0.1:9/?token={token}"),
        "token as the start": enterprise(start_date=token),
        "token as the workers": enterprise(num_workers=token),
        "a damaged key": app(credentials={"private_key": damaged}),
        "a key cut off": app(credentials={"private_key": "\n".join(lines[:9])}),
        "a key without its frame": app(credentials={"private_key": "".join(lines[1:-1])}),
        "a key as the App": app(credentials={"app_id": key}),
        "a key as an organization": app([key]),
        "a key in a list": app(credentials={"private_key": [key]}),
        "a key for a token": enterprise({"personal_access_token": key}),
    }


def test_no_complaint_about_a_configuration_quotes_a_secret(printed: Callable[[], str], tmp_path: Path) -> None:
    with small_sandbox() as sandbox:
        texts = []
        for name, config in wrong_configs(sandbox).items():
            result = sync(config, ["usage"], clock=VirtualClock(), debug=True)
            assert result.errors[-1].startswith("invalid_configuration: "), name
            texts.append(all_of(result.output))
        assert not sandbox.requests
        search("\n".join([*texts, printed()]), sandbox.secrets)


def stream_of(name: str) -> dict[str, Any]:
    stream = {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    return {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}


@pytest.mark.parametrize("is_refused", [False, True], ids=["answered", "refused"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_console_prints_no_secret_at_debug_level(connection: str, is_refused: bool, tmp_path: Path) -> None:
    """As it is run by Airbyte, with both of its ways to ask for debug logs."""
    with small_sandbox(export_polls=0) as sandbox:
        if is_refused:
            sandbox.inject(Fault("bad_credentials", nth=5, times=None))
        config, streams = tmp_path / "config.json", tmp_path / "catalog.json"
        config.write_text(json.dumps(configs_of_all_connections(sandbox)[connection]))
        streams.write_text(json.dumps({"streams": [stream_of(name) for name in STREAMS]}))
        for command in ("check", "read") if connection == "organization_pat" else ("read",):
            arguments = [command, "--debug", "--config", str(config)]
            if command == "read":
                arguments += ["--catalog", str(streams)]
            done = subprocess.run(
                [console.clocked_script(sandbox.clock, tmp_path), *arguments],
                capture_output=True,
                text=True,
                timeout=60,
                env={**os.environ, "LOG_LEVEL": "debug"},
            )
            assert done.stdout
            search(done.stdout + done.stderr, sandbox.secrets)
        assert ('"type":"RECORD"' in done.stdout) or is_refused
        assert (done.returncode == 0) != is_refused


def searched(folder: Path, printed: str, secrets: Iterable[str]) -> int:
    """How many bytes were searched: what was printed, and each file that stands in the folder.

    :raises AssertionError: one of them holds a secret
    """
    texts = [printed, *(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())]
    for text in texts:
        search(text, secrets)
    return sum(map(len, texts))


@pytest.mark.parametrize(
    "with_signal", [None, signal.SIGTERM, signal.SIGKILL], ids=["to its end", "by SIGTERM", "by SIGKILL"]
)
@pytest.mark.parametrize("connection", ["enterprise_pat", "organization_github_app"])
def test_a_read_leaves_no_secret_behind_however_it_ends(
    connection: str, with_signal: signal.Signals | None, tmp_path: Path
) -> None:
    """It is killed while a report's file, or the metrics', is downloaded."""
    files, written = tmp_path / "files", tmp_path / "written"
    for folder in (files, *(written / name for name in ("home", "work", "tmp"))):
        folder.mkdir(parents=True)
    with small_sandbox(export_polls=0) as sandbox:
        (files / "config.json").write_text(json.dumps(configs_of_all_connections(sandbox)[connection]))
        (files / "catalog.json").write_text(json.dumps({"streams": [stream_of(name) for name in STREAMS]}))
        arguments = [f"--{name}={files / f'{name}.json'}" for name in ("config", "catalog")]
        with subprocess.Popen(
            [*console.command(sandbox.clock), "read", "--debug", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=written / "work",
            env={
                **os.environ,
                "HOME": str(written / "home"),
                "TMPDIR": str(written / "tmp"),
                "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
            },
        ) as process:

            def end(call: Call) -> None:
                if with_signal is not None and call.host == "storage":
                    process.send_signal(with_signal)

            sandbox.on_request(end)
            printed, _ = process.communicate(timeout=60)
        assert process.returncode == (-with_signal if with_signal else 0)
        assert searched(written, printed.decode("latin-1"), sandbox.secrets) > 3_000
        assert not [path for path in written.rglob("*") if path.is_file()]
        with pytest.raises(AssertionError, match="a secret stands in the output"):
            searched(files, "", sandbox.secrets)


# Where a credential may go


@pytest.mark.parametrize("kind", ["redirect", "evil_link"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_a_redirect_nor_a_link_leads_to_another_host(kind: str, status: int) -> None:
    with small_sandbox() as sandbox, Eavesdropper() as other:
        elsewhere = (other.url, other.url.replace("http://", "//"), other.url.replace("127.0.0.1", "localhost"))
        for url in (*elsewhere, "http://["):
            sandbox.inject(Fault(kind, status=status, url=url + "/elsewhere", path="cost-centers"))
            result = USAGE.read(sandbox, num_workers=1)
            assert "leads away from 127.0.0.1:" in result.errors[0]
            assert result.failure_type == "system_error"
        assert not other.heard


def test_a_download_that_is_redirected_takes_no_credential_along() -> None:
    with small_sandbox() as sandbox, Eavesdropper() as other:
        sandbox.inject(Fault("redirect", host="storage", url=other.url, times=None))
        REPORT.read(sandbox)
        assert other.heard
        assert "authorization" not in str(other.heard).lower()
        assert {request.credential for request in sandbox.requests if request.host == "storage"} == {"none"}


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.example",
        "ftp://127.0.0.1",
        "http://[",
        "http://storage.invalid\\@127.0.0.1",
        "https://a..b",
        f"https://{'a' * 64}",
        "https://ü..b",
        "https://a:99999",
    ],
)
def test_a_download_link_that_is_not_https_is_refused(url: str, printed: Callable[[], str]) -> None:
    with small_sandbox() as sandbox:
        sandbox._world.urls["storage"] = url
        result = REPORT.read(sandbox)
        assert result.errors[-1].startswith("unexpected_answer: ")
        assert "so it was not followed" in result.errors[-1]
        search(all_of(result.output) + printed(), sandbox.secrets)


def test_a_mistake_of_the_connector_prints_no_link_that_its_traceback_quotes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mistaken(response: requests.Response, *_: object) -> None:
        raise ZeroDivisionError(f"of {response.url}")

    monkeypatch.setattr(downloads, "pieces", mistaken)
    with small_sandbox() as sandbox:
        result = REPORT.read(sandbox)
        assert result.errors[-1].startswith("internal_error: ")
        output = all_of(result.output)
        assert "ZeroDivisionError: of http://" in output
        search(output, sandbox.secrets)


def test_a_proxy_for_http_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """http goes to this machine only; a proxy would read the token."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with small_sandbox() as sandbox, Eavesdropper() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert not REPORT.read(sandbox).errors
        assert not proxy.heard


def test_a_storage_host_whose_headers_are_broken_makes_no_link_printed(printed: Callable[[], str]) -> None:
    with small_sandbox() as sandbox, socket.create_server(("127.0.0.1", 0)) as storage_host:
        sandbox._world.urls["storage"] = f"http://127.0.0.1:{storage_host.getsockname()[1]}"

        def answer_twice() -> None:
            for _ in range(2):
                connection, _ = storage_host.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nno colon\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=answer_twice, daemon=True).start()
        result = REPORT.read(sandbox, num_workers=1, start_date=sandbox.bill.today.isoformat())
        assert result.errors[-1].startswith("export_failed: ")
        search(all_of(result.output) + printed(), sandbox.secrets)


def test_a_netrc_file_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\nmachine 127.0.0.2 login a password b\ndefault login c\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with small_sandbox() as sandbox:
        assert not REPORT.read(sandbox).errors
        assert {request.credential for request in sandbox.requests} == {"pat", "none"}


@pytest.mark.parametrize("kind", ["redirect", "evil_link"])
def test_a_backslash_leads_to_no_other_host(kind: str) -> None:
    """requests ends the host at a backslash; urlsplit takes what follows the @ for the host."""
    with small_sandbox() as sandbox, Eavesdropper() as other:
        url = f"{other.url}\\@{sandbox.url.removeprefix('http://')}/elsewhere"
        sandbox.inject(Fault(kind, status=302, url=url, path="cost-centers"))
        result = USAGE.read(sandbox, num_workers=1)
        assert "leads away from 127.0.0.1:" in result.errors[0]
        assert not other.heard
