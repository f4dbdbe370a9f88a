"""GitHub's limits: requests at once, points a minute, the quota, and every kind of refusal that is only a wait."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from integration_tests.support.connector import STREAMS, sync
from integration_tests.support.ways import (
    REPORT,
    USAGE,
    USAGE_BY_APP,
    USER_REQUESTS,
    USER_REQUESTS_BY_APP,
    Way,
    comparable,
    start_of,
)
from integration_tests.support.ways import small_sandbox as new_sandbox
from sandbox import Call, Fault
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github import auth, rate_limit
from source_github_copilot_billing.github.rate_limit import RateLimit
from source_github_copilot_billing.github.retry import READ
from testing.virtual_clock import VirtualClock

LOG = logging.getLogger("test")


def new_limit(clock: VirtualClock) -> RateLimit:
    return RateLimit("Enterprise acme", clock, LOG, READ.longest_wait_seconds)


def send(limit: RateLimit, points: int = 1) -> float:
    """Wait for the limit and reserve a request, as a session does that sends nothing beside it; when it was sent."""
    limit.wait(points)
    reserved_at = limit.reserve(points)
    assert reserved_at is not None
    return reserved_at


# At once, and a minute


@pytest.mark.parametrize("workers", [1, 4, 10])
def test_no_more_requests_at_once_than_workers(workers: int) -> None:
    """Also over two organizations and both streams."""
    lock, at_once, most = threading.Lock(), 0, 0

    def slow(call: Call) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1

    with new_sandbox() as sandbox:
        sandbox.on_request(slow)
        assert not USER_REQUESTS.read(sandbox, num_workers=workers, start_date=start_of(sandbox, 8)).errors
        assert min(workers, 2) <= sandbox.max_concurrent["pat"] <= workers
        config = USER_REQUESTS_BY_APP.config(sandbox, num_workers=workers, start_date=start_of(sandbox, 3))
        assert not sync(config, STREAMS, clock=VirtualClock()).errors
        # The storage's connections are new ones each time: its thread can end after the next download has begun.
        assert max(count for name, count in sandbox.max_concurrent.items() if name != "none") <= workers
        assert min(workers, 2) <= most <= workers


def test_no_more_points_a_minute_than_the_limit_by_each_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rate_limit.POINTS_PER_MINUTE == 900
    monkeypatch.setattr(rate_limit, "POINTS_PER_MINUTE", 40)  # a long sync of few requests
    reserve = RateLimit.reserve
    reserved: dict[int, list[tuple[float, int]]] = defaultdict(list)

    def recorded(limit: RateLimit, points: int) -> float | None:
        at = reserve(limit, points)
        if at is not None:
            reserved[id(limit)].append((at, points))
        return at

    monkeypatch.setattr(RateLimit, "reserve", recorded)
    with new_sandbox() as sandbox:
        result = USER_REQUESTS_BY_APP.read(sandbox, start_date=start_of(sandbox, 60))
        assert not result.errors
        asked = [request for request in sandbox.requests if request.host == "api"]
        assert sum(map(len, reserved.values())) == len(asked)
    busy = [sorted(times) for times in reserved.values() if len(times) > 80]
    assert len(busy) == 2  # the organizations, each with a limit of its own
    for times in busy:
        for at, _ in times:
            assert sum(points for when, points in times if at <= when < at + 60) <= 40
    assert any("waiting for GitHub's rate limit until" in line for line in result.logs)


# The quota


def test_the_quota_is_never_exceeded() -> None:
    """In real time."""
    with new_sandbox(quota=30, quota_window_seconds=1) as sandbox:
        result = USER_REQUESTS.read(sandbox, clock=sandbox.clock, start_date=start_of(sandbox, 18))
        assert not result.errors
        assert len(sandbox.requests) > 75
        assert not [request for request in sandbox.requests if request.status in (403, 429)]


@pytest.mark.parametrize("kind", ["cut_body", "close"])
def test_an_answer_that_did_not_come_whole_hides_no_quota_that_is_used_up(kind: str) -> None:
    with new_sandbox(quota=5, quota_window_seconds=2) as sandbox:
        sandbox.inject(Fault(kind, nth=5))
        result = USAGE.read(sandbox, clock=sandbox.clock, num_workers=1)
        assert not result.errors
        assert len(sandbox.requests) > 5
        assert not [request for request in sandbox.requests if request.status in (403, 429)]


@pytest.mark.parametrize("skew", [-60, 60])
def test_clocks_that_differ_by_a_minute_do_no_harm(skew: int) -> None:
    """Neither to the wait for the quota's reset, nor to an App's JWT and its tokens."""
    with new_sandbox(clock_skew_seconds=skew) as sandbox:
        sandbox.inject(Fault("primary_limit", nth=6, reset_in=30, host="api"))
        clock = VirtualClock()
        rows = comparable(USER_REQUESTS_BY_APP.read(sandbox, clock=clock, num_workers=1).rows["ai_credit_usage"])
        assert 25 < max(clock.pauses) < 35
        # 204: a day that has no report of metrics yet.
        assert {request.status for request in sandbox.requests} == {200, 201, 204, 403}
    with new_sandbox() as sandbox:
        assert rows == comparable(USER_REQUESTS_BY_APP.read(sandbox).rows["ai_credit_usage"])


def test_a_jwt_is_good_for_clocks_that_differ_by_a_minute_as_long_as_it_is_kept() -> None:
    clock = MovingClock()
    app = auth.GitHubApp(
        "1", rsa.generate_private_key(public_exponent=65537, key_size=2048), clock, logging.getLogger("airbyte")
    )
    for _ in range(120):
        claims = jwt.decode(app.token(), options={"verify_signature": False})
        now = clock.now().timestamp()
        assert claims["iat"] <= now - 60
        assert now + 60 < claims["exp"] <= now - 60 + 600
        clock.sleep(10)


class MovingClock(VirtualClock):
    """Its wall clock moves with its pauses."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.monotonic())


