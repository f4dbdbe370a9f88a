"""Stream `metrics_breakdown`: how Copilot was used on a day, by editor, feature, language and model, one row for each.

The same report as the stream `metrics`, for warehouses that do not read JSON arrays.
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import Object, ReportName, subject
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.streams.metrics.columns import ReportColumns, require_day
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.streams.metrics.metrics import account_report
from source_github_copilot_billing.sync.schema import columns
from source_github_copilot_billing.sync.stream import Context, Row

BREAKDOWNS: tuple[str, ...] = tuple(columns("metrics_breakdown")["breakdown"]["enum"])
PARTS = ("ide", "feature", "language", "model")
COLUMNS = ReportColumns("metrics_breakdown")
COUNTERS = tuple(column.name for column in COLUMNS.columns if column.json_type == "integer")


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
            row = {**COLUMNS.row(account, day, key, entry, report_name, odd), "breakdown": breakdown}
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


def _rows(account: Account, context: Context, day: date) -> Iterator[Row]:
    odd = context.once(OddValues, COLUMNS.stream_name)
    return breakdown_rows(account, day, account_report(account, context, day), odd)


METRICS_BREAKDOWN = stream_of_days("metrics_breakdown", slice_days=28, rows_of_day=_rows)
