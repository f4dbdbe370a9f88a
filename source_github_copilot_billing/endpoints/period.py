"""The UTC days and months of a request, and what an answer says of them."""

from collections.abc import Mapping
from datetime import date, timedelta

from source_github_copilot_billing.github.response import Response

Period = Mapping[str, int]

YEARS_KEPT = 2  # GitHub refuses totals of a month that began earlier
MONTHS_WATCHED = 3  # closed months whose totals are fetched in each sync: GitHub may change one after it is final
FINAL_AFTER_DAYS = 3  # UTC days: until then GitHub still changes a day's amounts


def day_of(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def month_of(day: date) -> dict[str, int]:
    """The calendar month that holds a day."""
    return {"year": day.year, "month": day.month}


def first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def first_whole_month(today: date) -> date:
    """The first day of the earliest month that GitHub keeps whole."""
    return first_of_next_month(date(today.year - YEARS_KEPT, today.month, 1))


def watched_months(today: date) -> list[date]:
    """The first days of the closed months that are looked at in each sync, oldest first."""
    months = [today.replace(day=1)]
    for _ in range(MONTHS_WATCHED):
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    return months[:-1]


def is_final_month(day: date, today: date) -> bool:
    """Whether GitHub no longer changes the amounts of the calendar month that holds a day."""
    return today >= first_of_next_month(day) + timedelta(days=FINAL_AFTER_DAYS)


def refuse_another_period(response: Response, period: Period) -> None:
    """Items carry no day: what the answer says of its own question must not contradict it. What it leaves out is
    believed.

    :raises ConnectorError: unexpected_answer, when the answer is about another time
    """
    answered = response.fields.values.get("timePeriod")
    if answered is not None and not isinstance(answered, dict):
        response.refuse("has a timePeriod that is no object")
    known = {name: value for name, value in (answered or {}).items() if value is not None}
    if known and known != period:
        response.refuse("is about another time than the one that was asked for")
