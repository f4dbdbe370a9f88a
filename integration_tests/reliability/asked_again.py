"""What a killed sync made the next one ask again: told from the days in the requests, and from the states between."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox import Call

Asked = set[tuple[str, str, date]]  # kind of request, account, day


@dataclass(frozen=True)
class Kind:
    """Requests for days, and the streams that send them.

    :param days: of the longest slice that is read by them
    """

    streams: tuple[str, ...]
    days: int


KINDS = {
    "line items": Kind(("usage",), 31),
    "totals": Kind(("billing_summary",), 31),
    "report": Kind(("ai_credit_usage",), 31),
    "detailed report": Kind(("detailed_usage",), 31),
    "premium report": Kind(("premium_request_usage",), 31),
    "credits by user": Kind(("ai_credit_usage",), 7),
    "metrics": Kind(("metrics", "metrics_breakdown"), 28),
    # AI credits by user ask first whom the metrics name.
    "metrics of users": Kind(("user_metrics", "ai_credit_usage"), 7),
    "metrics of teams": Kind(("user_teams",), 28),
}
REPORTS = {"ai_credit": "report", "detailed": "detailed report", "premium_request": "premium report"}
METRICS = {
    "enterprise-1-day": "metrics",
    "organization-1-day": "metrics",
    "users-1-day": "metrics of users",
    "user-teams-1-day": "metrics of teams",
}


def asked_days(calls: Sequence[Call]) -> Asked:
    """The days of every slice that was begun, by its first requests."""
    asked: Asked = set()
    by_report = {call.path.split("/")[2] for call in calls if call.method == "POST" and call.path.endswith("/reports")}
    for call in calls:
        account, last = call.path.split("/")[2], call.path.rpartition("/")[2]
        kind: str | None = None
        days: list[date] = []
        if call.method == "POST" and last == "reports":
            order = json.loads(call.body)
            kind = REPORTS[order["report_type"]]
            days = _days(*(date.fromisoformat(order[name]) for name in ("start_date", "end_date")))
        elif call.path.endswith("/ai_credit/usage") and "day" in call.query and "user" not in call.query:
            kind = "report" if account in by_report else "credits by user"  # a report is compared with them
            days = [date(*(int(call.query[part]) for part in ("year", "month", "day")))]
        elif call.path.endswith(("/billing/usage", "/billing/usage/summary")):
            kind = "totals" if last == "summary" else "line items"
            first = date(int(call.query["year"]), int(call.query["month"]), 1)
            days = [day for day in _days(first, first + timedelta(days=30)) if day.month == first.month]
        elif last in METRICS:
            kind = METRICS[last]
            days = [date.fromisoformat(call.query["day"])]
        asked |= {(kind, account, day) for day in days if kind is not None}
    return asked


def most_days_again(
    repeated: Asked, states: Iterable[Mapping[str, Any]], streams: Collection[str], start: date
) -> dict[str, int]:
    """For each kind, how many days beyond the state the last day was that was asked once more.

    A kind that two of the streams ask for is left out: each of them may ask what only the other one had asked.

    :param repeated: days that were asked before a kill and again after it
    :param states: that the sync after the kill began with
    :param start: the first day of a stream without a state
    """
    read_to = {
        (state["stream"]["stream_descriptor"]["name"], *entry["partition"].values()): entry["cursor"]["date"]
        for state in states
        for entry in state["stream"]["stream_state"]["states"]
        if "cursor" in entry
    }
    most: dict[str, int] = {}
    for kind, account, day in repeated:
        asking = [stream for stream in KINDS[kind].streams if stream in streams]
        if len(asking) == 1:
            mark = read_to.get((asking[0], account))
            before = date.fromisoformat(mark) if mark else start - timedelta(days=1)
            most[kind] = max(most.get(kind, 0), (day - before).days)
    return most


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
