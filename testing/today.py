"""The day that the suite runs as of: this day, or the one in `make test TODAY=2027-03-01`.

It begins at noon in each test, so that none passes midnight by chance; `TODAY=2027-02-28T23:59:58` begins then. Only
this module reads it: what has a clock is handed one of `testing/`.
"""

import os
from datetime import date, datetime, time, timezone

from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.clock import today as utc_day

VARIABLE = "TESTS_TODAY"
NOON = time(12)


def moment_of(text: str) -> datetime:
    """The moment at which each test begins.

    :param text: a day, a moment without a time zone (UTC), or nothing for the present day
    """
    if not text:
        text = utc_day(SystemClock()).isoformat()
    day, _, at = text.partition("T")
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(at) if at else NOON, timezone.utc)


BEGIN = moment_of(os.environ.get(VARIABLE, ""))
TODAY = BEGIN.date()
