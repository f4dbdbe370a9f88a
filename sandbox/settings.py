"""How this GitHub behaves, apart from what it bills."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from typing import Any

from .never_used import NeverUsed

CSV_STYLES = ("plain", "quoted", "wrapped", "wrapped_quoted")
REDIRECT_TARGETS = ("path", "host", "http")
# 204; 404; 200 with an empty text, `null`, a sentence or no links; a link that leads to nothing.
NO_REPORT = ("204", "404", "empty", "null", "sentence", "no_links", "link_404")
PAT_KINDS = ("classic", "fine_grained")
# Each name in these lists, and each key of these mappings, is a surprise of its own.
BY_ENTRY = (
    "enterprise_owned", "hidden_cost_centers", "refused", "ip_allow_list", "sso_required", "sso_partial",
    "without_administration", "metrics_policy_off", "no_report", "metrics_hidden_users", "without_columns",
)  # fmt: skip
# What is no surprise: who chooses it for many tests at once need not use it in each.
NO_SURPRISES = ("quota", "export_polls", "enterprise_installation", "sso_secret")


@dataclass
class Settings:
    """Defaults are GitHub's own figures where it documents any. A test may change a value between two syncs.

    A value that is no default must be looked at before it is replaced, and before the sandbox is left.
    """

    # By setting, what was not looked at yet: the entries of `BY_ENTRY`, or the value itself.
    _unused: dict[str, set[object]] = field(default_factory=dict, init=False, repr=False)

    # Largest page; a smaller one makes a short list go over several pages.
    page_size_max: int = 100
    # Requests a credential may send in one window.
    quota: int = 5000
    quota_window_seconds: int = 3600
    token_lifetime_seconds: float = 3600
    # The server's clock is this far ahead of the one that the sandbox was given.
    clock_skew_seconds: float = 0

    # Report exports. Which view of an export (its own GET, the list, a refused POST) finds it finished.
    export_polls: int = 2
    export_files: int = 1
    # Status words of an export's first views, before `processing`.
    export_first_statuses: tuple[str, ...] = ()
    # Where nothing was used, an export is completed without any file, and not with a file of a header alone.
    empty_exports_have_no_file: bool = False
    csv_style: str = "quoted"
    # The four token columns are missing, as they were in June 2026.
    june_columns: bool = False
    # The token columns by their second set of names (`total_input_tokens`).
    long_token_columns: bool = False
    # Whether a detailed report names the users of seats, as documented; nobody has shown a real line.
    detailed_names_seats: bool = True
    # Columns that nobody has documented, between the others.
    extra_columns: bool = False
    without_columns: tuple[str, ...] = ()
    # Downloads, of exports and of metrics reports.
    download_lifetime_seconds: float = 3600
    # How often a link leads on before it gives the file (a large number never ends), and to where: another path of
    # the same host, another host, or an address that is not https (and does not exist).
    download_redirects: int = 0
    redirect_to: str = "path"

    # Organizations that an enterprise owns: they answer 403 to `user`.
    enterprise_owned: tuple[str, ...] = ()
    # What `ai_credit/usage` repeats of the question, and whether it heeds `user` at all.
    echoes_time_period: bool = True
    echoes_user: bool = True
    applies_user_filter: bool = True

    # Cost centers, by name, that the list lacks; all else counts them.
    hidden_cost_centers: tuple[str, ...] = ()
    # Budgets as in GitHub's examples and as seen: some name a list of SKUs instead of one, say whether cost centers
    # count, and have thresholds, mostly empty ones.
    budgets_as_in_examples: bool = False

    # Refusals. Status by what is refused (usage, ai_credits, summary, premium_requests, budgets, cost_centers,
    # reports, seats, copilot_plan, metrics), for all accounts or for one: {"budgets": 404, "seats:acme-data": 422}.
    refused: Mapping[str, int] = field(default_factory=dict)
    # Accounts whose IP allow list lacks the caller.
    ip_allow_list: tuple[str, ...] = ()
    # Accounts that want classic tokens to be authorized for single sign-on, and whether they answer a bare 404 on
    # billing and Copilot paths (and say why on `GET /orgs/{org}` only).
    sso_required: tuple[str, ...] = ()
    sso_hides: bool = True
    # The secret part of the link that authorizes a token.
    sso_secret: str = field(default_factory=lambda: secrets.token_hex(20))
    # Organizations that answers about the enterprise lack, as a header says.
    sso_partial: tuple[str, ...] = ()

    # Organizations whose installation lacks the permission "Administration: read".
    without_administration: tuple[str, ...] = ()
    # What the installations on organizations may read beside that.
    installation_permissions: tuple[str, ...] = ("organization_copilot_metrics",)
    # An organization (without charges) whose installation is suspended; None for none.
    suspended_organization: str | None = "acme-archive"
    # The account of an installation on a user; None for none.
    user_installation: str | None = "user-001"
    # Whether the App is installed on the enterprise too, and what it may read there.
    enterprise_installation: bool = False
    enterprise_permissions: tuple[str, ...] = (
        "enterprise_billing",
        "enterprise_copilot_metrics",
        "enterprise_copilot_seat_management",
    )
    pat_scopes: tuple[str, ...] = ("manage_billing:enterprise", "manage_billing:copilot")
    # The token of an organization's owner: classic with scopes, or fine-grained, of the first organization.
    organization_pat_kind: str = "classic"
    organization_pat_scopes: tuple[str, ...] = ("admin:org", "manage_billing:copilot", "read:org")
    # As GitHub writes it (`2026-12-01 10:00:00 UTC`); None for a token that never expires.
    pat_expires_at: str | None = "2099-12-01 10:00:00 UTC"

    # The offset from UTC, in minutes, that a seat's time stamps are written with.
    seat_offset_minutes: int = 0

    # Metrics reports. Accounts whose policy "Copilot usage metrics" is off.
    metrics_policy_off: tuple[str, ...] = ()
    # The newest days, today among them, that have no report yet.
    metrics_delay_days: int = 2
    # How GitHub says "no report" for those and for days before the history begins: one of `NO_REPORT`.
    no_report_face: str = "204"
    # Further days without a report: by kind (`users-1-day`; `*` is every kind) and day, the face.
    no_report: Mapping[tuple[str, date], str] = field(default_factory=dict)
    # Links of a report of lines, and whether its first line stands in the last file once more.
    metrics_shards: int = 1
    metrics_repeat_a_line: bool = False
    # "lines" (an account's report is one object), or "array": one JSON array a file.
    metrics_layout: str = "lines"
    # "": as text; "encoding": compressed for whoever accepts it; "file": the file itself is compressed.
    metrics_gzip: str = ""
    # Users whom the users' reports leave out, whatever they used.
    metrics_hidden_users: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        chosen = vars(self)
        allowed = {"csv_style": CSV_STYLES, "organization_pat_kind": PAT_KINDS, "redirect_to": REDIRECT_TARGETS}
        for name, values in allowed.items():
            if chosen[name] not in values:
                raise ValueError(f"{name} is one of {', '.join(values)}")
        for face in (chosen["no_report_face"], *chosen["no_report"].values()):
            if face not in NO_REPORT:
                raise ValueError(f"no report can look like {', '.join(NO_REPORT)}, and not like {face}")

    def find(self, setting: str, *keys: object) -> Any:
        """The entry of a setting of `BY_ENTRY` under the first of these keys that it has, in any case."""
        value = vars(self)[setting]
        entries = {_folded(key): value[key] if isinstance(value, Mapping) else key for key in value}
        for key in map(_folded, keys):
            if key in entries:
                self._unused.get(setting, set()).discard(key)
                return entries[key]
        return None

    def never_used(self, *settings: str) -> list[str]:
        """What was never looked at, of these settings or of all."""
        return [
            f"{name}={vars(self)[name]!r}" if entry is None else f"{name} of {entry}"
            for name, entries in self._unused.items()
            if not settings or name in settings
            for entry in entries
        ]

    def __getattribute__(self, name: str) -> Any:
        if name in _DEFAULTS and name not in BY_ENTRY:
            self._unused.pop(name, None)
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _DEFAULTS:
            if never_used := self.never_used(name):
                raise NeverUsed(never_used)
            if value != _DEFAULTS[name]:
                self._unused[name] = {_folded(entry) for entry in value} if name in BY_ENTRY else {None}
        super().__setattr__(name, value)


def _folded(key: object) -> object:
    return key.lower() if isinstance(key, str) else key


_DEFAULTS = {
    one.name: one.default if one.default_factory is MISSING else one.default_factory()
    for one in fields(Settings)
    if one.init and one.name not in NO_SURPRISES
}
