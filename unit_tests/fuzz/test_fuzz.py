"""A hundred random breaks of each kind; `python -m unit_tests.fuzz` does many more."""

import logging
from collections.abc import Iterator

import pytest

from unit_tests.fuzz.__main__ import fuzz
from unit_tests.fuzz.breaking import outcomes
from unit_tests.fuzz.targets import TARGETS


@pytest.fixture(autouse=True)
def without_logs() -> Iterator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_broken_at_random_is_read_whole_or_ends_with_a_clean_error(target: str) -> None:
    outcomes.clear()
    fuzz(TARGETS[target], examples=100, derandomize=True)
    # How many depends on the numbers that are drawn, and these on the project's own constants.
    assert outcomes["read"] and outcomes["refused"], outcomes
