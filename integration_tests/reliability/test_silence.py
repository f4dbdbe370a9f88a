"""A sync that lives is heard: the longest time without a record or a state, by a simulated clock."""

import itertools
import json
import logging
import threading
from collections.abc import Iterator
from datetime import date
from queue import Queue
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteStateBlob, SyncMode
from airbyte_cdk.models import Type as MessageType
from airbyte_cdk.sources.types import Record
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.support.connector import sync
from sandbox import BillShape, Fault
from source_github_copilot_billing import SourceGithubCopilotBilling, source
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.session import Session
from source_github_copilot_billing.github.transport import RawResponse
from source_github_copilot_billing.sync import heartbeat
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
LONGEST_SILENCE = 600
USERS, DAYS, QUOTA, WINDOW = 2_000, 10, 5_000, 3_600


class HeardQueue(Queue[Any]):
    """Notes when a record or a state is put out."""

    clock: VirtualClock
    heard: list[float]

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)
        if isinstance(item, Record) or (isinstance(item, AirbyteMessage) and item.type is MessageType.STATE):
            self.heard.append(self.clock.monotonic())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The times at which a record or a state was put out; the first one is the sync's beginning."""
    times: list[float] = [0.0]
    monkeypatch.setattr(HeardQueue, "clock", VirtualClock(TODAY), raising=False)
    monkeypatch.setattr(HeardQueue, "heard", times, raising=False)
    monkeypatch.setattr(source, "Queue", HeardQueue)
    monkeypatch.setattr(heartbeat, "Queue", HeardQueue)  # of what comes before the streams
    yield times


def longest_silence(heard: list[float], end: float) -> float:
    times = [*heard, end]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


