"""Breaks a body or a file at random, and judges what became of it."""

import io
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from source_github_copilot_billing.errors import ConnectorError

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


# How often what is broken was read whole, and how often an error was raised.
outcomes: Counter[str] = Counter()


def rows_or_error(read: Callable[[], Iterable[Mapping[str, Any]]]) -> list[Mapping[str, Any]] | None:
    """The rows, all of them such that JSON can hold them; None for a clean error. Anything else is a find."""
    try:
        rows = list(read())
    except ConnectorError as error:
        assert str(error).split(":")[0] == error.code.value
        assert len(str(error)) < 2000
        outcomes["refused"] += 1
        return None
    for row in rows:
        for name, value in row.items():
            assert not isinstance(value, float) or math.isfinite(value), f"{name} is {value}"
        json.dumps(row, allow_nan=False).encode()
    outcomes["read"] += 1
    return rows


def assert_all_is_given(rows: Iterable[Mapping[str, Any]], amount: str, billed: Decimal) -> None:
    """What was given adds up to what was billed: never a silent zero."""
    given = sum((Decimal(repr(row[amount])) for row in rows), Decimal(0))
    assert abs(billed - given) <= Decimal("1e-6") + abs(billed) * Decimal("1e-12"), f"{billed} became {given}"


def csv_files(*texts: bytes) -> list[io.BytesIO]:
    return [io.BytesIO(text) for text in texts]
