"""Stream `premium_request_usage`: who used how many premium requests of which model on a day.

They were the unit before AI credits. The report is the same but for its type; GitHub makes it for enterprises alone.
"""

from datetime import date
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.spelling import Meter
from source_github_copilot_billing.streams.ai_credit_usage.by_report import USUAL_COLUMNS, ReportedUsage, UsageByReport
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.sync.stream import Context, StreamSpec

PREMIUM_REQUESTS = ReportedUsage(
    report_type="premium_request",
    name="the premium request report",
    meter=Meter.PREMIUM_REQUESTS,
    stream="premium_request_usage",
    access="The premium request report needs the same access as the enterprise's usage.",
    usual_columns=USUAL_COLUMNS,
)


class PremiumRequestUsage:
    """Once all days are read no report is ordered any more: what is over for so long does not change."""

    spec: ClassVar[StreamSpec] = StreamSpec("premium_request_usage", last_day=date(2026, 5, 31))  # then: AI credits

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> UsageByReport | None:
        """None for an organization: GitHub makes reports for enterprises alone."""
        if not account.is_enterprise:
            return None
        return UsageByReport(account, PREMIUM_REQUESTS, None, self._resources, context)
