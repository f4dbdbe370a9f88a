"""Airbyte source for GitHub Copilot's bill."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_github_copilot_billing.source import SourceGithubCopilotBilling

__all__ = ["SourceGithubCopilotBilling"]


def __getattr__(name: str) -> Any:
    """The source is imported when it is asked for: the console script must handle signals before that, see run.py."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from source_github_copilot_billing import source

    return getattr(source, name)
