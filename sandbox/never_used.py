"""A fault or a surprise that a test planned and that never came: the test proves nothing then."""

from __future__ import annotations


class NeverUsed(AssertionError):
    """Raised where a plan ends: when it is replaced or cleared, and when the sandbox is left."""

    def __init__(self, plans: list[str]) -> None:
        super().__init__(f"planned in the sandbox and never used: {'; '.join(plans)}")
