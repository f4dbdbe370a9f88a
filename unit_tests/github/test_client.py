import logging

import pytest

from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.github.client import GitHubClient
from source_github_copilot_billing.github.credentials import PersonalAccessToken
from source_github_copilot_billing.github.errors import ConnectorError
from source_github_copilot_billing.github.rate_limit import RateLimit

CLOCK, LOGGER = SystemClock(), logging.getLogger("airbyte")
CLIENT = GitHubClient(
    "https://api.github.com",
    PersonalAccessToken("a-token", "Enterprise acme", CLOCK, LOGGER),
    "Enterprise acme",
    CLOCK,
    RateLimit("Enterprise acme", CLOCK, LOGGER),
    1,
)


@pytest.mark.parametrize(
    "url", ["/b", "https://api.github.com/b", "https://API.github.com:443/b", "//api.github.com/b"]
)
def test_links_to_the_same_host_are_followed(url: str) -> None:
    assert CLIENT._own_url("https://api.github.com/a", url, "a link").endswith("/b")


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
        CLIENT._own_url("https://api.github.com/a", url, "a link")
