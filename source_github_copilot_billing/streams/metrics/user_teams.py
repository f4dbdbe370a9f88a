"""Stream `user_teams`: who was in which team on a day; GitHub's only history of it.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics
"""

from functools import partial

from source_github_copilot_billing.endpoints.metrics_reports import LineKey, Object, ReportName, unreadable
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.streams.metrics.lines import rows_of_lines, user_key


def membership_key(values: Object, subject: str) -> LineKey:
    """The user and the team: by their numbers, which stay when they are renamed.

    :param subject: the report, as messages name it
    """
    team_id, slug = values.get("team_id"), values.get("slug")
    if type(team_id) is int:
        return (*user_key(values, subject), str(team_id))
    if team_id is None and isinstance(slug, str) and slug:
        return (*user_key(values, subject), slug.lower())
    raise unreadable(subject, "team_id is missing or no whole number")


COLUMNS = ReportColumns("user_teams")
USER_TEAMS = stream_of_days(
    "user_teams", slice_days=28, rows_of_day=partial(rows_of_lines, ReportName.USER_TEAMS, COLUMNS, membership_key)
)
