"""dbt's command without the seconds in which it imports its libraries and gets ready, for all tests of a room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from testing.forking import ForkedProgram
from warehouse import models

INSTALLED = models.DBT


@cache
def _program() -> ForkedProgram:
    return ForkedProgram(
        INSTALLED.with_name("python"), "integration_tests.warehouse.warm_dbt:cli", "dbt.adapters.postgres"
    )


@contextmanager
def in_dbts_place(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "DBT", _program().script(folder / "dbt"))
        yield


@pytest.fixture(scope="session", autouse=True)
def forked_dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`make demo` and `make sync`, run as commands of their own, start the dbt that is installed."""
    with in_dbts_place(tmp_path_factory.mktemp("dbt")):
        yield
