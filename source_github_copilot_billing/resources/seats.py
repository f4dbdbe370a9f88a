"""Who holds a Copilot seat.

https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from dataclasses import dataclass
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.github.response import Item


@dataclass(frozen=True)
class SeatHolder:
    """:param last_active: the UTC day of last_activity_at: a hint, not a truth (telemetry can be off)"""

    login: str
    last_active: date | None


def fetch_seat_holders(account: Account) -> tuple[SeatHolder, ...]:
    """Each user once, the latest active first. GitHub answers one object a grant, and only present seats.

    :raises ConnectorError: the list cannot be fetched
    """
    holders: dict[str, SeatHolder] = {}
    for page in account.github.pages(account.seats({"per_page": 100})):
        for grant in page.items("seats"):
            holder = _holder(grant)
            if holder is None:
                continue
            known = holders.get(holder.login.lower())
            if known is None or (known.last_active or date.min) < (holder.last_active or date.min):
                holders[holder.login.lower()] = holder
    by_activity = sorted(
        holders.values(), key=lambda holder: (holder.last_active or date.min, holder.login), reverse=True
    )
    return tuple(by_activity)


def _holder(grant: Item) -> SeatHolder | None:
    """None for a grant whose user is gone."""
    assignee = grant.values.get("assignee")
    if assignee is None:
        return None
    if not isinstance(assignee, dict) or not isinstance(assignee.get("login"), str) or not assignee["login"]:
        grant.refuse("assignee", "has no login")
    return SeatHolder(assignee["login"], _day(grant.values.get("last_activity_at")))


def _day(time_stamp: object) -> date | None:
    """Only a hint: what cannot be read is as good as no time stamp."""
    try:
        return date.fromisoformat(str(time_stamp)[:10])
    except ValueError:
        return None
