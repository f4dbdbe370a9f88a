"""What the tests of faults share."""

from collections.abc import Mapping

import pytest

from integration_tests.warehouse.compiled import compiled
from source_github_copilot_billing.github import transport


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not come is given up after 0.3 seconds."""
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", (10.0, 0.3))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The SQL of the models that tell which rows stand."""
    found = compiled("duckdb", tmp_path_factory.mktemp("models"))
    return {name: sql for name, sql in found.items() if name.startswith(("stg_", "int_"))}
