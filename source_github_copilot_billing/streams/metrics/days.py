"""How every metrics stream reads an account: several days at the same time; a day can be without a report."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import NoReport, NoReportsAtAll
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.parallel import interleaved
from source_github_copilot_billing.streams.left_out import log_odd_values
from source_github_copilot_billing.streams.seats import is_without_copilot
from source_github_copilot_billing.sync.slice import Slice, slices_of_days
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, NotYet, Row, Stream

FIRST_DAY = date(2025, 10, 10)  # the first day of which GitHub has metrics reports
HISTORY_DAYS = 365
# GitHub publishes a day's report within two days, final within three. After so many days it is not expected any more.
COMES_WITHIN_DAYS = 7

# Yields the rows of one day of an account; raises NoReport, before any row, when GitHub has no report of it.
RowsOfDay = Callable[[Account, Context, date], Iterator[Row]]


def stream_of_days(name: str, slice_days: int, rows_of_day: RowsOfDay, first_day: date = FIRST_DAY) -> Stream:
    """A stream that is read from a report of each day.

    :param slice_days: how many days to read at the same time
    """

    def open_account(account: Account, context: Context) -> AccountReader:
        def slices(since: date, until: date) -> Iterator[Slice]:
            """Up to yesterday: GitHub makes a day's report after the day."""
            return slices_of_days(since, min(until, context.yesterday), slice_days)

        return AccountReader(slices, partial(_read, name, account, context, rows_of_day))

    return Stream(name, open_account, first_day=first_day, history_days=HISTORY_DAYS, finish=log_odd_values(name))


def _read(
    name: str, account: Account, context: Context, rows_of_day: RowsOfDay, slice: Slice
) -> Iterator[Row | Finished]:
    """The rows of a slice.

    :raises NotYet: a day has no report yet; raised after the rows and receipts of the other days
    :raises ConnectorError: a day cannot be read; raised after the rows and receipts of the other days
    """
    without_report: list[date] = []

    def read(day: date) -> Iterator[Row | Finished]:
        count = 0
        try:
            for row in rows_of_day(account, context, day):
                count += 1
                yield row
            yield Finished(day, day, count)  # a day without a report is not finished: its older rows stay
        except NoReport:
            without_report.append(day)
        except NoReportsAtAll:
            if not is_without_copilot(account, context):
                raise
            without_report.append(day)

    row_counts: dict[date, int] = {}
    failure: ConnectorError | None = None
    try:
        for given in interleaved([partial(read, day) for day in slice.days], context.num_workers):
            if isinstance(given, Finished):
                row_counts[given.first] = given.row_count
            else:
                yield given
    except ConnectorError as error:
        failure = error
    yield from _finished(row_counts)
    if failure is not None:
        raise failure
    may_come = [day for day in without_report if context.today - day < timedelta(days=COMES_WITHIN_DAYS)]
    never_come = sorted(set(without_report) - set(may_come))
    if never_come:
        context.logger.info(
            f"Stream {name}, {account.id}: GitHub has no report of {len(never_come)} day(s) from "
            f"{never_come[0]} to {never_come[-1]}."
        )
    if may_come:
        raise NotYet(min(may_come))


def _finished(row_counts: Mapping[date, int]) -> Iterator[Finished]:
    """What was read to its end: days that follow one another together, so that a year is not 365 receipts."""
    run: list[date] = []
    for day in sorted(row_counts):
        run.append(day)
        if day + timedelta(days=1) not in row_counts:
            yield Finished(run[0], day, sum(row_counts[each] for each in run))
            run = []
