"""What the streams of one sync share: what they fetch from GitHub once, and what they compare."""

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.cost_centers import CostCenters
from source_github_copilot_billing.endpoints.metrics_days import MetricsDays
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports
from source_github_copilot_billing.endpoints.seats import Seats
from source_github_copilot_billing.endpoints.usage_reports import UsageReports
from source_github_copilot_billing.streams.month_sums import MonthSums
from source_github_copilot_billing.sync.once import Once
from source_github_copilot_billing.sync.stream import Context


class Resources:
    """What one sync has of each."""

    def __init__(self) -> None:
        self.cost_centers = CostCenters()
        self.seats = Seats()
        self.metrics_reports = MetricsReports()
        self.metrics_days = MetricsDays(self.metrics_reports)
        self.month_sums = MonthSums()
        self.without_copilot: Once[Account, bool] = Once()
        self._usage_reports: Once[Account, UsageReports] = Once()

    def usage_reports(self, account: Account, context: Context) -> UsageReports:
        """An enterprise's reports: the same for all streams, because GitHub makes one at a time."""
        return self._usage_reports.get(
            account, lambda: UsageReports(account, context.clock, context.logger, context.keep_alive)
        )
