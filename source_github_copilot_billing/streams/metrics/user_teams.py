"""Stream `user_teams`: who was in which team on a day; GitHub's only history of it.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object
from source_github_copilot_billing.endpoints.metrics_reports import ReportName
from source_github_copilot_billing.endpoints.spelling import row_id
from source_github_copilot_billing.streams.account_columns import account_columns
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, HISTORY_DAYS, MetricsOfAccount
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
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec

SLICE_DAYS = 28
SHAPE: Shape = {
    **ABOUT_THE_ROW,
    "user_login": Column("login", Kind.TEXT),
    "user_id": Column("user_id", Kind.INTEGER),
    "team_id": Column("team_id", Kind.INTEGER),
    "slug": Column("team_slug", Kind.TEXT),
}


class UserTeams:
    spec: ClassVar[StreamSpec] = StreamSpec("user_teams", first_day=FIRST_DAY, history_days=HISTORY_DAYS)

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> MetricsOfAccount:
        read_day = partial(self._read_day, account, context)
        return MetricsOfAccount(self.spec.name, account, self._resources, context, SLICE_DAYS, read_day)

    def _read_day(self, account: Account, context: Context, day: date) -> Iterator[Row]:
        reports = self._resources.metrics_reports
        yield from read_people(reports, account, ReportName.USER_TEAMS, day, context, membership_key, user_team_row)


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
