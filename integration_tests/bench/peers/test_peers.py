"""The other ways read what they claim to read: else the benchmark compares with a straw man.

Only `make bench` runs dlt, which has an environment of its own, and the manifest's report, for which the CDK waits.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from integration_tests.bench.peers.comparison import Measured, measure
from integration_tests.bench.peers.ways import Way, ways_to_read_report, ways_to_read_usage
from sandbox import BillShape, Sandbox

TODAY = datetime.now(timezone.utc).date()  # the children have no other clock
SHAPE = BillShape(
    organizations=("acme-platform",),
    users_per_organization=4,
    cost_centers=2,
    first_day=(TODAY - timedelta(days=10)).replace(day=1),
)


@contextmanager
def small_bill(folder: Path) -> Iterator[tuple[Sandbox, Path]]:
    with Sandbox(SHAPE, today=TODAY, export_polls=0) as sandbox:
        config = folder / "config.json"
        config.write_text(json.dumps(sandbox.enterprise_config()))
        yield sandbox, config


def net(sandbox: Sandbox, **only: object) -> Decimal:
    """What GitHub billed of Copilot, in USD."""
    return sum(
        (
            charge.net
            for charge in sandbox.bill.charges
            if charge.product == "copilot" and all(getattr(charge, name) == value for name, value in only.items())
        ),
        Decimal(0),
    )


def measured(name: str, ways: Callable[[Path], list[Way]], sandbox: Sandbox, config: Path, billed: Decimal) -> Measured:
    return measure(next(way for way in ways(config) if way.name == name), sandbox, billed)


@pytest.mark.parametrize("name", ["a low-code manifest", "a plain script, by cost center"])
def test_line_items_by_cost_center_are_the_whole_bill(name: str, tmp_path: Path) -> None:
    with small_bill(tmp_path) as (sandbox, config):
        found = measured(name, ways_to_read_usage, sandbox, config, net(sandbox))
        months = {(request.query["year"], request.query["month"]) for request in sandbox.requests if request.query}
    assert found.short_by == 0
    assert found.requests == 1 + len(months) * (1 + SHAPE.cost_centers)


def test_line_items_of_requests_without_cost_center_are_short_by_what_has_one(tmp_path: Path) -> None:
    with small_bill(tmp_path) as (sandbox, config):
        billed = net(sandbox)
        found = measured("a plain script, a request a month", ways_to_read_usage, sandbox, config, billed)
        without = net(sandbox, cost_center_id=None)
    assert found.read.net_amount == without
    assert found.short_by == billed - without != 0


def test_report_in_a_script_is_the_whole_bill(tmp_path: Path) -> None:
    with small_bill(tmp_path) as (sandbox, config):
        charges = [one for one in sandbox.bill.charges if one.sku in ("copilot_ai_credit", "copilot_premium_request")]
        billed = sum((one.net for one in charges), Decimal(0))
        found = measured("a plain script", ways_to_read_report, sandbox, config, billed)
    assert found.short_by == 0
    assert found.read.rows == len(charges)
