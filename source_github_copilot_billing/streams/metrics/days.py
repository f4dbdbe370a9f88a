"""How every metrics stream reads an account: several days at the same time; a day can be without a report."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import NoneAtAll, NoReport
from source_github_copilot_billing.parallel import interleaved
from source_github_copilot_billing.streams.without_copilot import is_without_copilot
from source_github_copilot_billing.sync.slice import Slice, columns_of_read, slices_of_days
from source_github_copilot_billing.sync.stream import AccountReader, Context, NotYet, Row

FIRST_DAY = date(2025, 10, 10)  # the first day of which GitHub has metrics reports
HISTORY_DAYS = 365
# GitHub publishes a day's report within two days, final within three. After so many days it is not expected any more.
COMES_WITHIN_DAYS = 7

# A function that yields the rows of one day.
ReadDay = Callable[[date], Iterable[Row]]


def read_days(name: str, account: Account, context: Context, slice_days: int, read_day: ReadDay) -> AccountReader:
    """
    :param name: the stream's
    :param read_day: yields the rows of one day; raises NoReport, before any row, when GitHub has no report of it
    :param slice_days: how many days to read at the same time
    """
    reader = _MetricsOfAccount(name, account, context, slice_days, read_day)
    return AccountReader(reader.slices, reader.read)


class _MetricsOfAccount:
    def __init__(self, name: str, account: Account, context: Context, slice_days: int, read_day: ReadDay) -> None:
        self._name = name
        self._account = account
        self._context = context
        self._slice_days = slice_days
        self._read_day = read_day

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Slices up to yesterday: GitHub makes a day's report after the day."""
        return slices_of_days(since, min(until, self._context.yesterday), self._slice_days)

    def read(self, slice: Slice) -> Iterator[Row]:
        """:raises NotYet: a day has no report yet; raised after the rows of the other days
        :raises ConnectorError: a day cannot be read; raised after the rows of the other days
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
        # Each row names only its own day as read: another day of the slice may have no report.
        of_the_day = columns_of_read(Slice(day, day), self._context.clock.now())
        try:
            for row in self._read_day(day):
                row.update(of_the_day)
                yield row
        except NoReport:
            without_report.append(day)
        except NoneAtAll:
            if not is_without_copilot(self._account, self._context):
                raise
            without_report.append(day)
