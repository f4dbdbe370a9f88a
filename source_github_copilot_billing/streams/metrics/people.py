"""How the streams with a row for each user read a day: line by line, however many users there are."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import IO

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object, UnreadableReport, objects_of, unreadable
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, ReportName, subject
from source_github_copilot_billing.endpoints.temporary_files import no_room
from source_github_copilot_billing.streams.metrics.columns import Refuse, ReportColumns, refusing
from source_github_copilot_billing.sync.stream import Context, Row

LineKey = tuple[str, ...]  # by which a report's lines differ


def read_people(
    reports: MetricsReports,
    account: Account,
    name: ReportName,
    day: date,
    context: Context,
    key_of: Callable[[Object, Refuse], LineKey],
    columns: ReportColumns,
) -> Iterator[Row]:
    """The rows of a day.

    :raises NoReport: GitHub has no report
    :raises ConnectorError: the report cannot be had or read; it is read to its end before the first row is given out
    """
    refuse = refusing(subject(account, name, day))
    with reports.files(account, name, day, context) as files:
        try:
            for key, values in last_ones(files, lambda values: key_of(values, refuse)):
                yield columns.row(account, day, key, values, refuse)
        except UnreadableReport as error:
            raise unreadable(subject(account, name, day), str(error)) from None
        except OSError as error:
            raise no_room(subject(account, name, day), error) from None


def last_ones(files: Sequence[IO[bytes]], key_of: Callable[[Object], LineKey]) -> Iterator[tuple[LineKey, Object]]:
    """Each key's last object: GitHub can give one in two of a report's files. These are states, not charges, and are
    not added up.

    The files are read twice, so that no object waits in memory for the next one of its key.
    """
    seen: set[int] = set()  # hashes: two keys of one hash cost an entry below, and nothing else
    last: dict[LineKey, int] = {}
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        if hash(key) in seen:
            last[key] = number
        seen.add(hash(key))
    seen.clear()
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        if last.get(key, number) == number:
            yield key, values
