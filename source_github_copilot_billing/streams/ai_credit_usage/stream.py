"""Stream `ai_credit_usage`: picks how an account's AI credits are read."""

from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.ai_credit_usage.by_report import AI_CREDITS, read_by_report
from source_github_copilot_billing.streams.ai_credit_usage.by_user import CreditsByUser
from source_github_copilot_billing.streams.left_out import log_left_out
from source_github_copilot_billing.sync.stream import AccountReader, Context, Stream

BY_REPORT = "report_export"  # the other mode fetches user by user


def _open(account: Account, context: Context) -> AccountReader:
    """The mode of an enterprise is the user's choice. It never changes by itself: the two differ in grain, and a mix
    would count twice. Organizations have one way only: GitHub makes reports for enterprises alone."""
    mode = account.ai_credit_mode
    if mode == BY_REPORT:
        return read_by_report(AI_CREDITS, account, context, mode)
    credits = CreditsByUser(account, context)
    return AccountReader(credits.slices, credits.read, mode)


AI_CREDIT_USAGE = Stream(
    "ai_credit_usage",
    _open,
    first_day=date(2026, 6, 1),  # before: premium requests
    finish=log_left_out("ai_credit_usage"),
)
