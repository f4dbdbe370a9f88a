"""Stream `user_metrics`: how each user used Copilot on a day.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from functools import partial

from source_github_copilot_billing.endpoints.metrics_reports import ReportName
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.streams.metrics.lines import rows_of_lines, user_key

COLUMNS = ReportColumns("user_metrics")
USER_METRICS = stream_of_days(
    "user_metrics", slice_days=7, rows_of_day=partial(rows_of_lines, ReportName.USERS, COLUMNS, user_key)
)