class LargeOrganization:
    """GitHub for an enterprise of so many users, each of whom uses credits each day; answers take no time."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.requests = 0
        self.refused = 0
        self._lock = threading.Lock()
        self._window_ends = 0.0
        self._left = QUOTA

    def answer(self, request: Request) -> RawResponse:
        with self._lock:
            now = self.clock.monotonic()
            if now >= self._window_ends:
                self._window_ends, self._left = now + WINDOW, QUOTA
            self.requests += 1
            self.refused += self._left == 0
            status = 200 if self._left else 403
            self._left = max(0, self._left - 1)
            reset = self.clock.now().timestamp() + self._window_ends - now
            headers = {"x-ratelimit-remaining": str(self._left), "x-ratelimit-reset": str(int(reset))}
        parts = urlsplit(request.path)
        path, params = parts.path, {**dict(parse_qsl(parts.query)), **request.params}
        body: dict[str, Any]
        if path.endswith("/copilot/billing/seats"):
            page = int(params.get("page", 1))
            users = range((page - 1) * 100, min(page * 100, USERS))
            active = "2026-11-21T10:00:00Z"
            seats = [{"assignee": {"login": f"user-{number:04}"}, "last_activity_at": active} for number in users]
            body = {"seats": seats}
            if page * 100 < USERS:
                headers["link"] = f'<https://api.github.com{path}?per_page=100&page={page + 1}>; rel="next"'
        elif "/copilot/metrics/" in path:
            status, body = 403, {"message": "Resource not accessible by personal access token"}
        else:
            credits = 1 if "user" in params else USERS
            if "day" not in params:
                credits *= DAYS
            body = {**_question(params), "usageItems": [_item(credits)]}
        return RawResponse(status, headers, json.dumps(body).encode(), now)


def _question(params: dict[str, Any]) -> dict[str, Any]:
    period = {name: int(params[name]) for name in ("year", "month", "day") if name in params}
    return {"timePeriod": period, "user": params.get("user")}


def _item(credits: int) -> dict[str, Any]:
    amounts = {f"{kind}{what}": 0 for kind in ("gross", "discount", "net") for what in ("Quantity", "Amount")}
    priced = {
        "grossQuantity": credits,
        "netQuantity": credits,
        "grossAmount": credits / 100,
        "netAmount": credits / 100,
    }
    return {"product": "Copilot", "sku": "Copilot AI Credits", "model": "GPT-5", "unitType": "ai-credits",
            "pricePerUnit": 0.01, **amounts, **priced}  # fmt: skip


def test_2000_users_10_days_and_5000_requests_an_hour_are_heard_every_10_minutes(
    heard: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HeardQueue.clock
    github = LargeOrganization(clock)

    def transmit(session: Session, request: Request, url: str, token: str) -> RawResponse:
        response = github.answer(request)
        session._rate_limit.learn(response.headers, response.answered_at)
        return response

    monkeypatch.setattr(Session, "_transmit", transmit)
    config = {
        "credentials": {
            "connection_type": "enterprise_pat",
            "enterprise": "acme",
            "personal_access_token": "simulated-token",
            "ai_credit_method": "per_user_requests",
        },
        "start_date": "2026-11-13",
    }
    catalog = CatalogBuilder().with_stream("ai_credit_usage", SyncMode.incremental).build()
    messages = SourceGithubCopilotBilling(clock).read(logging.getLogger("test"), config, catalog, [])
    rows = {message.record.data["id"] for message in messages if message.record}
    assert len(rows) == USERS * DAYS + DAYS  # each day has a row for what no user used, of 0
    assert clock.monotonic() > 3 * WINDOW  # it had to wait for GitHub's limit three times
    assert github.refused == 0
    # The days, the pages of seats, and one look whether metrics can say who to ask.
    assert github.requests <= USERS * DAYS + DAYS + USERS // 100 + 1
    assert longest_silence(heard, clock.monotonic()) <= LONGEST_SILENCE


def test_an_export_that_takes_an_hour_is_heard_every_10_minutes(heard: list[float]) -> None:
    """There is no state yet: an empty one is emitted."""
    clock = HeardQueue.clock
    with Sandbox(BillShape(), today=TODAY, export_polls=10_000) as sandbox:
        config = sandbox.enterprise_config({"ai_credit_method": "report_export"}, start_date="2026-11-01")
        result = sync(config, ["ai_credit_usage"], clock=clock)
        assert "is not ready after 60 minutes" in result.errors[0]
        assert clock.monotonic() >= 3_600
        assert longest_silence(heard, clock.monotonic()) <= LONGEST_SILENCE
        assert all("cursor" not in entry for entry in result.state_of("ai_credit_usage").values())


@pytest.mark.parametrize(
    ("connection", "path"), [("organization_pat", "/orgs/[^/]*$"), ("organization_github_app", "/app/installations")]
)
def test_sync_that_begins_with_the_limit_used_up_is_heard_while_it_waits(
    connection: str, path: str, heard: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The accounts are found before there is a stream whose state could be emitted."""
    shape = BillShape(users_per_organization=1, idle_users_per_organization=0)
    with Sandbox(shape) as sandbox:
        config = sandbox.app_config() if connection == "organization_github_app" else sandbox.organization_pat_config()
        config["start_date"] = sandbox.bill.today.replace(day=1).isoformat()
        for state in (None, sync(config, ["usage"], clock=VirtualClock()).state):
            clock = VirtualClock()  # an App's JWT is checked against the real time
            monkeypatch.setattr(HeardQueue, "clock", clock)
            heard[:] = [0.0]
            sandbox.inject(Fault("primary_limit", path=path, reset_in=3_000))
            result = sync(config, ["usage"], state, clock)
            assert not result.errors and result.rows["usage"]
            assert clock.monotonic() >= 3_000
            assert longest_silence(heard, clock.monotonic()) <= LONGEST_SILENCE
            told = result.output.state_messages[0].state
            assert told is not None and told.stream is not None
            if state is None:
                assert told.stream.stream_state == AirbyteStateBlob({"states": []})
            else:  # what was given is given back as it was
                assert told.stream == state[0].stream
