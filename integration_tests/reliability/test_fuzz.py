"""A few hundred random breaks of each kind; `python -m integration_tests.reliability.fuzz` does many more."""

import pytest

from integration_tests.reliability.fuzz import fuzz
from integration_tests.reliability.fuzz_targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_broken_at_random_is_read_whole_or_ends_with_a_clean_error(target: str) -> None:
    fuzz(TARGETS[target], examples=200, derandomize=True)
