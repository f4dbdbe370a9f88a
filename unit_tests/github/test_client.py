import logging

import pytest

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub
from source_github_copilot_billing.github.request import Request
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
