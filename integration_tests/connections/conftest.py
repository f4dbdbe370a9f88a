"""One small bill for the checks of every connection."""

from collections.abc import Iterator

import pytest

from integration_tests.sandbox import Sandbox
from integration_tests.support.check import SMALL_BILL


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SMALL_BILL) as github:
        yield github
