"""A made-up bill for each test: dbt compiles the models once, and DuckDB runs their SQL.

PostgreSQL does, of the tests in a named file: pytest --warehouse postgres integration_tests/warehouse/test_marts.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from integration_tests.warehouse.compiled import STREAMS, compiled_models, compiled_once
from integration_tests.warehouse.forked_dbt import forked_dbt as forked_dbt
from integration_tests.warehouse.made_up_bill import MadeUpBill, PostgresBill
from integration_tests.warehouse.postgres_server import postgres_url

NewBill = Callable[[Sequence[str]], MadeUpBill]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--warehouse", choices=["duckdb", "postgres"], default="duckdb")


@pytest.fixture(scope="session")
def compiling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which dbt compiled all models, for DuckDB."""
    return compiled_once("duckdb", tmp_path_factory)


@pytest.fixture(scope="session")
def models(compiling: Path) -> Mapping[str, str]:
    return compiled_models(compiling)


@pytest.fixture(scope="session")
def new_bill(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewBill]:
    """Makes an empty bill with the models of some streams."""
    kind = request.config.getoption("--warehouse", "duckdb")

    @cache
    def models_of(*streams: str) -> Mapping[str, str]:
        return compiled_models(compiled_once(kind, tmp_path_factory, streams))

    if kind == "duckdb":
        yield lambda streams: MadeUpBill(models_of(*streams))
        return
    with postgres_url() as url:
        assert url is not None
        yield lambda streams: PostgresBill(models_of(*streams), url)


@pytest.fixture
def bill(new_bill: NewBill) -> Iterator[MadeUpBill]:
    held = new_bill(STREAMS)
    yield held
    held.close()


@pytest.fixture
def bill_of_usage_alone(new_bill: NewBill) -> Iterator[MadeUpBill]:
    """A bill of which no other stream is synced."""
    held = new_bill(["reads", "usage"])
    yield held
    held.close()
