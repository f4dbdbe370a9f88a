"""Reads the stream `ai_credit_usage` and compares its rows and requests with what the sandbox billed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Row, Sync, sync
from sandbox import Sums as Truth
from testing.answers import credit_item
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)

NAMES = {
    "day": "date",
    "organization": "organization_name",
    "user": "login",
    "model": "model",
    "cost_center": "cost_center_id",
    "product": "product",
    "repository": "repository_name",
}
EXPORT = {"ai_credit_method": "report_export"}
BY_USER = {"ai_credit_method": "per_user_requests"}


def read(config: Mapping[str, Any], state: Sync | None = None, today: date | None = None) -> Sync:
    return sync(config, ["ai_credit_usage"], state.state if state else None, VirtualClock(today))


def assert_credits(rows: Iterable[Row], truth: Mapping[Any, Truth], by: Sequence[str], since: str) -> None:
    """Of the days since one, as YYYY-MM-DD."""
    at = by.index("day")
    late = {key: value for key, value in truth.items() if str(key[at]) >= since}
    assert_sums(rows, late, [NAMES[part] for part in by], "gross_quantity")


def seat_holders(sandbox: Sandbox) -> set[str]:
    return {grant.login.lower() for grant in sandbox.bill.grants if grant.login}


def request_bound(sandbox: Sandbox, since: date) -> int:
    days = [since + timedelta(days=offset) for offset in range((sandbox.bill.today - since).days + 1)]
    used: dict[str, set[str]] = {}
    for charge in sandbox.bill.charges:
        if charge.sku == "copilot_ai_credit" and charge.user:
            used.setdefault(charge.day.isoformat()[:7], set()).add(charge.user.lower())
    months = {day.isoformat()[:7] for day in days}
    users = len(seat_holders(sandbox))
    pages = -(-len(sandbox.bill.grants) // 100)
    return sum(1 + len(used.get(day.isoformat()[:7], ())) for day in days) + users * len(months) + pages


def answered(month: int, day: int | None, gross: float = 1) -> dict[str, Any]:
    period = {"year": 2026, "month": month, **({"day": day} if day else {})}
    return {"timePeriod": period, "enterprise": "acme", "usageItems": [credit_item(gross)]}


def days_asked(sandbox: Sandbox) -> set[tuple[str, date]]:
    """Account and day of each AI credit total: a day is the window of user requests."""
    return {
        (request.path.split("/")[2], date(*(int(request.query[part]) for part in ("year", "month", "day"))))
        for request in sandbox.requests
        if request.path.endswith("/ai_credit/usage") and "day" in request.query and "user" not in request.query
    }
