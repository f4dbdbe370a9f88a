"""A made-up bill for each test: dbt compiles the models once, and DuckDB runs their SQL as views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from integration_tests.warehouse.compiled import compile_models, compiled_models
from integration_tests.warehouse.made_up_bill import MadeUpBill


@pytest.fixture(scope="session")
def compiling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which dbt compiled all models, for DuckDB."""
    work = tmp_path_factory.mktemp("models")
    compile_models("duckdb", work)
    return work


@pytest.fixture(scope="session")
def models(compiling: Path) -> Mapping[str, str]:
    return compiled_models(compiling)


@pytest.fixture
def bill(models: Mapping[str, str]) -> Iterator[MadeUpBill]:
    held = MadeUpBill(models)
    yield held
    held.close()
