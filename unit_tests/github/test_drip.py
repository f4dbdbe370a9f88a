"""A body that comes a byte at a time: the sync is heard meanwhile, and waits no longer than the body's time."""

import io

import pytest
import requests_mock

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.retry import RetryPolicy
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from testing.mocked_github import API, LOGGER, TODAY
from testing.virtual_clock import VirtualClock

SECONDS_A_BYTE = 10
REQUEST = Request("/a", "Enterprise acme")


class Drip(io.BytesIO):
    """Each byte takes its time."""

    def __init__(self, body: bytes, clock: VirtualClock) -> None:
        super().__init__(body)
        self._clock = clock

    def read1(self, size: int | None = -1) -> bytes:
        self._clock.sleep(SECONDS_A_BYTE)
        return super().read(1)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(TODAY)


@pytest.fixture
def heard(clock: VirtualClock) -> list[float]:
    return []


def client(clock: VirtualClock, heard: list[float]) -> GitHubClient:
    heartbeat = Heartbeat(clock)
    heartbeat.watch(lambda: heard.append(clock.monotonic()))
    github = GitHub(API, 1, clock, LOGGER, RetryPolicy(retries=0), keep_alive=heartbeat.beat)
    return github.client(PersonalAccessToken("not-a-real-token", "Enterprise acme", clock, LOGGER), "Enterprise acme")


def test_body_that_drips_for_ten_minutes_is_used_and_the_sync_is_heard_meanwhile(
    clock: VirtualClock, heard: list[float]
) -> None:
    body = b'{"usageItems": []}'.ljust(58)
    with requests_mock.Mocker() as mocked:
        mocked.get(f"{API}/a", body=Drip(body, clock))
        assert client(clock, heard).send(REQUEST).body == {"usageItems": []}
    assert clock.monotonic() > 580
    assert heard == [300]


def test_body_that_drips_for_longer_is_given_up_and_the_sync_is_heard_meanwhile(
    clock: VirtualClock, heard: list[float]
) -> None:
    with requests_mock.Mocker() as mocked:
        mocked.get(f"{API}/a", body=Drip(b" " * 1_000, clock))
        with pytest.raises(ConnectorError, match="last with: an answer that did not end in its time"):
            client(clock, heard).send(REQUEST)
    assert 600 < clock.monotonic() <= 600 + SECONDS_A_BYTE
    assert heard == [300, 600]
