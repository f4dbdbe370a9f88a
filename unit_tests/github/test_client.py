import gc
import logging

import pytest
import requests_mock

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.transport import RawResponse
from testing.virtual_clock import VirtualClock

CLOCK, LOGGER = VirtualClock(), logging.getLogger("airbyte")
CLIENT = GitHub("https://api.github.com", 1, CLOCK, LOGGER).client(
    PersonalAccessToken("a-token", "Enterprise acme", CLOCK, LOGGER), "Enterprise acme"
)
REQUEST = Request("/a", "Enterprise acme")


@pytest.mark.parametrize(
    "url", ["/b", "https://api.github.com/b", "https://API.github.com:443/b", "//api.github.com/b"]
)
def test_links_to_the_same_host_are_followed(url: str) -> None:
    assert CLIENT._own_url(REQUEST, "https://api.github.com/a", url, "a link").endswith("/b")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com/b",
        "http://api.github.com:443/b",
        "http://api.github.com:80/b",
        "https://api.github.com:8443/b",
        "https://api.github.com.evil.example/b",
        "https://api.github.com@evil.example/b",
        "https://evil.example\\@api.github.com/b",
        "\\\\evil.example/b",
        "https://[",
    ],
)
def test_links_to_another_host_are_refused(url: str) -> None:
    with pytest.raises(ConnectorError, match="leads away"):
        CLIENT._own_url(REQUEST, "https://api.github.com/a", url, "a link")


@pytest.mark.parametrize("name", [".", "..", "%2E", "%2e%2E", ".%2e"])
@pytest.mark.parametrize("path", ["/organizations/{}/settings/billing/usage", "/orgs/{}"])
def test_a_name_that_leads_elsewhere_in_a_path_is_not_sent(name: str, path: str) -> None:
    with requests_mock.Mocker() as github, pytest.raises(ConnectorError, match="leads elsewhere in a URL"):
        CLIENT.send(Request(path.format(name), "Organization .."))
    assert not github.called


@pytest.mark.parametrize("name", ["...", "a.b", ".github", "acme..", "a%2Fb"])
def test_a_name_with_dots_is_sent_as_it_is(name: str) -> None:
    with requests_mock.Mocker() as github:
        github.get(requests_mock.ANY, json={})
        CLIENT.send(Request(f"/orgs/{name}/x", "Organization acme"))
    assert github.last_request.url == f"https://api.github.com/orgs/{name}/x"


@pytest.mark.parametrize(
    "body", [b"{" * 70_000, b"[" + b"{}," * 70_000 + b"{}]", b'{"message": "' + b"a" * 70_000 + b'"}']
)
@pytest.mark.parametrize("status", [200, 403, 502])
def test_an_error_that_is_kept_keeps_no_answer(body: bytes, status: int) -> None:
    clock = VirtualClock()
    client = GitHub("https://api.github.com", 1, clock, LOGGER).client(
        PersonalAccessToken("a-token", "Enterprise acme", clock, LOGGER), "Enterprise acme"
    )
    errors = []
    with requests_mock.Mocker() as github:
        github.get("https://api.github.com/a", content=body, status_code=status)
        for _ in range(3):
            with pytest.raises(ConnectorError) as raised:
                client.send(REQUEST).items("items")
            errors.append(raised.value)
    raised = github = None  # type: ignore[assignment]  # what the tools of this test keep
    gc.collect()
    kept = [value for value in gc.get_objects() if isinstance(value, RawResponse)]
    assert len(errors) == 3 and not kept
