"""Stream `user_teams`: who was in which team on a day; GitHub's only history of it.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import LineKey, Object
from source_github_copilot_billing.endpoints.metrics_reports import ReportName
from source_github_copilot_billing.streams.metrics.columns import Refuse, ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.streams.metrics.people import rows_of_users, user_key
from source_github_copilot_billing.sync.stream import Context, Row

COLUMNS = ReportColumns("user_teams")


def _rows(account: Account, context: Context, day: date) -> Iterator[Row]:
    return rows_of_users(account, context, day, ReportName.USER_TEAMS, COLUMNS, membership_key)


USER_TEAMS = stream_of_days("user_teams", 28, _rows)


def membership_key(values: Object, refuse: Refuse) -> LineKey:
    """The user and the team: by their numbers, which stay when they are renamed."""
    team_id, slug = values.get("team_id"), values.get("slug")
    if type(team_id) is int:
        return (*user_key(values, refuse), str(team_id))
    if team_id is None and isinstance(slug, str) and slug:
        return (*user_key(values, refuse), slug.lower())
    refuse("team_id", "is missing or no whole number")
