"""The metrics of a preview, from the rows of the streams `metrics`, `metrics_breakdown` and `user_metrics`."""

from collections import Counter
from collections.abc import Iterator

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.preview.figures import Day, Preview
from source_github_copilot_billing.streams.metrics.metrics import METRICS
from source_github_copilot_billing.streams.metrics.metrics_breakdown import METRICS_BREAKDOWN
from source_github_copilot_billing.streams.metrics.user_metrics import USER_METRICS
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import AccountReader, Context, NotYet, Row

SUGGESTIONS = "code_generation_activity_count"
INTERACTIONS = "user_initiated_interaction_count"
CHAT = "chat_"  # GitHub's features of the chats begin so
# By breakdown: the part that is ranked, and by which counter. GitHub counts models in chats only.
TOPS = {
    "ide": ("ide", SUGGESTIONS),
    "language_feature": ("language", SUGGESTIONS),
    "model_feature": ("model", INTERACTIONS),
}
COLUMNS = {
    "active_users": "daily_active_users",
    "suggestions": SUGGESTIONS,
    "acceptances": "code_acceptance_activity_count",
    "pull_requests_by_copilot": "pull_requests_total_created_by_copilot",
}


def read_metrics(
    account: Account,
    context: Context,
    days: Slice,
    preview: Preview,
    tops: dict[str, Counter[str]],
) -> None:
    """Add an account's metrics to the preview's days, and to the counts of editors, languages and models.

    :param tops: by breakdown
    """
    by_date = {day.date.isoformat(): day for day in preview.days}
    missing = set(by_date)
    try:
        for row in _rows(METRICS.open(account, context), days):
            missing.discard(row["date"])
            for name, column in COLUMNS.items():
                by_date[row["date"]].count(name, row[column])
        for row in _rows(METRICS_BREAKDOWN.open(account, context), days):
            _count_breakdown(row, by_date[row["date"]], tops)
        for row in _rows(USER_METRICS.open(account, context), days):
            by_date[row["date"]].count("agent_users", None if row["used_agent"] is None else int(row["used_agent"]))
    except ConnectorError as error:
        preview.miss("metrics", error.sentence)
        return
    if missing:
        preview.miss(
            "metrics",
            f"{account.id}: GitHub has no report of {', '.join(sorted(missing))}. It makes a day's report within three "
            "days.",
        )


def _rows(reader: AccountReader, days: Slice) -> Iterator[Row]:
    for slice in reader.slices(days.first, days.last):
        try:
            yield from reader.rows(slice)
        except NotYet:
            continue  # its rows were given out


def _count_breakdown(row: Row, day: Day, tops: dict[str, Counter[str]]) -> None:
    breakdown = row["breakdown"]
    if breakdown == "feature" and (row["feature"] or "").startswith(CHAT):
        day.count("chat_requests", row[INTERACTIONS])
    if breakdown in TOPS:
        part, counter = TOPS[breakdown]
        tops.setdefault(breakdown, Counter())[row[part] or "(unknown)"] += row[counter] or 0
