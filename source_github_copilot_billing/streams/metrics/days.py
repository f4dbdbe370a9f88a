"""How every metrics stream reads an account: the days of a slice side by side, and the days without a report."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.resources.metrics_reports import NoneAtAll, NoReport
from source_github_copilot_billing.resources.shared import Resources
from source_github_copilot_billing.streams.without_copilot import is_without_copilot
from source_github_copilot_billing.sync.parallel import interleaved
from source_github_copilot_billing.sync.slice import Slice, columns_of_read, slices_of_days
from source_github_copilot_billing.sync.stream import Context, NotYet, Row

FIRST_DAY = date(2025, 10, 10)  # of GitHub's metrics reports
HISTORY_DAYS = 365
# GitHub's days come within two days and are final within three; a day without a report for so long stays without one.
COMES_WITHIN_DAYS = 7

# The rows of a day, as they are read.
ReadDay = Callable[[date], Iterable[Row]]


class MetricsOfAccount:
    """:param read_day: of one day; raises NoReport before the first row where GitHub has no report
    :param slice_days: as many as reading them side by side pays"""

    mode: str | None = None

    def __init__(
        self, name: str, account: Account, resources: Resources, context: Context, slice_days: int, read_day: ReadDay
    ) -> None:
        self._name = name
        self._account = account
        self._resources = resources
        self._context = context
        self._slice_days = slice_days
        self._read_day = read_day

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Up to yesterday: a day's report comes when the day is over."""
        return slices_of_days(since, min(until, self._context.yesterday), self._slice_days)

    def read(self, slice: Slice) -> Iterator[Row]:
        """:raises NotYet: after the rows of the other days, when a day has no report and may still get it
        :raises ConnectorError: a day cannot be read; the rows of the other days are given out before
        """
        without_report: list[date] = []
        tasks = [partial(self._rows_of, day, without_report) for day in slice.days]
        yield from interleaved(tasks, self._context.num_workers)
        may_come = [day for day in without_report if self._context.today - day < timedelta(days=COMES_WITHIN_DAYS)]
        never_come = sorted(set(without_report) - set(may_come))
        if never_come:
            self._context.logger.info(
                f"Stream {self._name}, {self._account.id}: GitHub has no report of {len(never_come)} day(s) from "
                f"{never_come[0]} to {never_come[-1]}."
            )
        if may_come:
            raise NotYet(min(may_come))

    def _rows_of(self, day: date, without_report: list[date]) -> Iterator[Row]:
        # Each day is a read of its own: a slice's rows must not say that a day without a report was read.
        of_the_day = columns_of_read(Slice(day, day), self._context.clock.now())
        try:
            for row in self._read_day(day):
                row.update(of_the_day)
                yield row
        except NoReport:
            without_report.append(day)
        except NoneAtAll:
            if not is_without_copilot(self._account, self._resources, self._context):
                raise
            without_report.append(day)
