"""The streams, in the order in which `discover` names them."""

from source_github_copilot_billing.streams.ai_credit_usage.stream import AI_CREDIT_USAGE, PREMIUM_REQUEST_USAGE
from source_github_copilot_billing.streams.billing_summary import BILLING_SUMMARY
from source_github_copilot_billing.streams.budgets import BUDGET_USERS, BUDGETS
from source_github_copilot_billing.streams.copilot_settings import COPILOT_SETTINGS
from source_github_copilot_billing.streams.cost_centers import COST_CENTERS
from source_github_copilot_billing.streams.detailed_usage import DETAILED_USAGE
from source_github_copilot_billing.streams.metrics.lines import REPOSITORY_METRICS, USER_METRICS, USER_TEAMS
from source_github_copilot_billing.streams.metrics.metrics import METRICS, METRICS_BREAKDOWN
from source_github_copilot_billing.streams.seats import SEATS
from source_github_copilot_billing.streams.usage import USAGE
from source_github_copilot_billing.sync.receipts import READS
from source_github_copilot_billing.sync.stream import Stream

STREAMS: tuple[Stream, ...] = (
    USAGE,
    AI_CREDIT_USAGE,
    BILLING_SUMMARY,
    SEATS,
    COPILOT_SETTINGS,
    METRICS,
    METRICS_BREAKDOWN,
    USER_METRICS,
    USER_TEAMS,
    REPOSITORY_METRICS,
    COST_CENTERS,
    BUDGETS,
    BUDGET_USERS,
    # After AI credits, with which they share GitHub's one export: the bill comes first.
    DETAILED_USAGE,
    PREMIUM_REQUEST_USAGE,
    READS,
)
