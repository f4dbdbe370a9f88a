"""Streams `ai_credit_usage`: who used how many AI credits of which model on a day; `premium_request_usage`: the same of
premium requests, which were the unit before. Picks how an account is read.

GitHub makes reports for enterprises alone: organizations are read by user.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, fetch_credits
from source_github_copilot_billing.endpoints.period import Period
from source_github_copilot_billing.endpoints.spelling import Meter
from source_github_copilot_billing.endpoints.usage_report_lines import AI_CREDIT_LINES, lines_that_count
from source_github_copilot_billing.streams.ai_credit_usage.by_report import ReportedUsage, read_by_report
from source_github_copilot_billing.streams.ai_credit_usage.by_user import CreditsByUser
from source_github_copilot_billing.streams.left_out import log_left_out
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream

CREDITS, REQUESTS = "ai_credit_usage", "premium_request_usage"
BY_REPORT = "report_export"  # the other mode fetches user by user
# Optional columns; GitHub's reports have these since August 2026.
USUAL_COLUMNS = frozenset({"organization", "repository", "cost_center_name", "total_monthly_quota"})
TOKEN_COLUMNS = frozenset({"input", "output", "cache_read", "cache_write"})
TOKENS = frozenset({"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"})


def _totals(meter: Meter, account: Account, period: Period) -> Iterable[BillItem]:
    return (item for item in fetch_credits(account, period, meter=meter).items if item.meter is meter)


AI_CREDIT_REPORT = ReportedUsage(
    report_type="ai_credit",
    name="the AI credit report",
    counted=Meter.AI_CREDITS.value,
    selection=AI_CREDIT_LINES,
    totals=partial(_totals, Meter.AI_CREDITS),
    stream=CREDITS,
    access="The AI credit report needs the same access as the enterprise's usage; without it, set ai_credit_method to "
    "per_user_requests, which is the other way.",
    usual_columns=USUAL_COLUMNS | TOKEN_COLUMNS,
)
PREMIUM_REQUEST_REPORT = ReportedUsage(
    report_type="premium_request",
    name="the premium request report",
    counted=Meter.PREMIUM_REQUESTS.value,
    selection=lines_that_count(Meter.PREMIUM_REQUESTS),
    totals=partial(_totals, Meter.PREMIUM_REQUESTS),
    stream=REQUESTS,
    access="The premium request report needs the same access as the enterprise's usage.",
    usual_columns=USUAL_COLUMNS,
)


def _open_credits(account: Account, context: Context) -> AccountReader:
    """The mode of an enterprise is the user's choice. It never changes by itself: the two differ in grain, and a mix
    would count twice."""
    mode = account.ai_credit_mode
    if mode == BY_REPORT:
        return read_by_report(AI_CREDIT_REPORT, account, context, mode)
    by_user = CreditsByUser(account, context)
    return AccountReader(by_user.slices, by_user.read, mode)


def _open_requests(account: Account, context: Context) -> AccountReader:
    if account.is_enterprise:
        reader = read_by_report(PREMIUM_REQUEST_REPORT, account, context)
    else:
        by_user = CreditsByUser(account, context, Meter.PREMIUM_REQUESTS, REQUESTS)
        reader = AccountReader(by_user.slices, by_user.read)
    return replace(reader, read=lambda slice: map(_without_tokens, reader.read(slice)))


def _without_tokens(given: Row | Finished) -> Row | Finished:
    """The row without token columns: tokens came with AI credits."""
    if isinstance(given, Finished):
        return given
    return {name: value for name, value in given.items() if name not in TOKENS}


AI_CREDIT_USAGE = Stream(CREDITS, _open_credits, first_day=date(2026, 6, 1), finish=log_left_out(CREDITS))
# Once all days are read nothing is fetched any more: a bill this old does not change.
PREMIUM_REQUEST_USAGE = Stream(REQUESTS, _open_requests, last_day=date(2026, 5, 31), finish=log_left_out(REQUESTS))
