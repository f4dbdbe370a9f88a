"""Stream `user_teams`: who was in which team on a day; GitHub's only history of it.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, ReportName
from source_github_copilot_billing.endpoints.spelling import row_id
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, HISTORY_DAYS, read_days
from source_github_copilot_billing.streams.metrics.fields import (
    ABOUT_THE_ROW,
    OTHER_FIELDS,
    Column,
    Kind,
    Refuse,
    Shape,
    empty_row,
    fill,
)
from source_github_copilot_billing.streams.metrics.people import Key, read_people
from source_github_copilot_billing.streams.metrics.user_metrics import user_key
from source_github_copilot_billing.streams.row import account_columns
from source_github_copilot_billing.sync.stream import AccountReader, Context, Row, Stream

SLICE_DAYS = 28
SHAPE: Shape = {
    **ABOUT_THE_ROW,
    "user_login": Column("login", Kind.TEXT),
    "user_id": Column("user_id", Kind.INTEGER),
    "team_id": Column("team_id", Kind.INTEGER),
    "slug": Column("team_slug", Kind.TEXT),
}


def _open(account: Account, context: Context) -> AccountReader:
    def read_day(day: date) -> Iterator[Row]:
        reports = context.once(MetricsReports)
        yield from read_people(reports, account, ReportName.USER_TEAMS, day, context, membership_key, user_team_row)

    return read_days("user_teams", account, context, SLICE_DAYS, read_day)


USER_TEAMS = Stream("user_teams", _open, first_day=FIRST_DAY, history_days=HISTORY_DAYS)


def membership_key(values: Object, refuse: Refuse) -> Key:
    """The user and the team: by their numbers, which stay when they are renamed."""
    team_id, slug = values.get("team_id"), values.get("slug")
    if type(team_id) is int:
        return (*user_key(values, refuse), str(team_id))
    if team_id is None and isinstance(slug, str) and slug:
        return (*user_key(values, refuse), slug.lower())
    refuse("team_id", "is missing or no whole number")


def user_team_row(account: Account, day: date, values: Object, refuse: Refuse) -> Row:
    """:raises ConnectorError: unexpected_answer, when a value is of another type"""
    row = {
        "id": row_id(
            "user_teams", account.id.account_type, account.id.key, day.isoformat(), *membership_key(values, refuse)
        ),
        **account_columns(account),
        "date": day.isoformat(),
        **empty_row(SHAPE),
    }
    row[OTHER_FIELDS] = fill(row, values, SHAPE, refuse)
    return row
