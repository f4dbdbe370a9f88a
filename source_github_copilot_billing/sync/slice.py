"""The unit of work: some days of one account that are read together."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Slice:
    """UTC days, both ends included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}" if self.first != self.last else str(self.first)

    @property
    def days(self) -> list[date]:
        """Oldest first."""
        return [self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1)]

    @classmethod
    def of_month(cls, day: date) -> "Slice":
        """The whole calendar month that holds a day."""
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def slices_of_days(since: date, until: date, length: int) -> Iterator[Slice]:
    """Slices of so many days from `since` to `until`, both included; the last one may be shorter."""
    while since <= until:
        yield Slice(since, min(since + timedelta(days=length - 1), until))
        since += timedelta(days=length)


def slices_of_months(since: date, until: date, earliest: date) -> Iterator[Slice]:
    """Whole calendar months from the one that holds `since` to `until`.

    :param earliest: no slice holds a day before it
    """
    month = Slice.of_month(since)
    while month.first <= until:
        yield Slice(max(month.first, earliest), min(month.last, until))
        month = Slice.of_month(month.last + timedelta(days=1))


def slices_of_months_or_days(since: date, until: date, length: int) -> Iterator[Slice]:
    """Slices that end with the calendar months, so that each month but the first is whole. The last slice begins where
    no more than so many days are left.

    :param length: at least 31 days, so that a month fits
    """
    while (until - since).days >= length:
        end = Slice.of_month(since).last
        yield Slice(since, end)
        since = end + timedelta(days=1)
    if since <= until:
        yield Slice(since, until)
