"""Stream `metrics`: how Copilot was used in an account on a day, as one row.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections.abc import Iterable, Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import (
    MetricsReports,
    NoReport,
    Object,
    ReportName,
    objects_of,
    subject,
    unreadable,
)
from source_github_copilot_billing.endpoints.report_files import KeptDocuments, Place, no_room
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.streams.metrics.columns import OTHER_FIELDS, ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.sync.stream import Context, Row

COLUMNS = ReportColumns("metrics")
SCOPE = ("enterprise_id", "organization_id")  # whose a document is
NOTHING_KNOWN = "it has no field that this connector knows"


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
        return kept.put(report_of_day(objects_of(files), day, subject(reports.account, ReportName.ACCOUNT, day)))


def report_of_day(documents: Iterable[Object], day: date, report: str) -> Object:
    """The document of a day. One that is given twice is a state, and the last one counts.

    Some reports wrap their days in `day_totals`, as those of 28 days do.

    :param report: as messages name it
    :raises NoReport: there is no document
    :raises ConnectorError: unexpected_answer, when the wrapped days lack the day, when two documents are not of the
        same account (neither is the whole then), or when the shape is unknown: it would look like a day without use
    """
    found: Object | None = None
    for document in documents:
        if isinstance(days := document.get("day_totals"), list):
            wrapped = [each for each in days if isinstance(each, dict) and each.get("day") == day.isoformat()]
            if not wrapped:
                raise unreadable(report, "its day_totals lack the day that was asked for")
            document = {**{name: document[name] for name in SCOPE if name in document}, **wrapped[-1]}
        if found is not None and any(found.get(name) != document.get(name) for name in SCOPE):
            raise unreadable(report, "it has two documents that are not of the same account")
        found = document
    if found is None:
        raise NoReport  # a file without anything in it
    if all(found.get(key) is None for key in COLUMNS.keys - set(SCOPE)):
        raise unreadable(report, NOTHING_KNOWN)
    return found


def _rows(account: Account, context: Context, day: date) -> Iterator[Row]:
    yield metrics_row(account, day, account_report(account, context, day), context.once(OddValues, COLUMNS.stream_name))


def metrics_row(account: Account, day: date, report: Object, odd: OddValues) -> Row:
    """The row of a day.

    :raises ConnectorError: unexpected_answer, when the report is of another day, or no value is of the kind that GitHub
        documents
    """
    name = subject(account, ReportName.ACCOUNT, day)
    row = COLUMNS.row(account, day, (), report, name, odd)
    if row[OTHER_FIELDS] and all(row[column.name] is None for column in COLUMNS.columns if column.name not in SCOPE):
        raise unreadable(name, NOTHING_KNOWN)
    return row


METRICS = stream_of_days("metrics", slice_days=28, rows_of_day=_rows)
