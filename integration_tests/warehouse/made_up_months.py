"""Six made-up months of 100 people, each known up to some day, and the forecast on that day against the month's end.

Each month has eight weeks before it. A person's AI credits differ by weekday and at random, and the pool pays for them
until it is empty, as GitHub bills it.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from integration_tests.warehouse.made_up_bill import MadeUpBill, item

PRICE, INCLUDED = 19, 1900
PEOPLE = 100
WEEKDAYS = (1.0, 1.1, 1.15, 1.1, 0.9, 0.15, 0.1)  # how much of a working day's AI credits a weekday has
SPREAD = 0.12  # of a day's AI credits, at random
WEEKS_BEFORE = 8


def _all_people(_day: date) -> float:
    return PEOPLE


def _usual(_day: date) -> float:
    return 1.0


def _rolled_out(day: date) -> float:
    """Ten seats, and from the 3rd of the month twenty more on each day."""
    return min(PEOPLE, 10 + 20 * max(0, (day - date(2026, 11, 2)).days))


def _christmas(day: date) -> float:
    return 0.1 if day >= date(2026, 12, 24) else 1.0


@dataclass(frozen=True)
class Month:
    """
    :param seats: of a day
    :param use: AI credits of an average working day, in US dollars for each seat
    :param level: what part of its usual AI credits a day has
    :param unread: days that no sync could read
    """

    name: str
    first: date = date(2026, 11, 1)
    seats: Callable[[date], float] = _all_people
    use: float = 0.6
    level: Callable[[date], float] = _usual
    is_prepaid: bool = False
    unread: tuple[int, ...] = ()

    @property
    def days(self) -> int:
        return calendar.monthrange(self.first.year, self.first.month)[1]


MONTHS = (
    Month("steady"),
    Month("roll-out", seats=_rolled_out),
    Month("pool empty on day 12", use=2.2),
    Month("prepaid", is_prepaid=True, use=1.0),
    Month("quiet Christmas", first=date(2026, 12, 1), level=_christmas, use=0.75),
    Month("unread week", unread=tuple(range(8, 15)), use=1.0),
)


@dataclass(frozen=True)
class Point:
    """A forecast on the morning after a day, and what the month came to."""

    month: str
    day: int
    forecast: float
    real: float

    @property
    def error(self) -> float:
        return abs(self.forecast - self.real) / self.real


def points(bill: MadeUpBill, days: Iterable[int], seeds: Iterable[int]) -> Iterator[Point]:
    """Fill in each month once for each seed and day, as an account of its own, and ask the model."""
    real: dict[tuple[str, int], float] = {}
    for month in MONTHS:
        for seed in seeds:
            for day in days:
                name = f"{month.name} {seed} {day}".replace(" ", "-").lower()
                real[name, day] = _fill(bill, month, seed, day, name)
    rows = bill.rows("select account_name, net_amount_at_month_end from github_copilot__month_end_forecast")
    found = dict(rows)
    for (name, day), amount in real.items():
        yield Point(name.rsplit("-", 2)[0], day, float(found[name]), amount)


def _fill(bill: MadeUpBill, month: Month, seed: int, until: int, account: str) -> float:
    """The bill up to a day of the month.

    :return: what the whole month costs
    """
    chosen = random.Random(f"{month.name} {seed}")
    known_to = month.first.replace(day=until)
    day, end = month.first - timedelta(weeks=WEEKS_BEFORE), month.first.replace(day=month.days)
    total = used = 0.0
    while day <= end:
        if day.day == 1:
            used = 0.0
        days_in_month = calendar.monthrange(day.year, day.month)[1]
        count = month.seats(day)
        bought = count if month.is_prepaid and day.day == 1 else 0 if month.is_prepaid else count / days_in_month
        noise = chosen.gauss(1, SPREAD)
        amount = round(count * month.use * WEEKDAYS[day.weekday()] * month.level(day) * max(0.1, noise), 2)
        free = max(0.0, min(amount, count * INCLUDED / 100 - used))
        used += amount
        if day >= month.first:
            total += bought * PRICE + amount - free
        if day <= known_to and not (day >= month.first and day.day in month.unread):
            _lines(bill, day, bought, amount, free, enterprise_slug=account)
        day += timedelta(days=1)
    return total


def _lines(bill: MadeUpBill, day: date, bought: float, amount: float, free: float, **account: str) -> None:
    seat = {"sku": "copilot_for_business", "unit_type": "user-months", "price_per_unit": PRICE}
    if bought:
        item(bill, bought * PRICE, date=day, quantity=round(bought, 9), is_read=False, **seat, **account)
    item(bill, amount, date=day, net_amount=amount - free, discount_amount=free, **account)
