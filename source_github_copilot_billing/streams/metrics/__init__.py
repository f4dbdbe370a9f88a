"""The streams that are read from Copilot's metrics reports."""

from source_github_copilot_billing.streams.metrics.metrics import Metrics
from source_github_copilot_billing.streams.metrics.metrics_breakdown import MetricsBreakdown
from source_github_copilot_billing.streams.metrics.user_metrics import UserMetrics
from source_github_copilot_billing.streams.metrics.user_teams import UserTeams

__all__ = ["Metrics", "MetricsBreakdown", "UserMetrics", "UserTeams"]