# Refusals that are only a wait

WAITS = {
    "quota": (Fault("primary_limit", reset_in=50), 51),
    "retry-after": (Fault("secondary_limit", retry_after=42), 42),
    "message only": (Fault("secondary_limit"), 60),
}


@pytest.mark.parametrize(("kind", "status"), [("quota", 403), ("retry-after", 429), ("message only", 403)])
def test_a_limit_is_waited_out_by_all_workers(kind: str, status: int) -> None:
    fault, seconds = WAITS[kind]
    clock = VirtualClock()
    sent: list[float] = []
    with new_sandbox() as sandbox:
        sandbox.inject(replace(fault, nth=12, status=status, host="api"))
        # Downloads of metrics reports are not GitHub's limit's.
        sandbox.on_request(lambda call: sent.append(clock.monotonic()) if call.host == "api" else None)
        result = USER_REQUESTS.read(sandbox, clock=clock)
        assert not result.errors
        assert [request.status for request in sandbox.requests].count(status) == 1
        # Time moves by pauses only, so that what was in flight when the refusal came was sent before it.
        assert sorted(set(sent))[0] == 0
        assert sorted(set(sent))[1] >= seconds - 2
        assert any("Enterprise acme: waiting for GitHub's rate limit until " in line for line in result.logs)
    with new_sandbox() as sandbox:
        undisturbed = comparable(USER_REQUESTS.read(sandbox).rows["ai_credit_usage"])
    assert comparable(result.rows["ai_credit_usage"]) == undisturbed


SECONDS_TO_READ = 120.0  # many times what the slowest machine needs for a few hundred requests


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether it was so at some moment of the next `SECONDS_TO_READ`."""
    deadline = time.monotonic() + SECONDS_TO_READ
    while not (so := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return so


class HeldClock(VirtualClock):
    """A pause of a second or more takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            assert self.let_go.wait(SECONDS_TO_READ)
        super().sleep(seconds)


@pytest.mark.parametrize(("users", "nth", "slow"), [(2, 4, 0), (10, 15, 0.1)])
def test_other_credentials_go_on_while_one_waits(users: int, nth: int, slow: float) -> None:
    """Also with more windows to go than there are workers: workers that took a window of the one that waits would have
    no time for the other. And where the one that will wait is slow, so that the workers would gather in its windows."""
    clock = HeldClock()
    with new_sandbox(users_per_organization=users) as sandbox:
        sandbox.on_request(lambda call: time.sleep(slow) if "acme-data" in call.path else None)
        sandbox.inject(Fault("secondary_limit", credential="installation:acme-data", nth=nth, retry_after=600))

        def is_read_while_the_other_waits() -> bool:
            queries = [request.query for request in sandbox.requests if "Acme-Labs" in request.path]
            days = {str(query) for query in queries if "day" in query and "user" not in query}
            return len(days) >= 20 and 403 in [request.status for request in sandbox.requests]

        with ThreadPoolExecutor() as pool:
            start_date = start_of(sandbox, 19)
            reading = pool.submit(
                lambda: USER_REQUESTS_BY_APP.read(sandbox, clock=clock, start_date=start_date, num_workers=4)
            )
            try:
                done = comes_true(is_read_while_the_other_waits)
            finally:
                clock.let_go.set()
            result = reading.result()
        assert done
        assert not result.errors


