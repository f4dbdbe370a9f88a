"""A local GitHub that bills: starts and stops it, and lets a test look inside and interfere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography.hazmat.primitives import serialization

from . import admin, routes, storage
from .bill import Bill
from .credentials import APP_ID, Credential, Credentials, app_key, pem
from .exports import Exports
from .faults import Fault, Faults, reply_of
from .messages import Call, Reply, error
from .rate_limits import RateLimits
from .server import Server, bind_other_host
from .settings import Settings
from .shape import BillShape
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
    # "pat", "jwt", "installation:NAME", "none", or "unknown" for a token that was never issued.
    credential: str
    at: float
    # "api", or "storage" and "mirror" for the downloads.
    host: str = "api"


class Sandbox:
    """Use as a context manager. `settings` are the fields of `Settings`; `today` is the last billed day (UTC)."""

    def __init__(
        self,
        shape: BillShape | None = None,
        today: date | None = None,
        seed: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        **settings: Any,
    ) -> None:
        self.settings = Settings(**settings)
        self.bill = Bill(shape or BillShape(), today or datetime.now(timezone.utc).date(), seed)
        self._credentials = Credentials(self.settings, self.bill)
        self._exports = Exports(self.settings, self.bill)
        self._limits, self._faults = RateLimits(self.settings), Faults()
        self._world = World(self.bill, self.settings, self._credentials, self._exports, {})
        self._hooks: list[Callable[[Call], None]] = []
        self._requests: list[Request] = []
        self._labels: dict[int, str] = {}
        self._lock = threading.Lock()
        clock = self._credentials.now
        self._api = Server(host, port, "api", self._answer, self._sent, clock)
        self._storage = bind_other_host(2, "storage", self._answer_download, self._sent, clock)
        self._mirror = bind_other_host(3, "mirror", self._answer_download, self._sent, clock)
        self._world.urls.update(api=self._api.url, storage=self._storage.url, mirror=self._mirror.url)

    def __enter__(self) -> Sandbox:
        self._api.start()
        self._storage.start()
        self._mirror.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.stop()
        self._storage.stop()
        self._mirror.stop()

    # Where it is, and how to configure a connector for it

    @property
    def url(self) -> str:
        return self._api.url

    @property
    def storage_url(self) -> str:
        return self._storage.url

    @property
    def personal_access_token(self) -> str:
        return self._credentials.personal_access_token

    @property
    def app_id(self) -> str:
        return str(APP_ID)

    @property
    def client_id(self) -> str:
        return self._credentials.client_id

    @property
    def private_key(self) -> str:
        """PEM in PKCS#1, as GitHub hands it out."""
        return pem(app_key(), serialization.PrivateFormat.TraditionalOpenSSL)

    @property
    def private_key_pkcs8(self) -> str:
        return pem(app_key(), serialization.PrivateFormat.PKCS8)

    @property
    def secrets(self) -> list[str]:
        """Everything given out so far that must never stand in any output: tokens, signatures, key lines."""
        key_lines = [line for text in (self.private_key, self.private_key_pkcs8) for line in text.splitlines()[1:-1]]
        return [
            self.personal_access_token,
            *self._credentials.issued(),
            *sorted(self._credentials.jwts_seen),
            *self._exports.signatures(),
            self.settings.sso_secret,
            *(line for line in key_lines if len(line) > 40),
        ]

    def enterprise_config(self, credentials: dict[str, Any] | None = None, **overrides: Any) -> dict[str, Any]:
        """A complete configuration; `overrides` replace top-level fields, `credentials` are merged in."""
        own = {
            "connection_type": "enterprise_pat",
            "enterprise": self.bill.shape.enterprise,
            "personal_access_token": self.personal_access_token,
        }
        return self._config({**own, **(credentials or {})}, overrides)

    def app_config(
        self, organizations: Sequence[str] = (), credentials: dict[str, Any] | None = None, **overrides: Any
    ) -> dict[str, Any]:
        own = {
            "connection_type": "organization_github_app",
            "app_id": self.app_id,
            "private_key": self.private_key,
            "organizations": list(organizations),
        }
        return self._config({**own, **(credentials or {})}, overrides)

    def _config(self, credentials: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
        return {
            "credentials": credentials,
            "start_date": self.bill.first_day.isoformat(),
            "lookback_window_days": 7,
            "num_workers": 10,
            "api_url": self.url,
            **overrides,
        }

    # What it was asked

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def clear_requests(self) -> None:
        with self._lock:
            self._requests.clear()

    @property
    def max_concurrent(self) -> dict[str, int]:
        """For each credential label, the most requests that were ever in flight at once."""
        return self._limits.most_at_once()

    def reset_limits(self) -> None:
        """Gives every credential its full quota again and forgets `max_concurrent`."""
        self._limits.reset_counts()

    # Interfering

    def inject(self, fault: Fault) -> None:
        self._faults.inject(fault)

    def clear_faults(self) -> None:
        self._faults.clear()

    def on_request(self, hook: Callable[[Call], None]) -> None:
        """Calls `hook` before each request is handled, in the thread that handles it."""
        self._hooks.append(hook)

    def revoke_pat(self) -> None:
        self._credentials.pat_revoked = True

    def restore_pat(self) -> None:
        self._credentials.pat_revoked = False

    def revoke_installation_tokens(self, organization: str) -> None:
        self._credentials.revoke_tokens(organization)

    def suspend(self, organization: str) -> None:
        self._credentials.suspend(organization)

    def unsuspend(self, organization: str) -> None:
        self._credentials.suspend(organization, suspended=False)

    def uninstall(self, organization: str) -> None:
        self._credentials.uninstall(organization)

    def rename(self, organization: str, new: str) -> None:
        """The organization keeps its number; its former name is free for another one."""
        self.bill.rename_organization(organization, new)
        self._credentials.rename(organization, new)

    def install(self, organization: str) -> None:
        """Installs the App; an organization that the bill lacks is added to it first."""
        self.bill.add_organization(organization)
        self._credentials.install(organization)

    def start_foreign_export(
        self, report_type: str, start: date, end: date, polls: int = 2, age_seconds: float = 0
    ) -> str:
        """Somebody else's export, running until it was looked at `polls` times; its id."""
        return self._exports.create(
            report_type, start, end, actor="somebody-else", polls=polls, age_seconds=age_seconds
        ).id

    def start_own_export(self, report_type: str, start: date, end: date, polls: int = 2, age_seconds: float = 0) -> str:
        """An export that an earlier run with the same token ordered; its id."""
        return self._exports.create(report_type, start, end, polls=polls, age_seconds=age_seconds).id

    def serve_export_files(self, paths: Sequence[Path | str]) -> None:
        """From now on every finished export has these files instead of generated ones."""
        self._exports.prepared = tuple(Path(path) for path in paths)

    # Answering

    def _answer(self, call: Call) -> tuple[Reply, Fault | None]:
        if call.path.startswith(admin.PREFIX):
            return admin.answer(self, call), None
        credential = self._credentials.identify(call)
        self._begin(call, credential.label)
        fault = self._faults.hit(call, credential.label)
        reply = self._limited(call, credential, fault)
        return self._log(call, credential.label, reply, fault)

    def _limited(self, call: Call, credential: Credential, fault: Fault | None) -> Reply:
        now = self._credentials.now()
        if not call.headers.get("user-agent"):
            return error(403, NO_USER_AGENT)
        limits, refusal = self._limits.count(credential.label, call.method, now)
        reply = refusal
        if reply is None and fault is not None:
            reply = error(500, "never sent") if fault.kind == "reset" else reply_of(fault, credential.label, now)
        if reply is None:
            reply = routes.answer(self._world, call, credential, None if fault is None else fault.kind)
        headers = {**limits, **self._token_headers(call, credential), **reply.headers}
        if fault is not None and fault.kind == "evil_link":
            headers["link"] = f'<{fault.url}>; rel="next"'
        return replace(reply, headers=headers)

    def _token_headers(self, call: Call, credential: Credential) -> dict[str, str]:
        if credential.kind != "pat" or credential.refusal is not None:
            return {}
        headers = {
            "x-oauth-scopes": ", ".join(credential.scopes),
            "x-accepted-oauth-scopes": routes.accepted_scopes(call),
        }
        if self.settings.pat_expires_at is not None:
            headers["github-authentication-token-expiration"] = self.settings.pat_expires_at
        return headers

    def _answer_download(self, call: Call) -> tuple[Reply, Fault | None]:
        label = self._credentials.identify(call).label
        self._begin(call, label)
        fault = self._faults.hit(call, label)
        reply = None if fault is None else reply_of(fault, label, self._credentials.now())
        return self._log(call, label, reply or storage.answer(self._world, call), fault)

    def _begin(self, call: Call, label: str) -> None:
        with self._lock:
            self._labels[id(call)] = label
        self._limits.enter(label)
        for hook in self._hooks:
            hook(call)

    def _log(self, call: Call, label: str, reply: Reply, fault: Fault | None) -> tuple[Reply, Fault | None]:
        broken = fault is not None and fault.kind in ("reset", "reset_after", "close")
        status = 0 if broken else reply.status
        request = Request(call.method, call.path, dict(call.query), status, label, time.time(), call.host)
        with self._lock:
            self._requests.append(request)
        return reply, fault

    def _sent(self, call: Call) -> None:
        with self._lock:
            label = self._labels.pop(id(call), None)
        if label is not None:
            self._limits.leave(label)
