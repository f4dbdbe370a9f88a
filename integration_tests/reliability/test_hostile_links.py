"""A link of a report leads to a public host alone: not into the company's network, by whatever spelling or redirect."""

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from integration_tests.support.ai_credits import EXPORT, TODAY, assert_credits, read
from integration_tests.support.certificates import Authority
from integration_tests.support.connector import Sync
from integration_tests.support.eavesdropper import Eavesdropper
from integration_tests.support.proxy import Proxy
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox

SINCE = "2026-11-15"
API, STORAGE = "api.github.example", "storage.github.example"
NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "company")


@pytest.fixture
def sandbox(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A GitHub with public names: a proxy leads there."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with ExitStack() as stack:
        tls = authority.server(API, STORAGE)
        running = stack.enter_context(Sandbox(BillShape(), today=TODAY, export_polls=1, tls=tls))
        routes = {
            f"{API}:443": urlsplit(running.url).netloc,
            f"{STORAGE}:443": urlsplit(running.storage_url).netloc,
        }
        proxy = stack.enter_context(Proxy(routes=routes))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        running._world.urls["storage"] = f"https://{STORAGE}"
        yield running


def read_report(sandbox: Sandbox) -> Sync:
    config = sandbox.enterprise_config(credentials=EXPORT, start_date=SINCE, num_workers=1, api_url=f"https://{API}")
    return read(config, today=TODAY)


def assert_refused(result: Sync, why: str) -> None:
    assert result.errors[0].startswith("unexpected_answer: Enterprise acme: the AI credit report of ")
    assert why in result.errors[0]
    assert not result.rows["ai_credit_usage"]


def test_public_names_are_followed(sandbox: Sandbox) -> None:
    """Without this the tests below would prove nothing."""
    result = read_report(sandbox)
    assert result.errors == []
    assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), SINCE)
    assert {request.host for request in sandbox.requests} == {"api", "storage"}


def spellings(port: int) -> dict[str, str]:
    """Links to this machine by http and https; the last ones lead elsewhere into a network."""
    hosts = [
        *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1"),
        *("localhost.", "127.0.0.1.", "reports.localhost", "user@127.0.0.1"),
    ]
    links = {f"{scheme} {host}": f"{scheme}://{host}:{port}" for host in hosts for scheme in ("http", "https")}
    networks = ("10.0.0.1", "192.168.0.1", "169.254.169.254", "[fe80::1]", "metadata")
    return {**links, **{host: f"https://{host}" for host in networks}}


@pytest.mark.parametrize("spelling", spellings(0))
@pytest.mark.parametrize("way", ["link", "redirect"])
def test_no_link_leads_to_this_machine_or_into_its_network(way: str, spelling: str, sandbox: Sandbox) -> None:
    with Eavesdropper() as inside:
        target = spellings(int(inside.url.rsplit(":", 1)[1]))[spelling]
        if way == "link":
            sandbox._world.urls["storage"] = target
        else:
            sandbox.inject(Fault("redirect", host="storage", url=f"{target}/report", times=None))
        result = read_report(sandbox)
        assert not inside.heard
    assert_refused(result, "is no https link" if target.startswith("http://") else "is no name of a public host")
    downloads = {request.host for request in sandbox.requests} - {"api"}
    assert downloads == (set() if way == "link" else {"storage"})


@pytest.mark.parametrize("target", ["http://[", "//[", "https://a..b", "https://evil.example\\@storage.github.example"])
def test_a_redirect_to_no_url_is_refused(target: str, sandbox: Sandbox) -> None:
    sandbox.inject(Fault("redirect", host="storage", url=target, times=None))
    assert_refused(read_report(sandbox), "so it was not followed")


def test_with_an_api_on_this_machine_links_lead_to_it_and_to_no_other_address() -> None:
    with Sandbox(BillShape(), today=TODAY, export_polls=1) as sandbox:
        config = sandbox.enterprise_config(credentials=EXPORT, start_date=SINCE, num_workers=1)
        assert read(config, today=TODAY).errors == []
        for host in ("10.0.0.1", "0x0a000001", "[fd00::1]"):
            sandbox._world.urls["storage"] = f"https://{host}"
            assert_refused(read(config, today=TODAY), "is no name of a public host")
