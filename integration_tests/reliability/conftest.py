"""What the tests of faults share."""

import pytest

from source_github_copilot_billing.github import client, storage


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not come is given up after 0.3 seconds."""
    for module in (client, storage):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", (10.0, 0.3))
