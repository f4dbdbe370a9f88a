"""A company's own certificate authority and proxy, between the connector and both GitHub and its storage host."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from integration_tests.support.ai_credits import EXPORT, TODAY, assert_credits, read
from integration_tests.support.certificates import Authority
from integration_tests.support.connector import Sync
from integration_tests.support.proxy import Proxy
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox

SINCE = "2026-11-15"
NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own network."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "company")


@pytest.fixture
def sandbox(authority: Authority) -> Iterator[Sandbox]:
    """Its API and its storage hosts show certificates of the company."""
    with Sandbox(BillShape(), today=TODAY, export_polls=1, tls=authority.server()) as running:
        assert running.url.startswith("https://") and running.storage_url.startswith("https://")
        yield running


def read_report(sandbox: Sandbox) -> Sync:
    return read(sandbox.enterprise_config(credentials=EXPORT, start_date=SINCE, num_workers=1), today=TODAY)


def assert_all_is_read(sandbox: Sandbox, result: Sync) -> None:
    assert result.errors == []
    assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), SINCE)
    assert {request.host for request in sandbox.requests} == {"api", "storage"}


def test_an_authority_of_the_company_is_trusted_by_api_and_downloads(
    sandbox: Sandbox, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    assert_all_is_read(sandbox, read_report(sandbox))


@pytest.mark.parametrize("is_given", [True, False], ids=["another authority", "no authority"])
def test_a_certificate_of_nobody_who_is_trusted_is_refused_before_any_request(
    is_given: bool, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_given:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Authority(tmp_path, "other").file))
    result = read_report(sandbox)
    assert result.errors[0].startswith("unreachable: ") and result.failure_type == "transient_error"
    assert "certificate is not trusted: " in result.errors[0] and "REQUESTS_CA_BUNDLE" in result.errors[0]
    assert not sandbox.requests


def test_a_trusted_certificate_that_lacks_an_extension_is_refused_by_strict_checks_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python checks so from 3.13 on. The authority is trusted: REQUESTS_CA_BUNDLE is no advice."""
    lax = Authority(tmp_path, "lax", says_its_use=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(lax.file))
    with Sandbox(BillShape(), today=TODAY, export_polls=1, tls=lax.server()) as sandbox:
        result = read_report(sandbox)
        if sys.version_info < (3, 13):
            assert_all_is_read(sandbox, result)
            return
        assert result.errors[0].startswith("unreachable: ") and not sandbox.requests
        assert "refused by Python's strict checks: CA cert does not include key usage extension" in result.errors[0]
        assert "Python 3.12" in result.errors[0] and "REQUESTS_CA_BUNDLE" not in result.errors[0]


def test_a_storage_host_that_is_not_trusted_is_told_without_its_link(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the API's certificate is trusted: a proxy that opens one of the two connections."""
    other = Authority(tmp_path, "other")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with (
        Sandbox(BillShape(), today=TODAY, export_polls=1, tls=authority.server()) as sandbox,
        Sandbox(BillShape(), today=TODAY, tls=other.server()) as elsewhere,
    ):
        report = {
            "id": "1", "report_type": "ai_credit", "start_date": SINCE, "end_date": TODAY.isoformat(),
            "status": "completed", "download_urls": [f"{elsewhere.storage_url}/exports/1?sig=not-a-real-signature"],
        }  # fmt: skip
        sandbox.inject(Fault("json", "POST", "/reports", times=None, json=report))
        result = read_report(sandbox)
        assert "the download of a report failed" in result.errors[0] and "REQUESTS_CA_BUNDLE" in result.errors[0]
        assert "not-a-real-signature" not in "".join([*result.errors, *result.logs])
        assert not elsewhere.requests


def test_a_proxy_joins_api_and_downloads_and_sees_no_credential(
    sandbox: Sandbox, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        assert_all_is_read(sandbox, read_report(sandbox))
        targets = {urlsplit(url).netloc for url in (sandbox.url, sandbox.storage_url)}
        assert set(proxy.targets) == targets
        assert len(proxy.seen) > 10_000  # all of it passed the proxy
        for secret in (*sandbox.secrets, "Authorization", "Bearer"):
            assert secret.encode() not in proxy.seen


def test_hosts_of_no_proxy_are_reached_without_the_proxy(
    sandbox: Sandbox, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        assert_all_is_read(sandbox, read_report(sandbox))
        assert set(proxy.targets) == {urlsplit(sandbox.storage_url).netloc} - {urlsplit(sandbox.url).netloc}


def test_a_proxy_that_refuses_is_named_and_asked_nothing_in_clear(
    sandbox: Sandbox, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(refuses=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        result = read_report(sandbox)
        assert result.errors[0].startswith("unreachable: ") and "HTTPS_PROXY" in result.errors[0]
        assert not sandbox.requests
        assert proxy.seen.startswith(b"CONNECT 127.0.0.1:")
        assert sandbox.personal_access_token.encode() not in proxy.seen
