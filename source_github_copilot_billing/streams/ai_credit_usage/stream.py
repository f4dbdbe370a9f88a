"""Stream `ai_credit_usage`: picks how an account's AI credits are read."""

from datetime import date
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.ai_credit_usage.by_report import AI_CREDITS, UsageByReport
from source_github_copilot_billing.streams.ai_credit_usage.by_user import CreditsByUser
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.sync.stream import Context, StreamSpec

BY_REPORT = "report_export"  # the other mode asks user by user


class AiCreditUsage:
    """The mode of an enterprise is the user's choice. It never changes by itself: the two differ in grain, and a mix
    would count twice. Organizations have one way only: GitHub makes reports for enterprises alone."""

    spec: ClassVar[StreamSpec] = StreamSpec("ai_credit_usage", first_day=date(2026, 6, 1))  # before: premium requests

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> UsageByReport | CreditsByUser:
        if account.ai_credit_mode == BY_REPORT:
            return UsageByReport(account, AI_CREDITS, account.ai_credit_mode, self._resources, context)
        return CreditsByUser(account, account.ai_credit_mode, self._resources, context)
