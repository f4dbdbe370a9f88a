"""Reads the stream `usage` and compares its rows with what the sandbox billed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Row, Sync, sync
from sandbox import BillShape
from sandbox import Sums as Truth
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 4, 1))
BY = {"day": "date", "organization": "organization_name", "sku": "sku", "cost_center": "cost_center_id"}


def read_enterprise(sandbox: Sandbox, state: Sync | None = None, **config: Any) -> Sync:
    return sync(
        sandbox.enterprise_config(**config), ["usage"], state.state if state else None, VirtualClock(sandbox.bill.today)
    )


def read_organizations(sandbox: Sandbox, state: Sync | None = None, **config: Any) -> Sync:
    return sync(sandbox.app_config(**config), ["usage"], state.state if state else None, VirtualClock())


def assert_billed(rows: Iterable[Row], truth: Mapping[Any, Truth], by: Sequence[str] = tuple(BY)) -> None:
    assert_sums(rows, truth, [BY[part] for part in by], "quantity")
