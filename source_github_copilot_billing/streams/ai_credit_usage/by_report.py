"""AI credits read from GitHub's billing report: a few requests for 31 days of any number of users."""

from collections.abc import Iterable, Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.resources.cost_centers import CostCenters
from source_github_copilot_billing.resources.usage_reports import REPORT_DAYS, Terms, UsageReports
from source_github_copilot_billing.streams.ai_credit_usage.credits import fetch_day, fetch_month
from source_github_copilot_billing.streams.ai_credit_usage.report_csv import Findings, UnreadableReport
from source_github_copilot_billing.streams.ai_credit_usage.report_kind import Order
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import rows_of
from source_github_copilot_billing.streams.ai_credit_usage.row import CreditItem
from source_github_copilot_billing.sync.slice import Slice, slices_of_days
from source_github_copilot_billing.sync.stream import Context, Row

ACCESS = (
    "The AI credit report needs the same access as the enterprise's usage; without it, set ai_credit_method to "
    "per_user_requests, which is the other way."
)


# Those optional columns that GitHub's reports have had since August 2026.
USUAL_COLUMNS = frozenset(
    {
        "organization",
        "repository",
        "cost_center_name",
        "total_monthly_quota",
        "input",
        "output",
        "cache_read",
        "cache_write",
    }
)


class CreditsByReport:
    """One enterprise in one sync."""

    def __init__(self, account: Account, mode: str, cost_centers: CostCenters, context: Context) -> None:
        self.mode: str | None = mode
        self._account = account
        self._cost_centers = cost_centers
        self._context = context
        self._reports = UsageReports(account, ACCESS, context.clock, context.logger, context.keep_alive)
        self._logged_columns: set[str] = set()

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        return slices_of_days(since, until, REPORT_DAYS)

    def read(self, slice: Slice) -> Iterator[Row]:
        """:raises ConnectorError: when the report cannot be had or read; nothing of it counts then"""
        terms = Terms("ai_credit", "the AI credit report", slice)
        cost_center_ids = self._cost_center_ids()
        order = Order(self._account, slice.first, slice.last, cost_center_ids)
        findings = Findings()
        rows = 0
        with self._reports.files(terms) as files:
            try:
                if files:
                    for row in rows_of(files, order, findings):
                        rows += 1
                        yield row
            except UnreadableReport as error:
                raise ConnectorError(
                    Code.UNEXPECTED_ANSWER,
                    f"{self._account.id}: {terms} cannot be read: {error}. The next sync asks for it again.",
                ) from None
            except OSError as error:
                raise self._reports.no_room(terms, error) from None
            if files:
                self._log_findings(findings)
        if rows == 0:
            self._require_nothing_billed(terms)

    def _require_nothing_billed(self, terms: Terms) -> None:
        """An empty report is believed only when GitHub's totals are empty too; today's may be newer than the report.

        :raises ConnectorError: export_failed, when AI credits were billed in the slice
        """
        days = [day for day in terms.slice.days if day <= self._context.yesterday]
        months = {day.replace(day=1) for day in days}
        billed = {month for month in months if _is_billed(fetch_month(self._account, month).items)}
        if any(day.replace(day=1) in billed and _is_billed(fetch_day(self._account, day).items) for day in days):
            raise self._reports.came_to_nothing(terms, "it is empty, but GitHub billed AI credits in that time")

    def _cost_center_ids(self) -> dict[str, str]:
        """By name in lower case. A name that several cost centers have is left out: either id would be a guess."""
        by_name: dict[str, list[str]] = {}
        for cost_center in self._cost_centers.of(self._account):
            by_name.setdefault(cost_center.name.lower(), []).append(cost_center.id)
        return {name: ids[0] for name, ids in by_name.items() if len(ids) == 1}

    def _log_findings(self, findings: Findings) -> None:
        """What of the report is not read, and what it lacks."""
        if new := findings.unknown_columns - self._logged_columns:
            self._logged_columns |= new
            self._context.logger.info(
                f"{self._account.id}: the AI credit report has columns that this connector does not read: "
                f"{', '.join(sorted(name[:60] for name in new))}."
            )
        if missing := USUAL_COLUMNS - findings.optional_columns - self._logged_columns:
            self._logged_columns |= missing
            self._context.logger.warning(
                f"{self._account.id}: the AI credit report lacks columns that GitHub's reports had before: "
                f"{', '.join(sorted(missing))}. They are null in the rows read from it."
            )
        for (product, sku, unit_type), count in sorted(findings.left_out.items()):
            self._context.logger.warning(
                f"{self._account.id}: {count} line(s) of the AI credit report are neither AI credits nor premium "
                f"requests, and were left out: product {product[:60]}, SKU {sku[:60]}, unit {unit_type[:60]}."
            )


def _is_billed(items: Iterable[CreditItem]) -> bool:
    """Whether a report must have a line for them: it has no line for what is 0."""
    return any(item.amounts.gross_quantity or item.amounts.net_amount for item in items)
