"""One small bill for the checks of every connection."""

from collections.abc import Iterator

import pytest

from integration_tests.support.check import SMALL_BILL
from testing.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SMALL_BILL) as github:
        yield github
