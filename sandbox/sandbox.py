"""A local GitHub that bills: starts and stops it, and lets a test look inside and interfere."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography.hazmat.primitives import serialization

from . import admin
from .bill import new_bill
from .credentials import APP_ID, Credentials, app_key, pem
from .exports import Exports
from .faults import Fault
from .front_desk import FrontDesk, Request
from .messages import Call, Reply
from .metrics_reports import Lines, Metrics
from .never_used import NeverUsed
from .server import Server, bind_other_host
from .settings import Settings
from .shape import BillShape
from .signatures import Signatures
from .world import World


class Sandbox:
    """Use as a context manager. `settings` are the fields of `Settings`; `today` is the last billed day (UTC).

    `clock` gives the time that tokens, limits and reports are dated by, in seconds since the epoch.

    `bill` and `metrics` are the first enterprise's. `more_enterprises` are others beside it: all are in `bills` and
    `metrics_by_enterprise`. `tls` makes all its hosts speak https.
    """

    def __init__(
        self,
        shape: BillShape | None = None,
        today: date | None = None,
        seed: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        more_enterprises: Sequence[BillShape] = (),
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,  # noqa: TID251  (of who runs it by hand)
        **settings: Any,
    ) -> None:
        self.settings = Settings(**settings)

        def now() -> float:
            return clock() + self.settings.clock_skew_seconds

        today = today or datetime.fromtimestamp(clock(), timezone.utc).date()
        bills = [new_bill(one, today, seed) for one in (shape or BillShape(), *more_enterprises)]
        self.bill, self.bills = bills[0], {bill.shape.enterprise: bill for bill in bills}
        self._credentials = Credentials(self.settings, bills, now)
        urls: dict[str, str] = {}
        self._signatures = Signatures(self.settings, now)
        self._worlds = [
            World(
                bill,
                self.settings,
                self._credentials,
                Exports(self.settings, bill, self._signatures, now),
                Metrics(self.settings, bill, self._signatures),
                urls,
            )
            for bill in bills
        ]
        self.metrics_by_enterprise = {world.bill.shape.enterprise: world.metrics for world in self._worlds}
        self._world = self._worlds[0]
        self.metrics = self._world.metrics
        self._exports = self._world.exports
        self._desk = FrontDesk(self.settings, self._worlds, self._credentials, now)
        self._api = Server(host, port, "api", self._answer, self._desk.sent, now, tls)
        self._storage = bind_other_host(2, "storage", self._desk.answer_download, self._desk.sent, now, tls)
        self._mirror = bind_other_host(3, "mirror", self._desk.answer_download, self._desk.sent, now, tls)
        urls.update(api=self._api.url, storage=self._storage.url, mirror=self._mirror.url)

    def __enter__(self) -> Sandbox:
        self._api.start()
        self._storage.start()
        self._mirror.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """:raises NeverUsed: when a planned fault or surprise never came, and nothing else went wrong"""
        self._api.stop()
        self._storage.stop()
        self._mirror.stop()
        never_used = [*self._desk.faults.never_used(), *self.settings.never_used()]
        if error is None and never_used:
            raise NeverUsed(never_used)

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
    def organization_token(self) -> str:
        """The personal access token of an organization's owner."""
        return self._credentials.organization_token

    @property
    def app_id(self) -> str:
        return str(APP_ID)

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
            self.organization_token,
            *self._credentials.issued(),
            *sorted(self._credentials.jwts_seen),
            *self._signatures.issued(),
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

    def organization_pat_config(
        self, organizations: Sequence[str] = (), credentials: dict[str, Any] | None = None, **overrides: Any
    ) -> dict[str, Any]:
        """For these organizations, or for all."""
        own = {
            "connection_type": "organization_pat",
            "organizations": list(organizations or self.bill.organizations),
            "personal_access_token": self.organization_token,
        }
        return self._config({**own, **(credentials or {})}, overrides)

    def enterprise_app_config(
        self, enterprise: str | None = None, credentials: dict[str, Any] | None = None, **overrides: Any
    ) -> dict[str, Any]:
        """Without `enterprise`: for every enterprise where the App is installed (`enterprise_installation`)."""
        own = {
            "connection_type": "enterprise_github_app",
            "app_id": self.app_id,
            "private_key": self.private_key,
            **({} if enterprise is None else {"enterprise": enterprise}),
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

    def configs(self, **overrides: Any) -> dict[str, dict[str, Any]]:
        """A configuration of each connection, by its type, for all accounts that it can read."""
        made = (self.enterprise_config, self.app_config, self.organization_pat_config, self.enterprise_app_config)
        configs: list[dict[str, Any]] = [make(**overrides) for make in made]
        return {config["credentials"]["connection_type"]: config for config in configs}

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
        return self._desk.requests()

    def clear_requests(self) -> None:
        self._desk.clear_requests()

    @property
    def max_concurrent(self) -> dict[str, int]:
        """For each credential label, the most requests that were ever in flight at once."""
        return self._desk.limits.most_at_once()

    # Interfering

    def inject(self, fault: Fault) -> None:
        self._desk.faults.inject(fault)

    def clear_faults(self) -> None:
        self._desk.faults.clear()

    def on_request(self, hook: Callable[[Call], None]) -> None:
        """Calls `hook` before each request is handled, in the thread that handles it."""
        self._desk.hooks.append(hook)

    def revoke_pat(self) -> None:
        self._credentials.pat_revoked = True

    def revoke_organization_pat(self) -> None:
        self._credentials.organization_pat_revoked = True

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

    def rename_enterprise(self, enterprise: str, new: str) -> None:
        """The enterprise keeps its number; `bills` keeps its former name."""
        bill = self.bills[enterprise]
        bill.shape = replace(bill.shape, enterprise=new)
        self._credentials.rename(enterprise, new)

    def start_foreign_export(
        self, report_type: str, start: date, end: date, polls: int = 2, age_seconds: float = 0
    ) -> str:
        """Somebody else's export, running until it was looked at `polls` times; its id."""
        return self._exports.create(
            report_type, start, end, actor="somebody-else", polls=polls, age_seconds=age_seconds
        ).id

    def start_own_export(
        self,
        report_type: str,
        start: date,
        end: date,
        polls: int = 2,
        age_seconds: float = 0,
        outcome: str = "completed",
    ) -> str:
        """An export that an earlier run with the same token ordered; its id."""
        made = self._exports.create(report_type, start, end, polls=polls, age_seconds=age_seconds, outcome=outcome)
        return made.id

    def serve_export_files(self, paths: Sequence[Path | str]) -> None:
        """From now on every finished export has these files instead of generated ones."""
        self._exports.prepared = tuple(Path(path) for path in paths)

    def serve_metrics(self, lines: Lines) -> None:
        """From now on the metrics reports of the first enterprise hold these lines instead of generated ones."""
        self.metrics.prepared = lines

    # Answering

    def _answer(self, call: Call) -> tuple[Reply, Fault | None]:
        if call.path.startswith(admin.PREFIX):
            return admin.answer(self.bill, self.requests, call), None
        return self._desk.answer(call)
