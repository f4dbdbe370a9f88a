"""Stream `ai_credit_usage`: who used how many AI credits of which model on a day."""

from source_github_copilot_billing.streams.ai_credit_usage.stream import AiCreditUsage

__all__ = ["AiCreditUsage"]
