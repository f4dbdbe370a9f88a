"""What GitHub does to days that the next sync reads again: other amounts, users found, charges withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sandbox import Bill

AI_CREDIT = "copilot_ai_credit"
# Within the connector's lookback of 7 days, today not counted.
RECENT_DAYS = 6


@dataclass(frozen=True)
class Changes:
    """`attributed` charges were given to `found`; `withdrawn` charges of the day are gone, all that `left` used too."""

    found: str
    attributed: int
    day: date
    left: str
    withdrawn: int


def change(bill: Bill) -> Changes:
    """Changes the amounts of the last 7 days, finds a user for a remainder, and withdraws charges of one day: all
    seats, so that whole line items go and not only amounts, and all that one user used.
    """
    bill.change_recent_amounts()
    found = next(member for member in bill.members if len(member.organizations) > 1).login
    attributed = bill.attribute_remainder(found)
    day, left = _user_among_others(bill, found)
    withdrawn = bill.withdraw(
        lambda charge: (
            (charge.day, charge.product) == (day, "copilot") and (charge.user == left or charge.sku != AI_CREDIT)
        ),
        len(bill.charges),
    )
    return Changes(found, attributed, day, left, len(withdrawn))


def _user_among_others(bill: Bill, spared: str) -> tuple[date, str]:
    """A day and a user who can be asked for, and who was not the only one in any organization on that day.

    An organization's AI credits are read day by day: were all of a day's withdrawn, no newer row would tell of it.
    """
    asked = {member.login for member in bill.members if member.left_on is None} - {spared}
    for back in range(1, RECENT_DAYS + 1):
        day = bill.today - timedelta(days=back)
        charges = [charge for charge in bill.on_days(day, day) if charge.sku == AI_CREDIT]
        for user in sorted({charge.user for charge in charges if charge.user in asked}, key=str):
            own = {charge.organization for charge in charges if charge.user == user}
            if user is not None and own <= {charge.organization for charge in charges if charge.user != user}:
                return day, user
    raise ValueError("this bill is too small: nobody used AI credits beside others on a recent day")
