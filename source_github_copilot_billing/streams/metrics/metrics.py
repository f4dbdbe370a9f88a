"""Stream `metrics`: how Copilot was used in an account on a day, as one row.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_days import MetricsDays
from source_github_copilot_billing.endpoints.metrics_reports import ReportName, subject
from source_github_copilot_billing.streams.metrics.columns import ReportColumns, refusing
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, HISTORY_DAYS, read_days
from source_github_copilot_billing.sync.stream import AccountReader, Context, Row, Stream

SLICE_DAYS = 28
COLUMNS = ReportColumns("metrics")


def _open(account: Account, context: Context) -> AccountReader:
    def read_day(day: date) -> Iterator[Row]:
        report = context.once(MetricsDays).of(account, day, context)
        yield COLUMNS.row(account, day, (), report, refusing(subject(account, ReportName.ACCOUNT, day)))

    return read_days("metrics", account, context, SLICE_DAYS, read_day)


METRICS = Stream("metrics", _open, first_day=FIRST_DAY, history_days=HISTORY_DAYS)
