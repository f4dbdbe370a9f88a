"""What GitHub does to days that the next sync reads again: other amounts, users found, charges withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sandbox import Bill, Charge

AI_CREDIT = "copilot_ai_credit"
# Within the connector's lookback of 7 days, today not counted.
RECENT_DAYS = 6


@dataclass(frozen=True)
class Changes:
    """`attributed` charges were given to `found`; `withdrawn` charges of the day are gone: all AI credits that `left`
    used, and all that were used in the repository, so that whole line items go and not only amounts."""

    found: str
    attributed: int
    day: date
    left: str
    repository: str
    withdrawn: int


def change(bill: Bill) -> Changes:
    """Changes what was used in the last 7 days, finds a user for a remainder, and withdraws charges of one day.

    Seats stay as they are: GitHub never takes one back within its month.
    """
    bill.change_recent_amounts()
    found = next(member for member in bill.members if len(member.organizations) > 1).login
    attributed = bill.attribute_remainder(found)
    day, left, repository = _user_and_repository_among_others(bill, found)
    withdrawn = bill.withdraw(
        lambda charge: (
            (charge.day, charge.sku) == (day, AI_CREDIT) and (charge.user == left or charge.repository == repository)
        ),
        len(bill.charges),
    )
    return Changes(found, attributed, day, left, repository, len(withdrawn))


def _user_and_repository_among_others(bill: Bill, spared: str) -> tuple[date, str, str]:
    """A day, a user who can be asked for, and a repository: no organization had AI credits of these alone.

    An organization's AI credits are read day by day: were all of a day's withdrawn, no newer row would tell of it.
    """
    asked = {member.login for member in bill.members if member.left_on is None} - {spared}
    for back in range(1, RECENT_DAYS + 1):
        day = bill.today - timedelta(days=back)
        charges = [charge for charge in bill.on_days(day, day) if charge.sku == AI_CREDIT]
        for user in sorted({charge.user for charge in charges if charge.user in asked}, key=str):
            for repository in sorted({charge.repository for charge in charges if charge.repository}):
                others = [charge for charge in charges if charge.user != user and charge.repository != repository]
                if user is not None and _organizations(charges) == _organizations(others):
                    return day, user, repository
    raise ValueError("this bill is too small: nobody used AI credits beside others on a recent day")


def _organizations(charges: list[Charge]) -> set[str]:
    return {charge.organization for charge in charges}
