"""Streams `metrics`: how Copilot was used in an account on a day, as one row; `metrics_breakdown`: the same report by
editor, feature, language and model, one row for each, for warehouses that do not read JSON arrays.

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
from source_github_copilot_billing.streams.metrics.columns import OTHER_FIELDS, ReportColumns, require_day
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.sync.schema import columns
from source_github_copilot_billing.sync.stream import Context, Row

COLUMNS = ReportColumns("metrics")
SCOPE = ("enterprise_id", "organization_id")  # whose a document is
NOTHING_KNOWN = "it has no field that this connector knows"
BREAKDOWNS: tuple[str, ...] = tuple(columns("metrics_breakdown")["breakdown"]["enum"])
PARTS = ("ide", "feature", "language", "model")
BREAKDOWN_COLUMNS = ReportColumns("metrics_breakdown")
COUNTERS = tuple(column.name for column in BREAKDOWN_COLUMNS.columns if column.json_type == "integer")


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

    :raises ConnectorError: unexpected_answer, when the report is of another day, or no value is as documented
    """
    name = subject(account, ReportName.ACCOUNT, day)
    row = COLUMNS.row(account, day, (), report, name, odd)
    if row[OTHER_FIELDS] and all(row[column.name] is None for column in COLUMNS.columns if column.name not in SCOPE):
        raise unreadable(name, NOTHING_KNOWN)
    return row


METRICS = stream_of_days("metrics", slice_days=28, rows_of_day=_rows)


def breakdown_rows(account: Account, day: date, report: Object, odd: OddValues) -> Iterator[Row]:
    """The rows of a day: one for each entry of its arrays.

    What is no array, no object or names no text is left out here; the stream `metrics` keeps it as GitHub wrote it.

    :param odd: counts what is left out, and values of another type than documented
    :raises ConnectorError: unexpected_answer, when the report is of another day
    """
    report_name = subject(account, ReportName.ACCOUNT, day)
    require_day(report, day, report_name)
    for breakdown in BREAKDOWNS:
        name = f"totals_by_{breakdown}"
        entries = [] if (given := report.get(name)) is None else given
        rows: dict[str, Row] = {}
        for entry in entries if isinstance(entries, list) else [entries]:
            if not isinstance(entry, dict) or not all(isinstance(entry.get(part, ""), str | None) for part in PARTS):
                odd.note([name])
                continue
            key = (breakdown, *(entry.get(part) for part in PARTS))
            row = {**BREAKDOWN_COLUMNS.row(account, day, key, entry, report_name, odd), "breakdown": breakdown}
            known = rows.setdefault(row["id"], row)
            if known is not row:
                _add(known, row)
        yield from rows.values()


def _add(row: Row, other: Row) -> None:
    """Two entries of one array whose names differ in case are one row, and each has counted a part of it."""
    for part in PARTS:
        if row[part] and other[part]:
            row[part] = min(row[part], other[part])  # the first spelling in the alphabet, whatever the order
    for counter in COUNTERS:
        known, added = row[counter], other[counter]
        row[counter] = None if known is None or added is None else known + added


def _breakdown_rows(account: Account, context: Context, day: date) -> Iterator[Row]:
    odd = context.once(OddValues, BREAKDOWN_COLUMNS.stream_name)
    return breakdown_rows(account, day, account_report(account, context, day), odd)


METRICS_BREAKDOWN = stream_of_days("metrics_breakdown", slice_days=28, rows_of_day=_breakdown_rows)
