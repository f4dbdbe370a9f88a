"""How the streams with a row for each line of a report read a day: line by line, however many there are."""

from collections.abc import Callable, Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import (
    LineKey,
    MetricsReports,
    Object,
    ReportName,
    last_ones,
    subject,
    unreadable,
)
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.sync.stream import Context, Row


def rows_of_lines(
    name: ReportName,
    columns: ReportColumns,
    key_of: Callable[[Object, str], LineKey],
    account: Account,
    context: Context,
    day: date,
) -> Iterator[Row]:
    """The rows of a day's report. It is read to its end before the first row is given out.

    :param key_of: gives the key of a line; it also gets the report, as messages name it
    :raises NoReport: GitHub has no report
    :raises ConnectorError: the report cannot be had or read
    """
    report, odd = subject(account, name, day), context.once(OddValues, columns.stream_name)
    with context.once(MetricsReports, account).files(name, day) as files:
        for key, values in last_ones(files, lambda values: key_of(values, report)):
            yield columns.row(account, day, key, values, report, odd)


def user_key(values: Object, subject: str) -> LineKey:
    """A user's number, which stays when the login changes; the login where there is no number.

    :param subject: the report, as messages name it
    """
    user_id, login = values.get("user_id"), values.get("user_login")
    if type(user_id) is int:
        return (str(user_id),)
    if user_id is None and isinstance(login, str) and login:
        return (login.lower(),)
    raise unreadable(subject, "user_id is missing or no whole number")
