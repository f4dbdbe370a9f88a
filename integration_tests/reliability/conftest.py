"""What the tests of faults share."""

import pytest

from source_github_copilot_billing.github import transport


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not come is given up after 0.3 seconds."""
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", (10.0, 0.3))
