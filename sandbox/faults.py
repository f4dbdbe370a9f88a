"""What can be made to go wrong with chosen requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .messages import Call, Reply, error, exact_json
from .never_used import NeverUsed
from .rate_limits import SECONDARY_MESSAGE, exhausted_message

KINDS = (
    "reset",  # TCP reset before the request is handled
    "reset_after",  # TCP reset after it was handled
    "close",  # the connection ends without an answer
    "cut_body",  # Content-Length says more than is sent
    "truncated_download",  # the same, by its other name
    "hang",  # answers after `seconds`
    "drip",  # sends the body in small parts over `seconds`
    "status",  # answers `status` with `body`
    "html",  # 200 with HTML
    "json",  # 200 (or `status`) with `json`, or the raw `body`
    "primary_limit",  # quota exhausted for `reset_in` seconds
    "secondary_limit",  # with `retry_after` seconds, or (None) without
    "bad_credentials",  # 401
    "forbidden",  # 403 without the marks of a rate limit
    "not_found",  # 404
    "redirect",  # 302 (or `status`) to `url`
    "evil_link",  # the right answer, with a next page at `url`
    "huge",  # `megabytes` of white space and then JSON, with or without Content-Length
    "export_failed",  # the export that this POST creates fails
    "export_without_urls",  # it completes with an empty list of URLs
    "export_urls_missing",  # it completes without the list
    "export_file_missing",  # its list lacks the last file
)
HTML = "<!DOCTYPE html><html><body><h1>Unicorn!</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """Hits matching requests number `nth` (from 1, counted from the injection) up to `nth + times - 1`.

    `path` is a regular expression searched in path and query; `host` is api or storage; `credential` a label as in
    the request log. `times` None: from the `nth` on, always.
    """

    kind: str
    method: str | None = None
    path: str | None = None
    nth: int = 1
    times: int | None = 1
    host: str | None = None
    credential: str | None = None
    # Parameters that the query has with these values, and whether it asks for a "month" or for a "day" of it.
    query: Mapping[str, str] = field(default_factory=dict)
    period: str | None = None
    # Options; each kind reads those that its comment names.
    seconds: float = 1.0
    status: int | None = None
    body: str | bytes | None = None
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    reset_in: int = 2
    url: str = "http://127.0.0.1:9/elsewhere"
    megabytes: int = 70
    content_length: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}: {', '.join(KINDS)}")

    def __str__(self) -> str:
        """What it is, and which requests it was to hit."""
        names = ("method", "path", "nth", "host", "credential", "query", "period")
        chosen = {name: getattr(self, name) for name in names}
        return ", ".join([self.kind, *(f"{name} {value}" for name, value in chosen.items() if value)])

    def matches(self, call: Call, label: str) -> bool:
        return (
            self.method in (None, call.method)
            and (call.method == "POST" or not self.kind.startswith("export_"))
            and self.host in (None, call.host)
            and self.credential in (None, label)
            and all(call.query.get(name) == value for name, value in self.query.items())
            and self.period in (None, "day" if "day" in call.query else "month")
            and (self.path is None or re.search(self.path, call.target) is not None)
        )


@dataclass
class _Injected:
    """:ivar matched: how many requests it matched so far"""

    fault: Fault
    matched: int = 0
    has_fired: bool = False


class Faults:
    def __init__(self) -> None:
        self._injected: list[_Injected] = []
        self._lock = threading.Lock()

    def inject(self, fault: Fault) -> None:
        with self._lock:
            self._injected.append(_Injected(fault))

    def clear(self) -> None:
        """:raises NeverUsed: when one of them never fired"""
        with self._lock:
            never_used = self.never_used()
            self._injected = []
        if never_used:
            raise NeverUsed(never_used)

    def never_used(self) -> list[str]:
        """Those that never fired."""
        return [str(one.fault) for one in self._injected if not one.has_fired]

    def hit(self, call: Call, label: str) -> Fault | None:
        """The first injected fault that hits this request; the request counts for all that match."""
        hit = None
        with self._lock:
            for one in self._injected:
                if one.fault.matches(call, label):
                    one.matched += 1
                    first, times = one.fault.nth, one.fault.times
                    if hit is None and first <= one.matched and (times is None or one.matched < first + times):
                        hit, one.has_fired = one.fault, True
        return hit


def reply_of(fault: Fault, label: str, now: float) -> Reply | None:
    """The answer instead of the right one; None when the request is handled all the same. `now` is epoch seconds."""
    reply = _reply_of(fault, label, now)
    return reply and replace(reply, headers={**reply.headers, **fault.headers})


def _reply_of(fault: Fault, label: str, now: float) -> Reply | None:
    status = fault.status
    if fault.kind == "status":
        body = _bytes(HTML if fault.body is None else fault.body)
        kind = "application/json; charset=utf-8" if body[:1] in (b"{", b"[") else "text/html"
        return Reply(status or 502, body=body, content_type=kind)
    if fault.kind == "html":
        return Reply(200, body=_bytes(HTML if fault.body is None else fault.body), content_type="text/html")
    if fault.kind == "json":
        return Reply(status or 200, body=exact_json(fault.json) if fault.body is None else _bytes(fault.body))
    if fault.kind == "primary_limit":
        limits = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now) + fault.reset_in)}
        return error(status or 403, exhausted_message(label), limits)
    if fault.kind == "secondary_limit":
        after = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
        return error(status or 403, SECONDARY_MESSAGE, after)
    if fault.kind == "bad_credentials":
        return error(401, "Bad credentials")
    if fault.kind == "forbidden":
        what = "integration" if label.startswith("installation:") else "personal access token"
        return error(403, f"Resource not accessible by {what}")
    if fault.kind == "not_found":
        return error(404, "Not Found")
    if fault.kind == "redirect":
        return Reply(status or 302, body=b"", headers={"location": fault.url}, content_type="text/html")
    return None


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
