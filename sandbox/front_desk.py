"""Takes every request: recognizes who asks, counts, applies limits and faults, has it answered, and keeps a log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import routes, storage
from .credentials import Credential, Credentials
from .faults import Fault, Faults, reply_of
from .messages import Call, Reply, error
from .rate_limits import RateLimits
from .settings import Settings
from .world import World

NO_USER_AGENT = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
    "(https://docs.github.com/rest/overview/resources-in-the-rest-api#user-agent-required)."
)


@dataclass(frozen=True)
class Request:
    """One request as answered; `status` 0: the connection was broken instead. `at` is in epoch seconds."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    # "pat", "organization_pat", "jwt", "installation:NAME", "none", or "unknown" for a token that was never issued.
    credential: str
    at: float
    # "api", or "storage" and "mirror" for the downloads.
    host: str = "api"


class FrontDesk:
    """Used by the threads of all servers at the same time."""

    def __init__(
        self, settings: Settings, worlds: list[World], credentials: Credentials, now: Callable[[], float]
    ) -> None:
        self._settings, self._worlds, self._credentials, self._now = settings, worlds, credentials, now
        self.limits, self.faults = RateLimits(settings), Faults()
        self.hooks: list[Callable[[Call], None]] = []
        self._requests: list[Request] = []
        self._labels: dict[int, str] = {}
        self._lock = threading.Lock()

    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def clear_requests(self) -> None:
        with self._lock:
            self._requests.clear()

    def answer(self, call: Call) -> tuple[Reply, Fault | None]:
        credential = self._credentials.identify(call)
        self._begin(call, credential.label)
        fault = self.faults.hit(call, credential.label)
        reply = self._limited(call, credential, fault)
        return self._log(call, credential.label, reply, fault)

    def answer_download(self, call: Call) -> tuple[Reply, Fault | None]:
        label = self._credentials.identify(call).label
        self._begin(call, label)
        fault = self.faults.hit(call, label)
        reply = None if fault is None else reply_of(fault, label, self._now())
        return self._log(call, label, reply or storage.answer(self._worlds, call), fault)

    def sent(self, call: Call) -> None:
        with self._lock:
            label = self._labels.pop(id(call), None)
        if label is not None:
            self.limits.leave(label)

    def _limited(self, call: Call, credential: Credential, fault: Fault | None) -> Reply:
        now = self._now()
        if not call.headers.get("user-agent"):
            return error(403, NO_USER_AGENT)
        limits, refusal = self.limits.count(credential.label, now)
        reply = refusal
        if reply is None and fault is not None:
            reply = error(500, "never sent") if fault.kind == "reset" else reply_of(fault, credential.label, now)
        if reply is None:
            reply = routes.answer(self._worlds, call, credential, None if fault is None else fault.kind)
        headers = {**limits, **self._token_headers(call, credential), **reply.headers}
        if fault is not None and fault.kind == "evil_link":
            headers["link"] = f'<{fault.url}>; rel="next"'
        return replace(reply, headers=headers)

    def _token_headers(self, call: Call, credential: Credential) -> dict[str, str]:
        if credential.kind != "pat" or credential.refusal is not None:
            return {}
        if credential.is_fine_grained:
            headers = {"x-accepted-github-permissions": routes.accepted_permissions(call)}
        else:
            headers = {
                "x-oauth-scopes": ", ".join(credential.scopes),
                "x-accepted-oauth-scopes": routes.accepted_scopes(call),
            }
        if self._settings.pat_expires_at is not None:
            headers["github-authentication-token-expiration"] = self._settings.pat_expires_at
        return headers

    def _begin(self, call: Call, label: str) -> None:
        with self._lock:
            self._labels[id(call)] = label
        self.limits.enter(label)
        for hook in self.hooks:
            hook(call)

    def _log(self, call: Call, label: str, reply: Reply, fault: Fault | None) -> tuple[Reply, Fault | None]:
        broken = fault is not None and fault.kind in ("reset", "reset_after", "close")
        status = 0 if broken else reply.status
        request = Request(call.method, call.path, dict(call.query), status, label, self._now(), call.host)
        with self._lock:
            self._requests.append(request)
        return reply, fault
