"""How long a sync is silent, by a simulated clock: the longest time without a record or a state."""

import itertools
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from queue import Queue
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from airbyte_cdk.models import AirbyteMessage, SyncMode
from airbyte_cdk.models import Type as MessageType
from airbyte_cdk.sources.types import Record
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from source_github_copilot_billing import SourceGithubCopilotBilling, source
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.session import Session
from source_github_copilot_billing.github.transport import RawResponse
from source_github_copilot_billing.sync import heartbeat
from testing.answers import credit_item
from testing.virtual_clock import VirtualClock

USERS, DAYS, QUOTA, WINDOW = 2_000, 10, 5_000, 3_600


class Heard:
    """:ivar times: when a record or a state was put out; the first one is the sync's beginning"""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.times = [0.0]

    @property
    def longest_silence(self) -> float:
        """In seconds, until now."""
        return max(later - earlier for earlier, later in itertools.pairwise([*self.times, self.clock.monotonic()]))


@contextmanager
def listening(clock: VirtualClock) -> Iterator[Heard]:
    """What is heard of the syncs that run meanwhile."""
    heard = Heard(clock)

    class HeardQueue(Queue[Any]):
        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            super().put(item, block, timeout)
            if isinstance(item, Record) or (isinstance(item, AirbyteMessage) and item.type is MessageType.STATE):
                heard.times.append(clock.monotonic())

    # The second queue is of what comes before the streams.
    with patch.object(source, "Queue", HeardQueue), patch.object(heartbeat, "Queue", HeardQueue):
        yield heard


class LargeEnterprise:
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
            body = {**_question(params), "usageItems": [credit_item(credits)]}
        return RawResponse(status, headers, json.dumps(body).encode(), now)


def _question(params: dict[str, Any]) -> dict[str, Any]:
    period = {name: int(params[name]) for name in ("year", "month", "day") if name in params}
    return {"timePeriod": period, "user": params.get("user")}


@dataclass(frozen=True)
class LargeRead:
    rows: int
    requests: int
    refused: int
    seconds: float
    longest_silence: float


def read_large_enterprise() -> LargeRead:
    """Read its AI credits user by user, within GitHub's limit."""
    clock = VirtualClock(date(2026, 11, 22))
    github = LargeEnterprise(clock)

    def transmit(session: Session, request: Request, url: str, token: str) -> RawResponse:
        response = github.answer(request)
        session._rate_limit.learn(response.headers, response.answered_at)
        return response

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
    with patch.object(Session, "_transmit", transmit), listening(clock) as heard:
        messages = SourceGithubCopilotBilling(clock).read(logging.getLogger("test"), config, catalog, [])
        rows = {message.record.data["id"] for message in messages if message.record}
    return LargeRead(len(rows), github.requests, github.refused, clock.monotonic(), heard.longest_silence)
