"""How this GitHub behaves, apart from what it bills."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

CSV_STYLES = ("plain", "quoted", "wrapped", "wrapped_quoted")
REDIRECT_TARGETS = ("path", "host", "http")
# 204; 404; 200 with an empty text, `null`, a sentence or no links; a link that leads to nothing.
NO_REPORT = ("204", "404", "empty", "null", "sentence", "no_links", "link_404")
PAT_KINDS = ("classic", "fine_grained")


@dataclass
class Settings:
    """Defaults are GitHub's own figures where it documents any. A test may change a value between two syncs."""

    # Largest page; a smaller one makes a short list go over several pages.
    page_size_max: int = 100
    # Requests a credential may send in one window.
    quota: int = 5000
    quota_window_seconds: int = 3600
    # GitHub uses both 403 and 429 for an exhausted quota.
    exhausted_status: int = 403
    # Points a minute and requests at once; None means that the secondary limit is not enforced.
    points_per_minute: int | None = None
    requests_at_once: int | None = None
    token_lifetime_seconds: float = 3600
    installation_token_length: int = 420
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
    # Budgets as in GitHub's examples: some name a list of SKUs instead of one, and say whether cost centers count.
    budgets_as_in_examples: bool = False

    # Refusals. Status by what is refused (usage, ai_credits, summary, premium_requests, budgets, cost_centers,
    # reports, seats, metrics), for all accounts or for one: {"cost_centers": 404, "seats:acme-data": 422}.
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
    # The token of an organization's owner: classic with scopes, or fine-grained with one resource owner (None: the
    # first organization) and permissions. A plain member's token sees no billing.
    organization_pat_kind: str = "classic"
    organization_pat_scopes: tuple[str, ...] = ("admin:org", "manage_billing:copilot", "read:org")
    organization_pat_owner: str | None = None
    organization_pat_permissions: tuple[str, ...] = (
        "organization_administration",
        "organization_copilot_metrics",
        "organization_copilot_seat_management",
    )
    organization_pat_is_of_owner: bool = True
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
        if self.csv_style not in CSV_STYLES:
            raise ValueError(f"csv_style is one of {', '.join(CSV_STYLES)}")
        for face in (self.no_report_face, *self.no_report.values()):
            if face not in NO_REPORT:
                raise ValueError(f"no report can look like {', '.join(NO_REPORT)}, and not like {face}")
        if self.organization_pat_kind not in PAT_KINDS:
            raise ValueError(f"organization_pat_kind is one of {', '.join(PAT_KINDS)}")
        if self.redirect_to not in REDIRECT_TARGETS:
            raise ValueError(f"redirect_to is one of {', '.join(REDIRECT_TARGETS)}")
