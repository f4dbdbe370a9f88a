"""Stream `metrics`: how Copilot was used in an account on a day, as one row.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections import deque
from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object, objects_of
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, NoReport, ReportName, subject
from source_github_copilot_billing.endpoints.temporary_files import KeptDocuments, Place, no_room
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.sync.stream import Context, Row


def account_report(account: Account, context: Context, day: date) -> Object:
    """The aggregated report of a day, an object of the caller's own. Two streams read it, and it is downloaded once.

    :raises NoReport: GitHub has no report
    :raises ConnectorError: the report cannot be had or read
    """
    try:
        kept = context.once(KeptDocuments)
        report: Object = kept.get(context.once(_keep, context.once(MetricsReports, account), day, kept))
    except OSError as error:
        raise no_room(subject(account, ReportName.ACCOUNT, day), error) from None
    return report


def _keep(reports: MetricsReports, day: date, kept: KeptDocuments) -> Place:
    with reports.files(ReportName.ACCOUNT, day) as files:
        last = deque(objects_of(files), maxlen=1)  # given twice, the last one counts
        if not last:
            raise NoReport  # a file without anything in it
        return kept.put(last[0])


COLUMNS = ReportColumns("metrics")


def _rows(account: Account, context: Context, day: date) -> Iterator[Row]:
    report = account_report(account, context, day)
    yield COLUMNS.row(account, day, (), report, subject(account, ReportName.ACCOUNT, day))


METRICS = stream_of_days("metrics", slice_days=28, rows_of_day=_rows)
