"""What the streams of one sync share: what they fetch from GitHub once, and what they compare."""

from source_github_copilot_billing.resources.cost_centers import CostCenters
from source_github_copilot_billing.resources.metrics_days import MetricsDays
from source_github_copilot_billing.resources.metrics_reports import MetricsReports
from source_github_copilot_billing.resources.month_sums import MonthSums
from source_github_copilot_billing.resources.seats import Seats


class Resources:
    def __init__(self) -> None:
        self.cost_centers = CostCenters()
        self.seats = Seats()
        self.metrics_reports = MetricsReports()
        self.metrics_days = MetricsDays(self.metrics_reports)
        self.month_sums = MonthSums()
