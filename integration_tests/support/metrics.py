"""Reads the streams of seats and metrics from a small sandbox, by an enterprise or as a GitHub App."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from airbyte_cdk.models import AirbyteStateMessage

from integration_tests.support.connector import Row, Sync, sync
from sandbox import BillShape
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock

ENTERPRISE = "enterprise"
ORGANIZATIONS = ("acme-platform", "acme-data")
REPORTS = {
    "metrics": "{account_type}-1-day",
    "metrics_breakdown": "{account_type}-1-day",
    "user_metrics": "users-1-day",
    "user_teams": "user-teams-1-day",
    "repository_metrics": "repos-1-day",
}
DAYS = 14  # that are read, today among them


def small_sandbox(users_per_organization: int = 6, days: int = DAYS, **settings: Any) -> Sandbox:
    """Used until today."""
    shape = BillShape(
        organizations=ORGANIZATIONS,
        users_per_organization=users_per_organization,
        idle_users_per_organization=1,
        first_day=TODAY - timedelta(days=days - 1),
    )
    return Sandbox(shape, **settings)


def read(
    sandbox: Sandbox,
    streams: Sequence[str],
    state: Sequence[AirbyteStateMessage] = (),
    by_app: bool = False,
    clock: VirtualClock | None = None,
    **overrides: Any,
) -> Sync:
    """All days of the bill, and two days of lookback."""
    choices = {"start_date": sandbox.bill.first_day.isoformat(), "lookback_window_days": 2, **overrides}
    config = sandbox.app_config(ORGANIZATIONS, **choices) if by_app else sandbox.enterprise_config(**choices)
    return sync(config, streams, list(state), clock or VirtualClock())


def accounts(by_app: bool) -> list[str | None]:
    """As the sandbox names them: None is the enterprise."""
    return [*ORGANIZATIONS] if by_app else [None]


def rows_of(rows: Sequence[Row], organization: str | None, day: date | None = None) -> list[Row]:
    return [
        row
        for row in rows
        if (row["account_type"] == ENTERPRISE if organization is None else row.get("organization_name") == organization)
        and day in (None, date.fromisoformat(row["date"]))
    ]


def days_ago(sandbox: Sandbox, days: int) -> date:
    return sandbox.bill.today - timedelta(days=days)


def days_with_report(sandbox: Sandbox) -> list[date]:
    first = sandbox.bill.first_day
    return [first + timedelta(days=offset) for offset in range((sandbox.metrics.last_day - first).days + 1)]


def read_to(result: Sync, stream: str, account: tuple[str, str] = (ENTERPRISE, "acme")) -> date | None:
    """The day of the account's state; None before the first."""
    cursor = result.state_of(stream).get(account, {}).get("cursor")
    return date.fromisoformat(cursor["date"]) if cursor else None


def asked(sandbox: Sandbox, *names: str) -> list[dict[str, str]]:
    """The queries of the requests whose path ends with one of these names."""
    return [request.query for request in sandbox.requests if request.path.rpartition("/")[2] in names]


def downloads(sandbox: Sandbox) -> int:
    return sum(request.host != "api" for request in sandbox.requests)
