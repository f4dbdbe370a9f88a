import logging

import pytest
import requests_mock

from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub
from source_github_copilot_billing.github.request import Request

CLOCK, LOGGER = SystemClock(), logging.getLogger("airbyte")
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
