"""One sandbox for all contracts: they read, and change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration_tests.sandbox.contract import SHAPE, TODAY
from sandbox.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY, quota=100_000) as running:
        yield running
