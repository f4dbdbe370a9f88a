"""Breaks bodies, configurations, states and reports at random: what is read is whole, or a clean error ends it.

python -m unit_tests.fuzz --examples 10000
"""

import argparse
import logging
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit_tests.fuzz.breaking import JUNK
from unit_tests.fuzz.targets import TARGETS


def fuzz(check: Callable[[int, Any], None], examples: int, derandomize: bool = False) -> None:
    """Runs a check with so many random seeds and values."""
    quiet = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
    )
    quiet(given(st.integers(0, 2**48), JUNK)(check))()


if __name__ == "__main__":
    logging.disable()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--only", choices=TARGETS)
    options = parser.parse_args()
    for each, target in TARGETS.items():
        if options.only in (None, each):
            began = time.monotonic()
            fuzz(target, options.examples)
            print(f"{each}: {options.examples} in {time.monotonic() - began:.0f} s, nothing found", flush=True)