def test_a_credential_that_is_given_up_leaves_its_workers_to_the_others() -> None:
    with new_sandbox() as sandbox:
        sandbox.on_request(lambda call: time.sleep(0.02))
        sandbox.inject(Fault("secondary_limit", credential="installation:acme-data", retry_after=10_000))
        result = USER_REQUESTS_BY_APP.read(sandbox, start_date=start_of(sandbox, 30), num_workers=4)
        assert result.errors[-1].startswith("rate_limited: Organization acme-data: ")
        assert sandbox.max_concurrent["installation:Acme-Labs"] == 4


def test_other_credentials_go_on_in_the_next_stream_while_one_waits_in_the_first() -> None:
    """With more months of usage to go than there are workers."""
    clock = HeldClock()
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("secondary_limit", credential="installation:acme-data", nth=3, retry_after=600))
        config = USAGE_BY_APP.config(sandbox, start_date=start_of(sandbox, 400), num_workers=4)
        days = {(sandbox.bill.today - timedelta(days=n)).isoformat() for n in range(20)}

        def are_read() -> bool:
            path = "/organizations/Acme-Labs/settings/billing/ai_credit/usage"
            asked = [request.query for request in sandbox.requests if request.path == path]
            return days <= {f"{q['year']}-{q['month']:0>2}-{q['day']:0>2}" for q in asked if "day" in q}

        with ThreadPoolExecutor() as pool:
            reading = pool.submit(lambda: sync(config, ["usage", "ai_credit_usage"], None, clock))
            try:
                done = comes_true(are_read)
            finally:
                clock.let_go.set()
            result = reading.result()
        assert done
        assert not result.errors


@pytest.mark.parametrize("stream", [USAGE, REPORT, USER_REQUESTS], ids=lambda way: way.name)
def test_a_limit_without_a_time_that_does_not_end_fails_the_sync(stream: Way) -> None:
    """One minute, then double, five times; then nothing is asked any more, and the next sync goes on."""
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("secondary_limit", nth=4, times=None, host="api"))
        clock = VirtualClock()
        first = stream.read(sandbox, clock=clock)
        assert first.failure_type == "transient_error"
        assert first.errors[-1].startswith("rate_limited: Enterprise acme: GitHub still refuses requests ")
        assert len(first.errors) == 2  # of the stream, and the exit's
        # Those in flight at first, and then as many as the workers, at most, after each wait.
        assert len(sandbox.requests) <= 3 + 6 * 10
        sandbox.clear_faults()
        second = stream.read(sandbox, first.state)
        assert not second.errors


def test_a_limit_without_a_time_is_waited_for_ever_longer_and_five_times() -> None:
    clock = VirtualClock()
    limit = new_limit(clock)
    waits = []
    for _ in range(5):
        at = send(limit)
        limit.release(1)
        limit.refused({}, at, clock.monotonic())
        before = clock.monotonic()
        send(limit)
        limit.release(1)
        waits.append(clock.monotonic() - before)
    assert waits == [60, 120, 240, 480, 960]
    at = send(limit)
    with pytest.raises(ConnectorError, match=r"^rate_limited: Enterprise acme: "):
        limit.refused({}, at, clock.monotonic())
    with pytest.raises(ConnectorError, match=r"^rate_limited: Enterprise acme: "):
        send(limit)


def test_a_token_is_signed_with_after_the_wait() -> None:
    """A token that ends during a wait is renewed, not refused."""
    with new_sandbox(token_lifetime_seconds=100) as sandbox:
        sandbox.inject(Fault("secondary_limit", nth=8, retry_after=120, host="api"))
        result = USER_REQUESTS_BY_APP.read(sandbox, num_workers=1)
        assert not result.errors
        minted = [request for request in sandbox.requests if request.path.endswith("access_tokens")]
        assert len(minted) > 2
        assert 401 not in {request.status for request in sandbox.requests}


def test_a_refusal_without_the_marks_of_a_limit_is_asked_once() -> None:
    with new_sandbox() as sandbox:
        sandbox.inject(Fault("forbidden", nth=3, times=None, host="api"))
        clock = VirtualClock()
        result = USAGE.read(sandbox, clock=clock, num_workers=1)
        assert result.errors[-1].startswith("invalid_permissions: Enterprise acme: GitHub answered 403 ")
        refused = [(request.path, *request.query.items()) for request in sandbox.requests if request.status == 403]
        assert len(refused) == len(set(refused))
        assert not clock.pauses
