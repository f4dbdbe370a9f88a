"""PyAirbyte does not run on Python 3.13 yet: there the tests that load with it are left out, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import pytest

LOAD_WITH_PYAIRBYTE = (
    "reliability/test_hostile_neighbours.py",
    "warehouse/test_answers.py",
    "warehouse/test_demo.py",
    "warehouse/test_loading.py",
    "warehouse/test_sync_command.py",
)


class LeftOut(pytest.Module):
    """Is not imported, and stands among the skipped ones."""

    def collect(self) -> NoReturn:
        pytest.skip("PyAirbyte does not run on Python 3.13 yet", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    name = module_path.relative_to(Path(__file__).parent).as_posix()
    if sys.version_info >= (3, 13) and name in LOAD_WITH_PYAIRBYTE:
        left_out: pytest.Module = LeftOut.from_parent(parent, path=module_path)
        return left_out
    return None
