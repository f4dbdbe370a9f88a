"""Usage by user read from GitHub's billing report: a few requests for 31 days of any number of users."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import fetch_credits, is_billed
from source_github_copilot_billing.endpoints.cost_centers import CostCenter, fetch_cost_centers
from source_github_copilot_billing.endpoints.period import day_of, month_of
from source_github_copilot_billing.endpoints.report_exports import REPORT_DAYS, ReportExports, Terms
from source_github_copilot_billing.endpoints.spelling import Meter
from source_github_copilot_billing.endpoints.usage_report_lines import Findings, UnreadableCsv
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.ai_credit_usage.left_out import LeftOut
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import Order, rows_of
from source_github_copilot_billing.sync.slice import Slice, slices_of_days
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row

# Those optional columns that GitHub's reports have had since August 2026.
USUAL_COLUMNS = frozenset({"organization", "repository", "cost_center_name", "total_monthly_quota"})
TOKEN_COLUMNS = frozenset({"input", "output", "cache_read", "cache_write"})


@dataclass(frozen=True)
class ReportedUsage:
    """What a report counts, and which stream its rows are of.

    :param report_type: GitHub's word for it
    :param name: the report, as messages name it
    :param access: what else to say when GitHub refuses it
    :param usual_columns: whose lack is worth a warning
    """

    report_type: str
    name: str
    meter: Meter
    stream: str
    access: str
    usual_columns: frozenset[str]


AI_CREDITS = ReportedUsage(
    report_type="ai_credit",
    name="the AI credit report",
    meter=Meter.AI_CREDITS,
    stream="ai_credit_usage",
    access="The AI credit report needs the same access as the enterprise's usage; without it, set ai_credit_method to "
    "per_user_requests, which is the other way.",
    usual_columns=USUAL_COLUMNS | TOKEN_COLUMNS,
)


def read_by_report(usage: ReportedUsage, account: Account, context: Context, mode: str | None = None) -> AccountReader:
    """The reader of an enterprise's usage by report.

    :param mode: as it stands in the state
    """
    reader = _UsageByReport(usage, account, context)
    return AccountReader(reader.slices, reader.read, mode)


class _UsageByReport:
    """One enterprise in one sync."""

    def __init__(self, usage: ReportedUsage, account: Account, context: Context) -> None:
        self._account = account
        self._usage = usage
        self._reports = context.once(ReportExports, account)
        self._context = context
        self._logged_columns: set[str] = set()
        self._lacks_cost_centers = False

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        return slices_of_days(since, until, REPORT_DAYS)

    def read(self, slice: Slice) -> Iterator[Row | Finished]:
        """The rows of a report.

        :raises ConnectorError: the report cannot be had or read
        """
        terms = Terms(self._usage.report_type, self._usage.name, self._usage.access, slice.first, slice.last)
        order = Order(
            self._account,
            slice.first,
            slice.last,
            self._cost_center_ids(),
            meter=self._usage.meter,
            stream=self._usage.stream,
        )
        findings = Findings()
        rows = 0
        with self._reports.files(terms) as files:
            try:
                for row in rows_of(files, order, findings):
                    rows += 1
                    yield row
            except UnreadableCsv as error:
                raise ConnectorError(
                    Code.UNEXPECTED_ANSWER,
                    f"{self._account.id}: {terms} cannot be read: {error}. The next sync orders it again.",
                ) from None
            except OSError as error:
                raise self._reports.no_room(terms, error) from None
            if files:
                self._log_findings(findings)
        if rows == 0:
            self._require_nothing_billed(terms, slice)
        yield Finished(slice.first, slice.last, rows)

    def _require_nothing_billed(self, terms: Terms, slice: Slice) -> None:
        """An empty report is believed only when GitHub's totals are empty too; today's may be newer than the report.

        :raises ConnectorError: export_failed, when anything was billed in the slice
        """
        account, meter = self._account, self._usage.meter
        days = [day for day in slice.days if day <= self._context.yesterday]
        months = {day.replace(day=1) for day in days}
        billed = {month for month in months if is_billed(fetch_credits(account, month_of(month), meter=meter).items)}
        if any(
            day.replace(day=1) in billed and is_billed(fetch_credits(account, day_of(day), meter=meter).items)
            for day in days
        ):
            raise self._reports.came_to_nothing(terms, f"it is empty, but GitHub billed {meter.value} in that time")

    def _cost_center_ids(self) -> dict[str, str]:
        """By name in lower case. A name that several cost centers have is left out: either id would be a guess."""
        by_name: dict[str, list[str]] = {}
        for cost_center in self._listed_cost_centers():
            by_name.setdefault(cost_center.name.lower(), []).append(cost_center.id)
        return {name: ids[0] for name, ids in by_name.items() if len(ids) == 1}

    def _listed_cost_centers(self) -> tuple[CostCenter, ...]:
        """No money hangs on the list here: the report names the cost centers, and only their ids are missing."""
        try:
            return self._context.once(fetch_cost_centers, self._account)
        except HttpError as refusal:
            if refusal.status not in (403, 404):
                raise
            if not self._lacks_cost_centers:
                self._lacks_cost_centers = True
                self._context.logger.warning(
                    f"{self._account.id}: {self._usage.name} is read without the ids of cost centers (cost_center_id "
                    f"is null); their names stand in it all the same. {refusal.sentence}"
                )
            return ()

    def _log_findings(self, findings: Findings) -> None:
        """What of the report is not read, and what it lacks."""
        account, name, logger = self._account.id, self._usage.name, self._context.logger
        if new := findings.unknown_columns - self._logged_columns:
            self._logged_columns |= new
            logger.info(
                f"{account}: {name} has columns that this connector does not read: "
                f"{', '.join(sorted(name[:60] for name in new))}."
            )
        if missing := self._usage.usual_columns - findings.optional_columns - self._logged_columns:
            self._logged_columns |= missing
            logger.warning(
                f"{account}: {name} lacks columns that GitHub's reports had before: "
                f"{', '.join(sorted(missing))}. They are null in the rows read from it."
            )
        left_out = self._context.once(LeftOut, self._usage.stream)
        for (product, sku, unit_type), (count, gross_amount) in findings.left_out.items():
            left_out.add(product, sku, unit_type, gross_amount, count)
