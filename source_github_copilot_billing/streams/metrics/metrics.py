"""Stream `metrics`: how Copilot was used in an account on a day, as one row.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_days import MetricsDays
from source_github_copilot_billing.endpoints.metrics_lines import Object
from source_github_copilot_billing.endpoints.metrics_reports import ReportName, subject
from source_github_copilot_billing.endpoints.spelling import row_id
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, HISTORY_DAYS, read_days
from source_github_copilot_billing.streams.metrics.fields import (
    ABOUT_THE_ROW,
    ARRAYS,
    COUNTERS,
    DISTINCT_COUNTS,
    OTHER_FIELDS,
    Kind,
    Shape,
    empty_row,
    fill,
    refusing,
    require_day,
    same_names,
)
from source_github_copilot_billing.streams.row import account_columns
from source_github_copilot_billing.sync.stream import AccountReader, Context, Row, Stream

SLICE_DAYS = 28
SPANS = ("daily", "weekly", "monthly")
ACTIVE_USERS = (
    *(f"{span}_active_users" for span in SPANS),
    "monthly_active_chat_users",
    "monthly_active_agent_users",
    "daily_active_cli_users",
    "daily_active_copilot_app_users",
    "daily_active_vscode_agent_users",
    *(f"{span}_active_copilot_cloud_agent_users" for span in SPANS),
    *(f"{span}_active_copilot_code_review_users" for span in SPANS),
    *(f"{span}_passive_copilot_code_review_users" for span in SPANS),
)
PULL_REQUEST_COUNTS = (
    "total_created",
    "total_reviewed",
    "total_merged",
    "total_suggestions",
    "total_applied_suggestions",
    "total_created_by_copilot",
    "total_reviewed_by_copilot",
    "total_merged_created_by_copilot",
    "total_merged_reviewed_by_copilot",
    "total_copilot_suggestions",
    "total_copilot_applied_suggestions",
)
PULL_REQUEST_MINUTES = (
    "median_minutes_to_merge",
    "median_minutes_to_merge_copilot_authored",
    "median_minutes_to_merge_copilot_reviewed",
)
SHAPE: Shape = {
    **ABOUT_THE_ROW,
    **same_names((*ACTIVE_USERS, *COUNTERS, *DISTINCT_COUNTS), Kind.INTEGER),
    "pull_requests": {
        **same_names(PULL_REQUEST_COUNTS, Kind.INTEGER, "pull_requests_"),
        **same_names(PULL_REQUEST_MINUTES, Kind.NUMBER, "pull_requests_"),
        **same_names(("copilot_suggestions_by_comment_type",), Kind.ARRAY, "pull_requests_"),
    },
    **same_names((*ARRAYS, "totals_by_ai_adoption_phase"), Kind.ARRAY),
    **same_names(("totals_by_cli", "totals_by_copilot_app", "totals_by_vscode_agent"), Kind.OBJECT),
}


def _open(account: Account, context: Context) -> AccountReader:
    def read_day(day: date) -> Iterator[Row]:
        yield metrics_row(account, day, context.once(MetricsDays).of(account, day, context))

    return read_days("metrics", account, context, SLICE_DAYS, read_day)


METRICS = Stream("metrics", _open, first_day=FIRST_DAY, history_days=HISTORY_DAYS)


def metrics_row(account: Account, day: date, report: Object) -> Row:
    """:raises ConnectorError: unexpected_answer, when the report is of another day or a value of another type"""
    refuse = refusing(subject(account, ReportName.ACCOUNT, day))
    require_day(report, day, refuse)
    row = {
        "id": row_id("metrics", account.id.account_type, account.id.key, day.isoformat()),
        **account_columns(account),
        "date": day.isoformat(),
        **empty_row(SHAPE),
    }
    row[OTHER_FIELDS] = fill(row, report, SHAPE, refuse)
    return row
