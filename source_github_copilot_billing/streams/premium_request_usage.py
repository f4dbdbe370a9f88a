"""Stream `premium_request_usage`: who used how many premium requests of which model on a day.

They were the unit before AI credits. An enterprise's report is the same but for its type; GitHub makes none for
organizations: they are read by user, as their AI credits are.
"""

from dataclasses import replace
from datetime import date
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.spelling import Meter
from source_github_copilot_billing.endpoints.usage_report_lines import lines_that_count
from source_github_copilot_billing.streams.ai_credit_usage.by_report import (
    USUAL_COLUMNS,
    ReportedUsage,
    read_by_report,
    totals_of,
)
from source_github_copilot_billing.streams.ai_credit_usage.by_user import CreditsByUser
from source_github_copilot_billing.streams.left_out import log_left_out
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream

PREMIUM_REQUESTS = ReportedUsage(
    report_type="premium_request",
    name="the premium request report",
    counted=Meter.PREMIUM_REQUESTS.value,
    selection=lines_that_count(Meter.PREMIUM_REQUESTS),
    totals=partial(totals_of, Meter.PREMIUM_REQUESTS),
    stream="premium_request_usage",
    access="The premium request report needs the same access as the enterprise's usage.",
    usual_columns=USUAL_COLUMNS,
)
TOKENS = frozenset({"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"})


def _open(account: Account, context: Context) -> AccountReader:
    if account.is_enterprise:
        reader = read_by_report(PREMIUM_REQUESTS, account, context)
    else:
        by_user = CreditsByUser(account, context, Meter.PREMIUM_REQUESTS, PREMIUM_REQUESTS.stream)
        reader = AccountReader(by_user.slices, by_user.read)
    return replace(reader, read=lambda slice: map(_without_tokens, reader.read(slice)))


def _without_tokens(given: Row | Finished) -> Row | Finished:
    """A row of the stream's schema: tokens were counted from AI credits on."""
    if isinstance(given, Finished):
        return given
    return {name: value for name, value in given.items() if name not in TOKENS}


# Once all days are read nothing is fetched any more: what is over for so long does not change.
PREMIUM_REQUEST_USAGE = Stream(
    "premium_request_usage",
    _open,
    last_day=date(2026, 5, 31),  # then: AI credits
    finish=log_left_out("premium_request_usage"),
)
