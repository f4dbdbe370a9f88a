"""How this GitHub behaves, apart from what it bills."""

from __future__ import annotations

from dataclasses import dataclass

CSV_STYLES = ("plain", "quoted", "wrapped", "wrapped_quoted")


@dataclass(frozen=True)
class Settings:
    """Defaults are GitHub's own figures where it documents any."""

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
    # The server's clock is this far ahead of the machine's.
    clock_skew_seconds: float = 0
    # Which view of a report export (its own GET, the list, a refused POST) finds it finished.
    export_polls: int = 2
    export_files: int = 1
    csv_style: str = "quoted"
    # The four token columns are missing, as they were in June 2026.
    june_columns: bool = False
    # Columns that nobody has documented, between the others.
    extra_columns: bool = False
    without_columns: tuple[str, ...] = ()
    download_lifetime_seconds: float = 3600
    # Organizations that an enterprise owns: they answer 403 to `user`.
    enterprise_owned: tuple[str, ...] = ()
    # Organizations whose installation lacks the permission "Administration: read".
    without_administration: tuple[str, ...] = ()
    # An organization (without charges) whose installation is suspended; None for none.
    suspended_organization: str | None = "acme-archive"
    # The account of an installation on a user; None for none.
    user_installation: str | None = "user-001"
    # Whether the App is installed on the enterprise too, and may read its billing.
    enterprise_installation: bool = False
    pat_scopes: tuple[str, ...] = ("manage_billing:enterprise", "manage_billing:copilot")
    # As GitHub writes it (`2026-12-01 10:00:00 UTC`); None for a token that never expires.
    pat_expires_at: str | None = "2099-12-01 10:00:00 UTC"

    def __post_init__(self) -> None:
        if self.csv_style not in CSV_STYLES:
            raise ValueError(f"csv_style is one of {', '.join(CSV_STYLES)}")
