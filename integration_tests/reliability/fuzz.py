"""Breaks bodies, configurations, states and reports at random: what is read is whole, or a clean error ends it.

python -m integration_tests.reliability.fuzz --examples 10000
"""

import argparse
import io
import json
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.github.client import GitHubClient, _Reply
from source_github_copilot_billing.github.credentials import PersonalAccessToken
from source_github_copilot_billing.github.errors import ConnectorError
from source_github_copilot_billing.github.rate_limit import RateLimit
from source_github_copilot_billing.streams.spelling import COPILOT, canonical
from unit_tests.virtual_clock import VirtualClock

LOG = logging.getLogger("fuzz")
TODAY: date = date(2026, 11, 22)
HUGE = "9" * 5000
NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1e308, 1e-320, 10**30, "", " ", "0", "NaN", "-", "\0", "\ud800", "copilot", "http://["),
    *([], {}, [[]], [{}], {"": None}, "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:00", "P1D"),
    *("2026-11-01/P1D", "2026-W47-7", "2026-11-01T00:00:00Z", "T12", "1e5", "Infinity", HUGE, "x" * 3000, "\U0001f4a9"),
)
JUNK = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=6), st.integers(), st.floats(allow_nan=False), st.dates().map(str)
)
HEADERS = {
    "link": ('<http://[>; rel="next"', '<//127.0.0.1:9/x>; rel="next"', "<", ";;,", '<>; rel=next; x="', "\xff"),
    "date": (
        "",
        "x",
        "Sun, 22 Nov 2026 00:00:00 GMT",
        "Sun, 99 Nov 99999 00:00:00 GMT",
        "1",
        "1 Jan 0001 0:0:0 -9999",
    ),
    "x-ratelimit-remaining": ("0", "-1", "x", "5000"),
    "x-ratelimit-reset": ("0", "x", "99999999999999999999", "-5"),
    "retry-after": ("0", "-1", "nan", "inf", "x", "1e400"),
    "location": ("", "http://[", "//x", "/y", "https://127.0.0.1/"),
    "github-authentication-token-expiration": ("x", "9999-99-99 00:00:00 UTC", "2026-12-01 10:00:00 UTC"),
}
STATUSES = (200, 200, 200, 200, 200, 200, 201, 202, 204, 301, 302, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503)


def broken(value: Any, dice: Random, junk: Any) -> Any:
    """A copy in which one place, chosen at random, is replaced, left out, doubled or renamed."""
    value = deepcopy(value)
    places: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        keys: Iterable[Any] = node.keys() if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                collect(node[key])

    if isinstance(value, dict | list):
        collect(value)
    if not places or dice.random() < 0.03:
        return junk
    node, key = dice.choice(places)
    deed = dice.randrange(5)
    if deed == 0:
        del node[key]
    elif deed == 1 and isinstance(node, list):
        node.insert(key, deepcopy(node[key]))
    elif deed == 2 and isinstance(node, dict):
        node[str(junk)[:20]] = node.pop(key)
    else:
        node[key] = junk
    return value


def broken_bytes(body: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return dice.choice(
        (
            lambda: body[:at],
            lambda: body[:at] + bytes([dice.randrange(256)]) + body[at:],
            lambda: body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :],
            lambda: body[at:],
            lambda: body + body,
            lambda: body[:at] + dice.choice((b'"', b",", b"\r", b"\n", b"\0", b"\xff", b"[")) + body[at:],
            lambda: b"\xef\xbb\xbf" + body,
            lambda: b"[" * 100_000 + body,
        )
    )()


def to_json(value: Any) -> bytes:
    return json.dumps(value).replace("Infinity", "1e999").encode("utf-8", "surrogatepass")


class FakeGitHub(GitHubClient):
    """The real client, but for the wire: a body that was broken, in the answers to one path."""

    def __init__(self, replies: Callable[[str, str], tuple[int, Mapping[str, str], bytes]]) -> None:
        clock = VirtualClock(TODAY)
        token = PersonalAccessToken("not-a-real-token", "Enterprise acme", clock, LOG)
        limit = RateLimit("Enterprise acme", clock, LOG)
        super().__init__("http://127.0.0.1:9", token, "Enterprise acme", clock, limit, 1)
        self._replies = replies
        self._sent = 0

    def _transmit(self, method: str, url: str, params: Any, body: Any, token: str) -> _Reply:
        self._sent += 1
        assert self._sent < 2000, "it asks for ever"
        status, headers, content = self._replies(method, url.removeprefix("http://127.0.0.1:9"))
        self._rate_limit.learn(headers, self._clock.monotonic())
        return _Reply(status, headers, content, self._clock.monotonic())


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


def rows_or_error(read: Callable[[], Iterable[Mapping[str, Any]]]) -> list[Mapping[str, Any]] | None:
    """The rows, all of them such that JSON can hold them; None for a clean error. Anything else is a find."""
    try:
        rows = list(read())
    except ConnectorError as error:
        assert str(error).split(":")[0] == error.code.value
        assert len(str(error)) < 2000
        return None
    for row in rows:
        for name, value in row.items():
            assert not isinstance(value, float) or math.isfinite(value), f"{name} is {value}"
        json.dumps(row, allow_nan=False).encode()
    return rows


def assert_nothing_is_lost(rows: list[Mapping[str, Any]] | None, content: bytes) -> None:
    """What was given adds up to what the body says: never a silent zero."""
    if rows is None:
        return
    items = json.loads(content, parse_float=Decimal)["usageItems"]
    ours = [item for item in items if canonical(item["product"]) == COPILOT]
    billed = sum((Decimal(item["grossAmount"]) for item in ours), Decimal(0))
    given = sum((Decimal(repr(row["gross_amount"])) for row in rows), Decimal(0))
    assert abs(billed - given) <= Decimal("1e-6") + abs(billed) * Decimal("1e-12"), f"{billed} became {given}"


def fuzz(check: Callable[[int, Any], None], examples: int, derandomize: bool = False) -> None:
    """Runs a check with so many random seeds and values."""
    quiet = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
    )
    quiet(given(st.integers(0, 2**48), JUNK)(check))()


def csv_files(*texts: bytes) -> list[io.BytesIO]:
    return [io.BytesIO(text) for text in texts]


def enterprise(github: GitHubClient) -> Account:
    return Account("enterprise", "acme", github)


if __name__ == "__main__":
    from integration_tests.reliability.fuzz_targets import TARGETS

    logging.disable()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--only", choices=TARGETS)
    options = parser.parse_args()
    for each, target in TARGETS.items():
        if options.only in (None, each):
            began = time.monotonic()
            fuzz(target, options.examples)
            print(f"{each}: {options.examples} in {time.monotonic() - began:.0f} s, nothing found", flush=True)
