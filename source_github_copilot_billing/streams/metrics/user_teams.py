"""Stream `user_teams`: who was in which team on a day; GitHub's only history of it.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, ReportName
from source_github_copilot_billing.streams.metrics.columns import Refuse, ReportColumns
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, HISTORY_DAYS, read_days
from source_github_copilot_billing.streams.metrics.people import LineKey, read_people
from source_github_copilot_billing.streams.metrics.user_metrics import user_key
from source_github_copilot_billing.sync.stream import AccountReader, Context, Row, Stream

SLICE_DAYS = 28
COLUMNS = ReportColumns("user_teams")


def _open(account: Account, context: Context) -> AccountReader:
    def read_day(day: date) -> Iterator[Row]:
        reports = context.once(MetricsReports)
        yield from read_people(reports, account, ReportName.USER_TEAMS, day, context, membership_key, COLUMNS)

    return read_days("user_teams", account, context, SLICE_DAYS, read_day)


USER_TEAMS = Stream("user_teams", _open, first_day=FIRST_DAY, history_days=HISTORY_DAYS)


def membership_key(values: Object, refuse: Refuse) -> LineKey:
    """The user and the team: by their numbers, which stay when they are renamed."""
    team_id, slug = values.get("team_id"), values.get("slug")
    if type(team_id) is int:
        return (*user_key(values, refuse), str(team_id))
    if team_id is None and isinstance(slug, str) and slug:
        return (*user_key(values, refuse), slug.lower())
    refuse("team_id", "is missing or no whole number")
