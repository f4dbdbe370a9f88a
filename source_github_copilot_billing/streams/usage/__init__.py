"""Stream `usage`: GitHub's line items, by day, organization, repository, SKU and cost center."""

from source_github_copilot_billing.streams.usage.stream import Usage

__all__ = ["Usage"]
