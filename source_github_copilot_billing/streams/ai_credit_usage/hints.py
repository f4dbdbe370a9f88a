"""Who used AI credits on a day, by Copilot's metrics: a hint whose credits to fetch first, and never a proof.

GitHub calls `ai_credits_used` a consumption signal, not a billed total.
"""

import threading
from collections.abc import Iterable
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import (
    MetricsReports,
    NoReport,
    Object,
    ReportName,
    objects_of,
)
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.stream import Context

FIRST_DAY = date(2026, 6, 19)  # since then the report has the AI credits of a user
# Without a hint the next request fails alike: the reader's own says why.
NOT_ABOUT_METRICS = (Code.INVALID_CREDENTIALS, Code.RATE_LIMITED)


class UsageHints:
    """Of one account in one sync. A report that cannot be had costs nothing but the hint."""

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
    """The logins of a report's rows with AI credits; None where no row has any."""
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
