"""Airbyte source for GitHub Copilot's bill."""

from source_github_copilot_billing.source import SourceGithubCopilotBilling

__all__ = ["SourceGithubCopilotBilling"]
