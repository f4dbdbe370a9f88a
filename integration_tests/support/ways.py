"""The ways in which a bill is read, each on the smallest bill that shows it, and what an undisturbed run gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from airbyte_cdk.models import AirbyteStateMessage

from integration_tests.support.connector import Row, Sync, merged, sync
from sandbox import BillShape
from source_github_copilot_billing.clock import Clock
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock

ENTERPRISE = "acme"
ORGANIZATIONS = ("acme-data", "Acme-Labs")
DAYS = 40  # two months of usage and two reports


@dataclass(frozen=True)
class Way:
    """One stream by one connection. `days`: how many are read, fewer where each of them costs requests."""

    name: str
    stream: str
    days: int
    method: str | None = None  # None: of organizations, as a GitHub App, or by one of the two others
    connection: str = ""  # organization_pat or enterprise_github_app

    def config(self, sandbox: Sandbox, **overrides: Any) -> dict[str, Any]:
        start_date = (sandbox.bill.today - timedelta(days=self.days)).isoformat()
        overrides = {"start_date": start_date, "lookback_window_days": 1, **overrides}
        if self.connection == "organization_pat":
            return sandbox.organization_pat_config(**overrides)
        if self.connection == "enterprise_github_app":
            return sandbox.enterprise_app_config(**overrides)
        if self.method is None:
            return sandbox.app_config(**overrides)
        return sandbox.enterprise_config({"ai_credit_method": self.method}, **overrides)

    def read(
        self,
        sandbox: Sandbox,
        state: list[AirbyteStateMessage] | None = None,
        clock: Clock | None = None,
        debug: bool = False,
        **overrides: Any,
    ) -> Sync:
        return sync(self.config(sandbox, **overrides), [self.stream], state, clock or VirtualClock(), debug)


USAGE = Way("usage of an enterprise", "usage", DAYS, "report_export")
USAGE_BY_APP = Way("usage of organizations", "usage", DAYS)
REPORT = Way("report export", "ai_credit_usage", DAYS, "report_export")
USER_REQUESTS = Way("user requests on an enterprise", "ai_credit_usage", 4, "per_user_requests")
USER_REQUESTS_BY_APP = Way("user requests on organizations", "ai_credit_usage", 2)
SEATS = Way("seats of an enterprise", "seats", 1, "report_export")
METRICS = Way("metrics of organizations", "metrics", 6)
USER_METRICS = Way("metrics of an enterprise's users", "user_metrics", 6, "report_export")
BILLING_SUMMARY = Way("totals of organizations", "billing_summary", DAYS)
COST_CENTERS = Way("cost centers by an App on an enterprise", "cost_centers", 1, connection="enterprise_github_app")
BUDGETS = Way("budgets by an organization token", "budgets", 1, connection="organization_pat")
WAYS = (
    USAGE,
    USAGE_BY_APP,
    REPORT,
    USER_REQUESTS,
    USER_REQUESTS_BY_APP,
    SEATS,
    METRICS,
    USER_METRICS,
    BILLING_SUMMARY,
    COST_CENTERS,
    BUDGETS,
)


def small_sandbox(
    users_per_organization: int = 2, days: int = DAYS, today: date | None = None, **settings: Any
) -> Sandbox:
    """Billed for so many days until today."""
    shape = BillShape(
        enterprise=ENTERPRISE,
        organizations=ORGANIZATIONS,
        users_per_organization=users_per_organization,
        idle_users_per_organization=1,
        users_who_left=1,
        shared_users=0,
        renamed_users=0,
        cost_centers=1,
        repositories_per_organization=1,
        first_day=(today or TODAY) - timedelta(days=days),
        other_products=False,
        models_per_day=1,
    )
    return Sandbox(shape, today, **{"export_polls": 1, "enterprise_installation": True, **settings})


def start_of(sandbox: Sandbox, days: int) -> str:
    """The start date so many days before today."""
    return (sandbox.bill.today - timedelta(days=days)).isoformat()


Rows = Mapping[str, Mapping[str, Any]]  # by id
OF_THE_READ = {"read_at"}  # differs between two reads of the same row


def comparable(*reads: Iterable[Row]) -> Rows:
    """What a destination holds after the reads, without what tells of the read itself."""
    return {
        key: {name: value for name, value in row.items() if name not in OF_THE_READ}
        for key, row in merged(*map(list, reads)).items()
    }


def assert_cursor_is_kept(result: Sync, way: Way, rows: Rows) -> None:
    """All that the last state says to be read was read.

    :param rows: of an undisturbed run
    """
    given = comparable(result.rows[way.stream])
    for (kind, name), entry in result.state_of(way.stream).items():
        column = "enterprise_slug" if kind == "enterprise" else "organization_name"
        read_to = entry.get("cursor", {}).get("date", "")
        promised = {key for key, row in rows.items() if row[column] == name and row["date"] <= read_to}
        assert promised <= given.keys()
