"""Stream `user_metrics`: how each user used Copilot on a day.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import ReportName
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.streams.metrics.people import rows_of_users, user_key
from source_github_copilot_billing.sync.stream import Context, Row

COLUMNS = ReportColumns("user_metrics")


def _rows(account: Account, context: Context, day: date) -> Iterator[Row]:
    return rows_of_users(account, context, day, ReportName.USERS, COLUMNS, user_key)


USER_METRICS = stream_of_days("user_metrics", 7, _rows)
