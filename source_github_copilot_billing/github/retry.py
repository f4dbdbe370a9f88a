"""How often a request or download that failed for a passing reason is tried again."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from source_github_copilot_billing.clock import Clock

T = TypeVar("T")


class PassingFailure(Exception):
    """A failure that may pass by itself. Its text is for the user and quotes no URL.

    :param is_about_size: whether it may be because of a large answer: it took too long, or was cut off
    """

    def __init__(self, sentence: str, is_about_size: bool = False) -> None:
        super().__init__(sentence)
        self.is_about_size = is_about_size


class RetriesExhausted(Exception):
    """The last failure's text, and how many tries there were."""

    def __init__(self, failure: PassingFailure, tries: int) -> None:
        super().__init__(str(failure))
        self.tries = tries
        self.is_about_size = failure.is_about_size


@dataclass(frozen=True)
class RetryPolicy:
    """:param retries: after the first try
    :param longest_wait_seconds: for GitHub's rate limit; two hours, because GitHub's windows are one hour long
    """

    retries: int = 5
    longest_wait_seconds: float = 7300.0

    def run(self, attempt: Callable[[], T], clock: Clock, until: float = float("inf")) -> T:
        """Try until an attempt succeeds, with a pause after each failure: 1, 2, 4 … seconds, spread by a quarter so
        that threads which failed together do not try again together.

        :param until: by the clock's monotonic time: after it no further try is made
        :raises RetriesExhausted: the attempt raised PassingFailure each time; whatever else it raises goes through
        """
        failures = 0
        while True:
            try:
                return attempt()
            except PassingFailure as failure:
                failures += 1
                if failures > self.retries or clock.monotonic() > until:
                    raise RetriesExhausted(failure, failures) from None
            clock.sleep(2 ** (failures - 1) * random.uniform(0.75, 1.25))  # noqa: S311  (no secret)


READ = RetryPolicy()
CHECK = RetryPolicy(retries=1, longest_wait_seconds=10)  # a person waits for the answer
