"""Counts of seats and use: what was loaded next to what is true in the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from sandbox import Sandbox
from sandbox.people import Grant
from warehouse.load.warehouse import Warehouse

# What is counted, the account in lower case, and what it is counted by.
Counted = tuple[object, ...]
# Of the newest day, because GitHub knows present seats only.
SEATS = """
select account_name, plan_type, state, granted_seats from github_copilot__seat_utilization
where date = (select max(date) from github_copilot__seat_utilization)
"""
QUERIES = {
    "seats": SEATS,
    "active users": "select account_name, date, daily_active_users from github_copilot__adoption_by_day",
    "acceptances": "select account_name, date, acceptances from github_copilot__adoption_by_day",
    "team members": "select account_name, date, team_slug, login, count(*) from stg_github_copilot__user_teams"
    " group by 1, 2, 3, 4",
}


def loaded_counts(warehouse: Warehouse) -> dict[Counted, int]:
    return {(what, *key): int(count) for what, sql in QUERIES.items() for *key, count in warehouse.rows(sql) if count}


def true_counts(sandbox: Sandbox, organization: str | None = None) -> dict[Counted, int]:
    """Of an organization, or (None) of the enterprise: a count of zero is left out."""
    account = (organization or sandbox.bill.shape.enterprise).lower()
    counts: Counter[Counted] = Counter()
    for _, plan, state, _ in seat_states(sandbox, organization):
        counts["seats", account, plan, state] += 1
    for day in days_with_report(sandbox, organization):
        counts["active users", account, day] = len(sandbox.metrics.active_users(day, organization))
        counts["acceptances", account, day] = sandbox.metrics.acceptances(day, organization)
        counts.update(
            ("team members", account, day, team, login)
            for team, login in sandbox.metrics.team_members(day, organization)
        )
    return {key: count for key, count in counts.items() if count}


def days_with_report(sandbox: Sandbox, organization: str | None = None) -> list[date]:
    """The days that have reports of all kinds that are read here."""
    first, last = sandbox.metrics.first_day("users-1-day", organization), sandbox.metrics.last_day
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def seat_states(sandbox: Sandbox, organization: str | None = None) -> Iterator[tuple[str, str, str, bool]]:
    """The login, the plan and the state of each seat, and whether it is idle: a user has one; a grant without a user
    (login "") is one too."""
    day, last_uses = sandbox.bill.today, _last_uses(sandbox, organization)
    by_user: dict[object, list[Grant]] = {}
    for number, grant in enumerate(sandbox.bill.seats(organization)):
        by_user.setdefault(grant.login or number, []).append(grant)
    for own in by_user.values():
        plan = "enterprise" if any(grant.plan_type == "enterprise" for grant in own) else "business"
        uses = [grant.last_activity_at.date() for grant in own if grant.last_activity_at]
        login = (own[0].login or "").lower()
        if login in last_uses:
            uses.append(last_uses[login])
        state = _state_by_use(own, max(uses, default=None), day)
        ends = all(grant.pending_cancellation_date for grant in own)
        yield login, plan, "pending_cancellation" if ends else state, state not in ("active", "new")


def _last_uses(sandbox: Sandbox, organization: str | None) -> dict[str, date]:
    """The last day with AI credits or metrics, by login in lower case."""
    found: dict[str, date] = {}
    for (day, user), sums in sandbox.bill.ai_credit_sums(("day", "user"), organization).items():
        if isinstance(day, date) and isinstance(user, str) and sums.quantity > 0:
            found[user] = max(day, found.get(user, day))
    for day in days_with_report(sandbox, organization):
        for user in sandbox.metrics.active_users(day, organization):
            found[user] = max(day, found.get(user, day))
    return found


def _state_by_use(grants: Sequence[Grant], last_use: date | None, day: date) -> str:
    idle = None if last_use is None else _days(last_use, day)
    if idle is not None and idle < 30:
        return "active"
    if max(_days(grant.created_at.date(), day) for grant in grants) < 30:
        return "new"
    if idle is None:
        return "never_used"
    return f"idle_{min(idle // 30, 3) * 30}_days"


def _days(first: date, second: date) -> int:
    return (second - first).days


def unequal(ours: Mapping[Counted, int], true: Mapping[Counted, int]) -> dict[Counted, tuple[int, int]]:
    """Our count and the true one, where they differ."""
    return {key: pair for key in {*ours, *true} if (pair := (ours.get(key, 0), true.get(key, 0)))[0] != pair[1]}
