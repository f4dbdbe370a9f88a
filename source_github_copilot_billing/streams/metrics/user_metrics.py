"""Stream `user_metrics`: how each user used Copilot on a day.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, ReportName
from source_github_copilot_billing.streams.metrics.columns import Refuse, ReportColumns
from source_github_copilot_billing.streams.metrics.days import FIRST_DAY, HISTORY_DAYS, read_days
from source_github_copilot_billing.streams.metrics.people import LineKey, read_people
from source_github_copilot_billing.sync.stream import AccountReader, Context, Row, Stream

SLICE_DAYS = 7
COLUMNS = ReportColumns("user_metrics")


def _open(account: Account, context: Context) -> AccountReader:
    def read_day(day: date) -> Iterator[Row]:
        reports = context.once(MetricsReports)
        yield from read_people(reports, account, ReportName.USERS, day, context, user_key, COLUMNS)

    return read_days("user_metrics", account, context, SLICE_DAYS, read_day)


USER_METRICS = Stream("user_metrics", _open, first_day=FIRST_DAY, history_days=HISTORY_DAYS)


def user_key(values: Object, refuse: Refuse) -> LineKey:
    """A user's number, which stays when the login changes; the login where there is no number."""
    user_id, login = values.get("user_id"), values.get("user_login")
    if type(user_id) is int:
        return (str(user_id),)
    if user_id is None and isinstance(login, str) and login:
        return (login.lower(),)
    refuse("user_id", "is missing or no whole number")
