"""The streams, in the order in which `discover` names them."""

from typing import Protocol

from source_github_copilot_billing.streams.ai_credit_usage import AiCreditUsage
from source_github_copilot_billing.streams.billing_summary import BillingSummary
from source_github_copilot_billing.streams.budgets import Budgets
from source_github_copilot_billing.streams.cost_centers import CostCentersStream
from source_github_copilot_billing.streams.metrics import Metrics, MetricsBreakdown, UserMetrics, UserTeams
from source_github_copilot_billing.streams.premium_request_usage import PremiumRequestUsage
from source_github_copilot_billing.streams.seats import SeatGrants
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.streams.usage import Usage
from source_github_copilot_billing.sync.stream import Stream, StreamSpec


class StreamClass(Protocol):
    """A stream's class: what it declares, and how a sync's own one is made."""

    @property
    def spec(self) -> StreamSpec: ...

    def __call__(self, resources: Resources) -> Stream: ...


STREAMS: tuple[StreamClass, ...] = (
    Usage,
    AiCreditUsage,
    BillingSummary,
    SeatGrants,
    Metrics,
    MetricsBreakdown,
    UserMetrics,
    UserTeams,
    CostCentersStream,
    Budgets,
    PremiumRequestUsage,  # last: it shares GitHub's one export with AI credits, and its months are history
)


def new_streams() -> list[Stream]:
    """The streams of one sync."""
    resources = Resources()
    return [stream(resources) for stream in STREAMS]
