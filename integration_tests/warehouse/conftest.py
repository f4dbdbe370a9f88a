"""A made-up bill for each test: dbt compiles the models once, and DuckDB runs their SQL as views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from integration_tests.warehouse.compiled import compiled
from integration_tests.warehouse.made_up_bill import MadeUpBill


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compiled("duckdb", tmp_path_factory.mktemp("models"))


@pytest.fixture
def bill(models: Mapping[str, str]) -> Iterator[MadeUpBill]:
    held = MadeUpBill(models)
    yield held
    held.close()
