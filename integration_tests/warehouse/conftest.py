"""A made-up bill for each test: dbt compiles the models once, and DuckDB runs their SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from integration_tests.warehouse.compiled import compiled_models, compiled_once
from integration_tests.warehouse.forked_dbt import forked_dbt as forked_dbt
from integration_tests.warehouse.made_up_bill import MadeUpBill


@pytest.fixture(scope="session")
def compiling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which dbt compiled all models, for DuckDB."""
    return compiled_once("duckdb", tmp_path_factory)


@pytest.fixture(scope="session")
def models(compiling: Path) -> Mapping[str, str]:
    return compiled_models(compiling)


@pytest.fixture
def bill(models: Mapping[str, str]) -> Iterator[MadeUpBill]:
    held = MadeUpBill(models)
    yield held
    held.close()


@pytest.fixture(scope="session")
def models_of_usage_alone(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compiled_models(compiled_once("duckdb", tmp_path_factory, ["reads", "usage"]))


@pytest.fixture
def bill_of_usage_alone(models_of_usage_alone: Mapping[str, str]) -> Iterator[MadeUpBill]:
    """A bill of which no other stream is synced."""
    held = MadeUpBill(models_of_usage_alone)
    yield held
    held.close()
