"""The streams, in the order in which `discover` names them."""

from source_github_copilot_billing.resources.shared import Resources
from source_github_copilot_billing.streams.ai_credit_usage import AiCreditUsage
from source_github_copilot_billing.streams.usage import Usage
from source_github_copilot_billing.sync.stream import Stream

STREAMS: tuple[type[Usage] | type[AiCreditUsage], ...] = (Usage, AiCreditUsage)


def new_streams() -> list[Stream]:
    """The streams of one sync."""
    resources = Resources()
    return [stream(resources) for stream in STREAMS]
