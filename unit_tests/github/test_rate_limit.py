import logging
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.rate_limit import POINTS_PER_MINUTE, RateLimit, is_rate_limit
from source_github_copilot_billing.github.retry import CHECK, READ
from source_github_copilot_billing.github.session import POINTS
from testing.virtual_clock import VirtualClock

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
DATE = format_datetime(NOW, usegmt=True)


def quota(remaining: int, seconds: int) -> dict[str, str]:
    """The headers of an answer: what is left, and in how many seconds the window ends."""
    reset = int(NOW.timestamp()) + seconds
    return {"x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": str(reset), "date": DATE}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW.date())


@pytest.fixture
def limit(clock: VirtualClock) -> RateLimit:
    return RateLimit("Enterprise acme", clock, logging.getLogger("test"), READ.longest_wait_seconds)


def send(limit: RateLimit, points: int = 1) -> float:
    """Wait for the limit and reserve a request, as a session does that sends nothing beside it."""
    limit.wait(points)
    reserved_at = limit.reserve(points)
    assert reserved_at is not None
    return reserved_at


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (403, {"retry-after": "1"}, "No"),
        (403, {"x-ratelimit-remaining": "0"}, "No"),
        (403, {}, "You have exceeded a secondary Rate Limit"),
        (429, {}, ""),
    ],
)
def test_each_mark_alone_makes_an_answer_a_wait(status: int, headers: dict[str, str], reason: str) -> None:
    assert is_rate_limit(status, headers, reason)


@pytest.mark.parametrize(("status", "headers"), [(403, {"x-ratelimit-remaining": "1"}), (401, {"retry-after": "1"})])
def test_other_refusals_are_no_limit(status: int, headers: dict[str, str]) -> None:
    assert not is_rate_limit(status, headers, "Resource not accessible")


def test_a_post_costs_five_points() -> None:
    assert POINTS == {"GET": 1, "POST": 5}


def test_a_request_without_an_answer_may_have_cost_some_of_the_quota(limit: RateLimit, clock: VirtualClock) -> None:
    limit.learn(quota(2, 30), clock.monotonic())
    for _ in range(2):
        send(limit)
        limit.lost()
        limit.release(1)
    assert clock.monotonic() < 1
    send(limit)
    assert clock.monotonic() == pytest.approx(31)


def test_a_long_wait_is_logged_once_a_minute_with_its_end(
    limit: RateLimit, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    limit.learn(quota(0, 299), clock.monotonic())
    limit.wait(1)
    assert clock.monotonic() == pytest.approx(300)
    # The virtual clock's time of day stands still while it sleeps: each line's end is counted from noon.
    assert caplog.messages == [
        f"Enterprise acme: waiting for GitHub's rate limit until {until} UTC."
        for until in ("12:05:00", "12:04:00", "12:03:00", "12:02:00", "12:01:00")
    ]


def test_a_wait_keeps_the_sync_heard_at_least_once_a_minute(clock: VirtualClock) -> None:
    heard_at: list[float] = []
    limit = RateLimit(
        "Enterprise acme",
        clock,
        logging.getLogger("test"),
        READ.longest_wait_seconds,
        lambda: heard_at.append(clock.monotonic()),
    )
    limit.learn(quota(0, 149), clock.monotonic())
    limit.wait(1)
    assert heard_at == [0, 60, 120]


def test_check_waits_for_no_long_limit(clock: VirtualClock) -> None:
    limit = RateLimit("Enterprise acme", clock, logging.getLogger("test"), CHECK.longest_wait_seconds)
    limit.learn(quota(0, 299), clock.monotonic())
    with pytest.raises(ConnectorError, match=r"^rate_limited: .* another 300 seconds"):
        limit.wait(1)
    assert clock.pauses == []


def test_a_request_whose_turn_was_taken_while_it_waited_is_not_reserved(limit: RateLimit, clock: VirtualClock) -> None:
    limit.learn(quota(1, 30), clock.monotonic())
    limit.wait(1)
    limit.wait(1)
    assert limit.reserve(1) == clock.monotonic()
    assert limit.reserve(1) is None


def test_points_count_until_a_minute_after_the_answer(limit: RateLimit, clock: VirtualClock) -> None:
    """GitHub can receive a request long after its reservation, when a token must be had first."""
    send(limit, POINTS_PER_MINUTE)
    clock.sleep(61)
    limit.release(POINTS_PER_MINUTE)
    send(limit)
    assert clock.monotonic() == pytest.approx(121)


def test_nothing_is_sent_while_the_quota_is_0_until_a_second_after_the_reset(
    limit: RateLimit, clock: VirtualClock
) -> None:
    limit.learn(quota(0, 30), clock.monotonic())
    assert limit.reserve(1) is None
    send(limit)
    assert clock.monotonic() == pytest.approx(31)


def test_a_body_that_took_long_brings_back_no_quota(limit: RateLimit, clock: VirtualClock) -> None:
    answered_at = clock.monotonic()
    clock.sleep(4)
    limit.learn(quota(0, 30 - 4), clock.monotonic())
    clock.sleep(4)
    limit.learn(quota(40, 30), answered_at)  # its headers came before
    assert limit.reserve(1) is None


@pytest.mark.parametrize("asked", [{"retry-after": "7200"}, quota(0, 7199)])
def test_a_wait_lasts_as_long_as_github_asks(limit: RateLimit, clock: VirtualClock, asked: dict[str, str]) -> None:
    limit.refused(asked, send(limit), clock.monotonic())
    send(limit)
    assert clock.monotonic() == pytest.approx(7200)


def test_a_wait_without_end_is_an_error(limit: RateLimit, clock: VirtualClock) -> None:
    limit.refused({"retry-after": "1e999"}, send(limit), clock.monotonic())
    with pytest.raises(ConnectorError, match=r"^rate_limited: "):
        send(limit)


def test_requests_that_were_in_flight_together_are_refused_once(limit: RateLimit, clock: VirtualClock) -> None:
    """However late the last of them is answered: each refusal more would double the pause, or end the sync."""
    sent = [send(limit) for _ in range(30)]
    for reserved_at in sent:
        limit.refused({}, reserved_at, clock.monotonic())
    assert not clock.pauses
    send(limit)
    assert clock.monotonic() == pytest.approx(60)
    late = [send(limit) for _ in range(30)]
    for reserved_at in late:
        limit.refused({"retry-after": "1"}, reserved_at, clock.monotonic())
        clock.sleep(2)
    send(limit)


@pytest.mark.parametrize("value", ["9" * 400, "soon", "", "-1"])
def test_headers_that_say_nothing_are_passed_over(limit: RateLimit, clock: VirtualClock, value: str) -> None:
    limit.learn({"x-ratelimit-remaining": "0", "x-ratelimit-reset": value}, clock.monotonic())
    limit.refused({"x-ratelimit-remaining": "0", "x-ratelimit-reset": value}, send(limit), clock.monotonic())
    send(limit)
