"""GitHub's time stamps, which can carry the account's offset, as moments in UTC."""

import re
from datetime import datetime, timezone

import pendulum

# The parser alone would take "now", and a month for its first day.
TIME_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")


def utc_moment(text: str) -> datetime | None:
    """None for what is no time stamp. One without an offset is UTC."""
    if not TIME_STAMP.match(text):
        return None
    try:
        moment = pendulum.parse(text)
    except (ValueError, OverflowError):
        return None
    return moment.astimezone(timezone.utc) if isinstance(moment, pendulum.DateTime) else None


def as_text(moment: datetime) -> str:
    """As rows hold it, such as 2026-11-20T09:30:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
