"""How the streams with a row for each user read a day: line by line, however many users there are."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import IO

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object, UnreadableReport, objects_of, unreadable
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, ReportName, subject
from source_github_copilot_billing.endpoints.temporary_files import no_room
from source_github_copilot_billing.streams.metrics.fields import Refuse, refusing, require_day
from source_github_copilot_billing.sync.stream import Context, Row

Key = tuple[str, ...]


def read_people(
    reports: MetricsReports,
    account: Account,
    name: ReportName,
    day: date,
    context: Context,
    key_of: Callable[[Object, Refuse], Key],
    row_of: Callable[[Account, date, Object, Refuse], Row],
) -> Iterator[Row]:
    """The rows of a day.

    :param key_of: by which the report's lines differ
    :raises NoReport: GitHub has no report
    :raises ConnectorError: the report cannot be had or read; it is read to its end before the first row is given out
    """
    refuse = refusing(subject(account, name, day))
    with reports.files(account, name, day, context) as files:
        try:
            for values in last_ones(files, lambda values: key_of(values, refuse)):
                require_day(values, day, refuse)
                yield row_of(account, day, values, refuse)
        except UnreadableReport as error:
            raise unreadable(subject(account, name, day), str(error)) from None
        except OSError as error:
            raise no_room(subject(account, name, day), error) from None


def last_ones(files: Sequence[IO[bytes]], key_of: Callable[[Object], Key]) -> Iterator[Object]:
    """Each key's last object: GitHub can give one in two of a report's files. These are states, not charges, and are
    not added up.

    The files are read twice, so that no object waits in memory for the next one of its key.
    """
    seen: set[int] = set()  # hashes: two keys of one hash cost an entry below, and nothing else
    last: dict[Key, int] = {}
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        if hash(key) in seen:
            last[key] = number
        seen.add(hash(key))
    seen.clear()
    if not last:
        yield from objects_of(files)
        return
    for number, values in enumerate(objects_of(files)):
        if last.get(key_of(values), number) == number:
            yield values
