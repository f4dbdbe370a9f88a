"""Stream `repository_metrics`: the pull requests of each repository on a day, and what Copilot did in them.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from datetime import date
from functools import partial

from source_github_copilot_billing.endpoints.metrics_reports import LineKey, Object, ReportName, unreadable
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.streams.metrics.lines import rows_of_lines


def repository_key(values: Object, subject: str) -> LineKey:
    """A repository's number, which stays when it is renamed; owner and name where there is no number.

    :param subject: the report, as messages name it
    """
    number, owner, name = (values.get(key) for key in ("repo_id", "repo_owner_name", "repo_name"))
    if type(number) is int:
        return (str(number),)
    if number is None and isinstance(owner, str) and isinstance(name, str) and owner and name:
        return owner.lower(), name.lower()
    raise unreadable(subject, "repo_id is missing or no whole number")


COLUMNS = ReportColumns("repository_metrics")
REPOSITORY_METRICS = stream_of_days(
    "repository_metrics",
    slice_days=28,
    rows_of_day=partial(rows_of_lines, ReportName.REPOSITORIES, COLUMNS, repository_key),
    first_day=date(2026, 7, 17),
)
