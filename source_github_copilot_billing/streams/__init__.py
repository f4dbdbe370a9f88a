"""The streams, in the order in which `discover` names them."""

from source_github_copilot_billing.resources.shared import Resources
from source_github_copilot_billing.streams.ai_credit_usage import AiCreditUsage
from source_github_copilot_billing.streams.metrics import Metrics, MetricsBreakdown, UserMetrics, UserTeams
from source_github_copilot_billing.streams.seats import SeatGrants
from source_github_copilot_billing.streams.usage import Usage
from source_github_copilot_billing.sync.stream import Stream

STREAMS: tuple[
    type[Usage]
    | type[AiCreditUsage]
    | type[SeatGrants]
    | type[Metrics]
    | type[MetricsBreakdown]
    | type[UserMetrics]
    | type[UserTeams],
    ...,
] = (Usage, AiCreditUsage, SeatGrants, Metrics, MetricsBreakdown, UserMetrics, UserTeams)


def new_streams() -> list[Stream]:
    """The streams of one sync."""
    resources = Resources()
    return [stream(resources) for stream in STREAMS]
