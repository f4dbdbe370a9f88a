"""Runs `check`, and the smallest bill that it needs."""

import logging
from typing import Any

from airbyte_cdk.models import Status

from sandbox import BillShape
from source_github_copilot_billing import SourceGithubCopilotBilling
from testing.virtual_clock import VirtualClock

SMALL_BILL = BillShape(users_per_organization=2, idle_users_per_organization=0)


def check(config: dict[str, Any]) -> str:
    """The complaint, or "" when the check succeeded."""
    status = SourceGithubCopilotBilling(VirtualClock()).check(logging.getLogger("airbyte"), config)
    assert (status.status == Status.SUCCEEDED) == (status.message is None)
    return status.message or ""
