"""A made-up bill for each test: dbt compiles the models once, and DuckDB runs their SQL as views.

PyAirbyte does not run on Python 3.13 yet: there the tests that load with it are left out, and nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from integration_tests.warehouse.compiled import compile_models, compiled_models
from integration_tests.warehouse.made_up_bill import MadeUpBill

LOADED_WITH_PYAIRBYTE = ("test_answers.py", "test_demo.py", "test_loading.py", "test_sync_command.py")


class LeftOut(pytest.Module):
    """Is not imported, and stands among the skipped ones."""

    def collect(self) -> NoReturn:
        pytest.skip("PyAirbyte does not run on Python 3.13 yet", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if sys.version_info >= (3, 13) and module_path.name in LOADED_WITH_PYAIRBYTE:
        left_out: pytest.Module = LeftOut.from_parent(parent, path=module_path)
        return left_out
    return None


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
