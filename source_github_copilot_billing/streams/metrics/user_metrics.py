"""Stream `user_metrics`: how each user used Copilot on a day.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
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
    ARRAYS,
    COUNTERS,
    DISTINCT_COUNTS,
    OTHER_FIELDS,
    Column,
    Kind,
    Refuse,
    Shape,
    empty_row,
    fill,
    same_names,
)
from source_github_copilot_billing.streams.metrics.people import Key, read_people
from source_github_copilot_billing.streams.row import account_columns
from source_github_copilot_billing.sync.stream import AccountReader, Context, Row, Stream

SLICE_DAYS = 7
USED = (
    "used_agent",
    "used_chat",
    "used_cli",
    "used_copilot_app",
    "used_vscode_agent",
    "used_copilot_coding_agent",
    "used_copilot_cloud_agent",
    "used_copilot_code_review_active",
    "used_copilot_code_review_passive",
)


def _sessions(prefix: str) -> Shape:
    """Of the terminal and of the app."""
    return {
        **same_names(("session_count", "request_count", "prompt_count"), Kind.INTEGER, prefix),
        "token_usage": {
            **same_names(("output_tokens_sum", "prompt_tokens_sum"), Kind.INTEGER, prefix),
            **same_names(("avg_tokens_per_request",), Kind.NUMBER, prefix),
        },
    }


SHAPE: Shape = {
    **ABOUT_THE_ROW,
    "user_login": Column("login", Kind.TEXT),
    "user_id": Column("user_id", Kind.INTEGER),
    **same_names((*COUNTERS, *DISTINCT_COUNTS), Kind.INTEGER),
    "ai_credits_used": Column("ai_credits_used", Kind.NUMBER),
    **same_names(USED, Kind.FLAG),
    "ai_adoption_phase": {
        "phase": Column("ai_adoption_phase", Kind.TEXT),
        "phase_number": Column("ai_adoption_phase_number", Kind.INTEGER),
        "version": Column("ai_adoption_phase_version", Kind.TEXT),
    },
    "totals_by_cli": {
        **_sessions("cli_"),
        "last_known_cli_version": {
            "cli_version": Column("cli_version", Kind.TEXT),
            "sampled_at": Column("cli_version_sampled_at", Kind.TEXT),
        },
    },
    "totals_by_copilot_app": _sessions("copilot_app_"),
    "totals_by_vscode_agent": same_names(("session_count", "total_user_messages"), Kind.INTEGER, "vscode_agent_"),
    **same_names(ARRAYS, Kind.ARRAY),
}
EMPTY_ROW = empty_row(SHAPE)


def _open(account: Account, context: Context) -> AccountReader:
    def read_day(day: date) -> Iterator[Row]:
        reports = context.once(MetricsReports)
        yield from read_people(reports, account, ReportName.USERS, day, context, user_key, user_metrics_row)

    return read_days("user_metrics", account, context, SLICE_DAYS, read_day)


USER_METRICS = Stream("user_metrics", _open, first_day=FIRST_DAY, history_days=HISTORY_DAYS)


def user_key(values: Object, refuse: Refuse) -> Key:
    """A user's number, which stays when the login changes; the login where there is no number."""
    user_id, login = values.get("user_id"), values.get("user_login")
    if type(user_id) is int:
        return (str(user_id),)
    if user_id is None and isinstance(login, str) and login:
        return (login.lower(),)
    refuse("user_id", "is missing or no whole number")


def user_metrics_row(account: Account, day: date, values: Object, refuse: Refuse) -> Row:
    """:raises ConnectorError: unexpected_answer, when a value is of another type"""
    row = {
        "id": row_id(
            "user_metrics", account.id.account_type, account.id.key, day.isoformat(), *user_key(values, refuse)
        ),
        **account_columns(account),
        "date": day.isoformat(),
        **EMPTY_ROW,
    }
    row[OTHER_FIELDS] = fill(row, values, SHAPE, refuse)
    return row
