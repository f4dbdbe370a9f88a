"""Streams with a row for each line of a report, however many there are: `user_metrics`: how each user used Copilot on a
day; `user_teams`: who was in which team (GitHub's only history of it); `repository_metrics`: the pull requests of each
repository, and what Copilot did in them.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

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
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, stream_of_days
from source_github_copilot_billing.sync.stream import Context, Row, Stream

# Gives the key of a line; it also gets the report, as messages name it.
KeyOf = Callable[[Object, str], LineKey]


def _rows(
    name: ReportName, columns: ReportColumns, key_of: KeyOf, account: Account, context: Context, day: date
) -> Iterator[Row]:
    """The rows of a day's report. It is read to its end before the first row is given out.

    :raises NoReport: GitHub has no report
    :raises ConnectorError: the report cannot be had or read
    """
    report, odd = subject(account, name, day), context.once(OddValues, columns.stream_name)
    with context.once(MetricsReports, account).files(name, day) as files:
        for key, values in last_ones(files, lambda values: key_of(values, report)):
            yield columns.row(account, day, key, values, report, odd)


def _number_or_names(values: Object, subject: str, number: str, *names: str) -> LineKey:
    """GitHub's number of a thing, which stays when it is renamed; its names where there is no number.

    :param number: the field that holds it
    :param names: the fields that hold the names
    """
    known, texts = values.get(number), [values.get(name) for name in names]
    if type(known) is int:
        return (str(known),)
    if known is None and all(isinstance(text, str) and text for text in texts):
        return tuple(str(text).lower() for text in texts)
    raise unreadable(subject, f"{number} is missing or no whole number")


def user_key(values: Object, subject: str) -> LineKey:
    return _number_or_names(values, subject, "user_id", "user_login")


def membership_key(values: Object, subject: str) -> LineKey:
    team = _number_or_names(values, subject, "team_id", "slug")
    return (*user_key(values, subject), *team)


def repository_key(values: Object, subject: str) -> LineKey:
    return _number_or_names(values, subject, "repo_id", "repo_owner_name", "repo_name")


USERS, TEAMS, REPOSITORIES = map(ReportColumns, ("user_metrics", "user_teams", "repository_metrics"))


def _stream(
    report: ReportName, columns: ReportColumns, key_of: KeyOf, slice_days: int = 28, first_day: date = FIRST_DAY
) -> Stream:
    return stream_of_days(columns.stream_name, slice_days, partial(_rows, report, columns, key_of), first_day)


USER_METRICS = _stream(ReportName.USERS, USERS, user_key, slice_days=7)
USER_TEAMS = _stream(ReportName.USER_TEAMS, TEAMS, membership_key)
REPOSITORY_METRICS = _stream(ReportName.REPOSITORIES, REPOSITORIES, repository_key, first_day=date(2026, 7, 17))
