"""What one sync knows of the users of an account: who is likely to have used AI credits, and whose months are empty.

GitHub's metrics hint at whose credits to fetch first; they prove nothing: GitHub calls `ai_credits_used` a consumption
signal, not a billed total.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum
from functools import cached_property

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import (
    MetricsReports,
    NoReport,
    Object,
    ReportName,
    objects_of,
)
from source_github_copilot_billing.endpoints.seats import SeatHolder
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.stream import Context

FIRST_DAY = date(2026, 6, 19)  # the report has AI credits since then
# Every further request would fail so, not the hint's alone.
NOT_ABOUT_METRICS = (Code.INVALID_CREDENTIALS, Code.RATE_LIMITED)


class Month(Enum):
    """What is known of a user's calendar month."""

    UNKNOWN = "nothing was fetched yet"
    MISSED = "a day was fetched, and it was empty"
    USED = "the month, or a day of it, was not empty"
    EMPTY = "the month was fetched, and it was empty"


class UserActivity:
    """Shared by the days that are read at the same time."""

    def __init__(self, holders: Sequence[SeatHolder]) -> None:
        self._holders = holders
        self._lock = threading.Lock()
        self._months: dict[tuple[str, date], Month] = {}
        self._fetching: dict[tuple[str, date], threading.Lock] = {}
        self._days_used: Counter[str] = Counter()
        self._spared: Counter[date] = Counter()

    def __len__(self) -> int:
        return len(self._holders)

    @cached_property
    def logins(self) -> frozenset[str]:
        """Of all holders of seats, in lower case."""
        return frozenset(holder.login.lower() for holder in self._holders)

    def likeliest_first(self) -> list[SeatHolder]:
        """Most days with credits so far first, then by the seat list."""
        with self._lock:
            return sorted(self._holders, key=lambda holder: -self._days_used[holder.login])

    @contextmanager
    def fetching(self, login: str, month: date) -> Iterator[None]:
        """One thread at a time finds out about a user's month; the others wait for its answer."""
        with self._lock:
            lock = self._fetching.setdefault((login, month), threading.Lock())
        with lock:
            yield

    def month(self, login: str, month: date) -> Month:
        with self._lock:
            return self._months.get((login, month), Month.UNKNOWN)

    def looks_active(self, holder: SeatHolder, month: date) -> bool:
        with self._lock:
            was_active = holder.last_active is not None and holder.last_active >= month
            return self._days_used[holder.login] > 0 or was_active

    def may_guess(self, month: date) -> bool:
        """Whether a day may be fetched without knowing that its month is used.

        A guess that finds a user's credits saves the request for that user's month; a guess that finds nothing costs
        one request. Guessing goes on while it has saved at least what it cost: so a user costs at most one request a
        month beside the days of the months with credits.
        """
        with self._lock:
            return self._spared[month] >= 0

    def learn_day(self, login: str, month: date, is_used: bool) -> None:
        with self._lock:
            before = self._months.get((login, month), Month.UNKNOWN)
            if is_used:
                self._days_used[login] += 1
                self._months[login, month] = Month.USED
                self._spared[month] += before is Month.UNKNOWN
            elif before is Month.UNKNOWN:
                self._months[login, month] = Month.MISSED
                self._spared[month] -= 1

    def learn_month(self, login: str, month: date, is_used: bool) -> None:
        with self._lock:
            self._months[login, month] = Month.USED if is_used else Month.EMPTY


class UsageHints:
    """Of one account in one sync. Without a report only the hint is missing."""

    def __init__(self, account: Account, context: Context) -> None:
        self._account = account
        self._reports = context.once(MetricsReports, account)
        self._context = context
        self._lock = threading.Lock()
        self._may_be_read = True

    def users_of(self, day: date) -> list[str] | None:
        """The logins with AI credits on a day, those with the most first; None where GitHub does not give them.

        :raises ConnectorError: invalid_credentials or rate_limited
        """
        if day < FIRST_DAY or day >= self._context.today or not self._may_be_read:
            return None
        try:
            with self._reports.files(ReportName.USERS, day) as files:
                return likeliest_first(objects_of(files))
        except NoReport:
            return None
        except ConnectorError as error:
            if error.code in NOT_ABOUT_METRICS:
                raise
            if error.stops_account:
                self._log_what_it_would_save(error)
            else:
                self._context.logger.debug(f"{day} is read without Copilot's metrics: {error}")
            return None

    def _log_what_it_would_save(self, error: ConnectorError) -> None:
        with self._lock:
            is_first = self._may_be_read
            self._may_be_read = False
        if is_first:
            self._context.logger.info(
                f"{self._account.id}: AI credits are read without Copilot's metrics, which would say who used some: "
                "one request for each user and day with usage, instead of up to one for each user and day. "
                f"{error.sentence}"
            )


def likeliest_first(rows: Iterable[Object]) -> list[str] | None:
    """Logins of a report with AI credits; None where no row has the number."""
    used: dict[str, tuple[str, float]] = {}
    is_known = False
    for row in rows:
        login, credits = row.get("user_login"), row.get("ai_credits_used")
        if not isinstance(login, str) or not login or isinstance(credits, bool) or not isinstance(credits, int | float):
            continue
        is_known = True
        used[login.lower()] = login, credits
    if not is_known:
        return None
    by_credits = sorted(used.values(), key=lambda entry: (-entry[1], entry[0]))
    return [login for login, credits in by_credits if credits > 0]
