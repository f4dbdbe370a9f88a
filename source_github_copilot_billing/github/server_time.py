"""GitHub's own clock, as its answers say it: lifetimes and waits that a wrong local clock must not change."""

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from source_github_copilot_billing.clock import Clock


def server_now(headers: Mapping[str, str], clock: Clock) -> datetime:
    """The time of an answer by its Date header; the local time where no such header can be read."""
    try:
        moment = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return clock.now()
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
