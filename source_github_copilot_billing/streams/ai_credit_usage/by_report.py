"""Usage by user read from GitHub's billing report: a few requests for 31 days of any number of users."""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem
from source_github_copilot_billing.endpoints.cost_centers import CostCenter, fetch_cost_centers
from source_github_copilot_billing.endpoints.period import Period
from source_github_copilot_billing.endpoints.report_exports import REPORT_DAYS, ReportExports, Terms
from source_github_copilot_billing.endpoints.usage_report_lines import Findings, Selection
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.ai_credit_usage.report_check import ReportCheck
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import Order, rows_of
from source_github_copilot_billing.streams.left_out import LeftOut
from source_github_copilot_billing.sync.slice import Slice, slices_of_months_or_days
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row


@dataclass(frozen=True)
class ReportedUsage:
    """What a report counts, and which stream its rows are of.

    :param counted: what its lines count, as messages name it
    :param selection: which of its lines and columns are read
    :param totals: GitHub's own totals of the same, of a UTC day or calendar month
    :param usual_columns: whose lack is worth a warning
    """

    report_type: str
    name: str
    counted: str
    selection: Selection
    totals: Callable[[Account, Period], Iterable[BillItem]]
    stream: str
    access: str
    usual_columns: frozenset[str]


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
        self._check = ReportCheck(account, usage.totals, usage.counted, context)
        self._context = context
        self._logged_columns: set[str] = set()
        self._lacks_cost_centers = False

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Whole months where there is more than one report: GitHub gives the total of a month in one answer."""
        return slices_of_months_or_days(since, until, REPORT_DAYS)

    def read(self, slice: Slice) -> Iterator[Row | Finished]:
        """The rows of a report. One that does not add up to GitHub's totals is ordered once more.

        :raises ConnectorError: the report cannot be had or read, or it does not add up again
        """
        usage, days = self._usage, (slice.first, slice.last)
        terms = Terms(usage.report_type, usage.name, usage.access, *days)
        order = Order(self._account, *days, self._cost_center_ids(), usage.selection, usage.stream)
        difference = yield from self._read(terms, order)
        if difference is not None:
            self._context.logger.info(f"{self._account.id}: {terms}: {difference}. It is ordered once more.")
            difference = yield from self._read(terms, order)
        if difference is not None:
            raise self._reports.came_to_nothing(terms, difference)

    def _read(self, terms: Terms, order: Order) -> Generator[Row | Finished, None, str | None]:
        """The rows of a report that adds up.

        :return: what does not add up, and then there were no rows
        """
        findings = Findings()
        with self._reports.files(terms) as files:
            rows = rows_of(files, order, findings)
            first = next(rows, None)
            difference = self._check.difference(Slice(order.first, order.last), findings.gross_amounts)
            if difference is not None:
                return difference
            if files:
                self._log_findings(findings)
            count = 0
            for row in () if first is None else chain((first,), rows):
                count += 1
                yield row
        yield Finished(order.first, order.last, count)
        return None

    def _cost_center_ids(self) -> dict[str, str]:
        """By name in lower case. A name that several cost centers have is left out: either id would be a guess."""
        by_name: defaultdict[str, list[str]] = defaultdict(list)
        for cost_center in self._listed_cost_centers():
            by_name[cost_center.name.lower()].append(cost_center.id)
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
