"""The time: this machine's, which is handed in so that tests can set it, and GitHub's, as its answers say it.

GitHub ends its time stamps with Z, with an offset such as +05:30 (seats carry the account's), or with " UTC" (headers);
perhaps with fractions of a second. Python 3.10's own parser knows neither the Z nor most fractions.
"""

import re
import time
from collections.abc import Mapping
from datetime import date, datetime, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Protocol

import pendulum

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The library alone takes "now", and 2026-11 as its first day.
_TIME_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever grow: for lifetimes and waits, also when the wall clock is changed."""

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)  # noqa: TID251  (the one place)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def today(clock: Clock) -> date:
    """The current UTC day: GitHub bills in UTC days."""
    return clock.now().astimezone(timezone.utc).date()


@lru_cache(maxsize=4096)
def parse_time_stamp(text: str) -> datetime:
    """The moment in UTC; a time without zone is UTC, like all of GitHub's.

    :raises ValueError: for what is no time stamp
    """
    text = text.strip().removesuffix(" UTC")
    if not _TIME_STAMP.match(text):
        raise ValueError("no time stamp")
    # A space before the offset, as in 2026-12-01 10:00:00 -0700, is unknown to the library.
    moment = pendulum.parse(re.sub(r" (?=[+-][0-9]{2}:?[0-9]{2}$)", "", text))
    if not isinstance(moment, pendulum.DateTime):
        raise ValueError("no time stamp")
    try:
        utc = moment.in_timezone("UTC")
    except OverflowError:
        raise ValueError("no time stamp") from None
    return datetime(
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=timezone.utc
    )


def utc_moment(text: str) -> datetime | None:
    """The moment in UTC; None for what is no time stamp."""
    try:
        return parse_time_stamp(text)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def utc_day(text: str) -> date | None:
    """The UTC day of a day or a time stamp; None for what is neither."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else parse_time_stamp(text).date()
    except ValueError:
        return None


def as_text(moment: datetime) -> str:
    """As rows hold it, such as 2026-11-20T09:30:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def server_now(headers: Mapping[str, str], clock: Clock) -> datetime:
    """The time of an answer by its Date header, for lifetimes and waits that a wrong local clock must not change; the
    local time where no such header can be read."""
    try:
        moment = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return clock.now()
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
