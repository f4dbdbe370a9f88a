"""A GitHub that gives right answers, but for those to one path, which are broken at random."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from integration_tests.reliability.fuzz_breaking import HEADERS, STATUSES, broken, broken_bytes, to_json
from source_github_copilot_billing.accounts import Account, AccountId
from source_github_copilot_billing.github.auth import Credential, PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.rate_limit import RateLimit
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.session import Session
from source_github_copilot_billing.github.transport import RawResponse
from source_github_copilot_billing.sync.stream import Context
from testing.virtual_clock import VirtualClock

LOG = logging.getLogger("fuzz")
TODAY = date(2026, 11, 22)
API_URL = "http://127.0.0.1:9"
ENTERPRISE = AccountId("enterprise", "acme")

Replies = Callable[[str, str], tuple[int, Mapping[str, str], bytes]]

USAGE_ITEM = {
    "date": "2026-11-03T01:34:34Z",
    "product": "Copilot",
    "sku": "Copilot Business",
    "quantity": 0.249999995,
    "unitType": "user-months",
    "pricePerUnit": 19.0,
    "grossAmount": 4.75,
    "discountAmount": 0.25,
    "netAmount": 4.5,
    "organizationName": "acme-data",
    "repositoryName": "",
}
CREDIT_ITEM = {
    "product": "copilot",
    "sku": "copilot_ai_credit",
    "model": "Auto: Claude Haiku 4.5",
    "unitType": "ai-credits",
    "pricePerUnit": 0.01,
    "grossQuantity": 9.109908,
    "grossAmount": 0.09109908,
    "discountQuantity": 9.109908,
    "discountAmount": 0.09109908,
    "netQuantity": 0,
    "netAmount": 0,
}
REPORT = {
    "id": "1",
    "report_type": "ai_credit",
    "start_date": "2026-11-01",
    "end_date": "2026-11-22",
    "status": "completed",
    "created_at": "2026-11-22T11:59:00Z",
    "download_urls": ["https://127.0.0.1:9/x.csv?sig=y"],
}
SEAT = {"assignee": {"login": "user-001", "id": 1}, "last_activity_at": "2026-11-03T00:00:00Z"}
VALID: dict[str, Any] = {
    "/ai_credit/usage": {
        "timePeriod": {"year": 2026, "month": 11, "day": 3},
        "enterprise": "acme",
        "usageItems": [CREDIT_ITEM, {**CREDIT_ITEM, "model": "GPT-5"}],
    },
    "/usage": {
        "usageItems": [USAGE_ITEM, {**USAGE_ITEM, "sku": "Copilot AI Credits"}, {**USAGE_ITEM, "product": "Actions"}]
    },
    "/cost-centers": {"costCenters": [{"id": "c1", "name": "One", "state": "active"}]},
    "/seats": {"total_seats": 2, "seats": [SEAT, {"assignee": None}]},
    "/reports": {"usage_report_exports": [REPORT]},
    "/reports/1": REPORT,
    "/installations": [
        {"id": 5, "target_type": "Organization", "account": {"login": "acme-data", "id": 7}, "suspended_at": None},
        {"id": 6, "target_type": "User", "account": {"login": "user-001", "id": 8}},
    ],
    "/access_tokens": {"token": "not-a-real-token-of-an-installation", "expires_at": "2026-11-22T13:00:00Z"},
}
CSV = (
    b"date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    b"net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    b"input,output,cache_read,cache_write\r\n"
    b"2026-11-03,user-001,copilot,copilot_ai_credit,Auto: Claude Haiku 4.5,9.109908,ai-credits,0.01,0.09109908,"
    b"0.09109908,0,1900,acme-data,,Control Rooms,0,0,198,8209,223257,30122\r\n"
    b'2026-11-04,"user-002",copilot,copilot_ai_credit,"GPT-5, ""mini""",2,ai-credits,0.01,0.02,0,0.02,1900,'
    b"acme-data,,,0,0,1,2,3,4\r\n"
)


class FakeSession(Session):
    """The real session, but for the wire."""

    def __init__(self, replies: Replies, credential: Credential, subject: str, github: GitHub) -> None:
        limit = RateLimit(subject, github.clock, LOG, github.retry_policy.longest_wait_seconds)
        super().__init__(credential, subject, limit, threading.Semaphore(1), 1, github.clock, lambda: None)
        self._replies = replies
        self._sent = 0

    def _transmit(self, request: Request, url: str, token: str) -> RawResponse:
        self._sent += 1
        assert self._sent < 2000, "it asks for ever"
        status, headers, content = self._replies(request.method, url.removeprefix(API_URL))
        self._rate_limit.learn(headers, self._clock.monotonic())
        return RawResponse(status, headers, content, self._clock.monotonic())


class FakeGitHub(GitHub):
    """The real one, but for the wire; without a pause."""

    def __init__(self, replies: Replies) -> None:
        super().__init__(API_URL, 1, VirtualClock(TODAY), LOG)
        self._replies = replies

    def client(self, credential: Credential, subject: str) -> GitHubClient:
        return GitHubClient(self, FakeSession(self._replies, credential, subject, self))


@dataclass(frozen=True)
class Answers:
    """Right answers by the end of their path, but for those to `path`, which are broken in the same way each time."""

    path: str
    valid: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    content: bytes

    def __call__(self, method: str, target: str) -> tuple[int, Mapping[str, str], bytes]:
        asked = target.split("?")[0]
        if asked.endswith(self.path):
            return self.status, self.headers, self.content
        found = next((body for end, body in self.valid.items() if asked.endswith(end)), None)
        return (404, {}, b"{}") if found is None else (200, {}, to_json(found))


def answers(seed: int, junk: Any, path: str, valid: Mapping[str, Any]) -> Answers:
    dice = Random(seed)
    body = valid[path]
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        body = broken(body, dice, junk)
    content = to_json(body)
    status = 200
    headers: Mapping[str, str] = {}
    kind = dice.randrange(10)
    if kind == 0:
        content = broken_bytes(content, dice)
    elif kind == 1:
        status = dice.choice(STATUSES)
    if dice.randrange(6) == 0:
        name = dice.choice(tuple(HEADERS))
        headers = {name: dice.choice(HEADERS[name])}
    return Answers(path, valid, status, headers, content)


def account_of(replies: Replies, account: AccountId = ENTERPRISE) -> Account:
    """The account, signed in to with a token."""
    github = FakeGitHub(replies)
    token = PersonalAccessToken("not-a-real-token", str(account), github.clock, LOG)
    return Account(account, github.client(token, str(account)), lambda capability: f"It needs {capability.value}.")


def context() -> Context:
    """One request at a time, so that an example fails again in the same way."""
    return Context(TODAY, date(2026, 6, 1), 1, VirtualClock(TODAY), LOG)
