"""Reads the same bill in each way, from the same sandbox, and puts cost and sum side by side."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from integration_tests.bench.measured import Run, run
from integration_tests.bench.peers.outputs import Read
from integration_tests.bench.peers.ways import SCRIPT_BY_COST_CENTER, Way, ways_to_read_report, ways_to_read_usage
from integration_tests.bench.report_export import DAYS, net_amount, write_report
from sandbox import BillShape, Sandbox

USAGE = BillShape(
    organizations=tuple(f"acme-{number}" for number in range(6)),
    users_per_organization=40,
    repositories_per_organization=10,
    cost_centers=24,
)


@dataclass(frozen=True)
class Measured:
    """:ivar requests: to GitHub's API, without downloads
    :ivar short_by: what GitHub billed, less what was read; in USD"""

    way: Way
    run: Run
    requests: int
    read: Read
    short_by: Decimal


@contextmanager
def usage_of(shape: BillShape, today: date) -> Iterator[tuple[Sandbox, Path, Decimal]]:
    """A sandbox with this bill, the configuration of all ways, and what GitHub billed of Copilot in USD."""
    with tempfile.TemporaryDirectory() as name, Sandbox(shape, today=today) as sandbox:
        config = Path(name) / "config.json"
        config.write_text(json.dumps(sandbox.enterprise_config()))
        yield sandbox, config, sum((sums.net for sums in sandbox.bill.usage_sums().values()), Decimal(0))


@contextmanager
def report_of(rows: int, today: date) -> Iterator[tuple[Sandbox, Path, Decimal]]:
    """The same for an AI credit report of so many rows, and some lines that stand in it in two parts."""
    with tempfile.TemporaryDirectory() as name, Sandbox(BillShape(), today=today, export_polls=0) as sandbox:
        folder = Path(name)
        files = (folder / "first.csv", folder / "second.csv")
        write_report(files, today, rows)
        sandbox.serve_export_files(files)
        config = folder / "config.json"
        first_day = today - timedelta(days=DAYS - 1)
        config.write_text(json.dumps(sandbox.enterprise_config(start_date=first_day.isoformat())))
        yield sandbox, config, net_amount(rows)


def measure(way: Way, sandbox: Sandbox, billed: Decimal) -> Measured:
    """:raises RuntimeError: when the way fails"""
    sandbox.clear_requests()
    cost = run(way.command, output=way.output) if way.is_printed else run(way.command)
    read = way.read()
    way.output.unlink()
    requests = len([request for request in sandbox.requests if request.host == "api"])
    return Measured(way, cost, requests, read, billed - read.net_amount)


def main(rows: int = 1_000_000) -> None:
    today = datetime.now(timezone.utc).date()
    print("The same bill read in other ways, each as a child process (requests are those to GitHub's API).")
    with usage_of(USAGE, today) as (sandbox, config, billed):
        months = (today.year - sandbox.bill.first_day.year) * 12 + today.month - sandbox.bill.first_day.month + 1
        ways = ways_to_read_usage(config)
        # Once before: the sandbox makes an answer up when it is asked first, and keeps it.
        run(next(way.command for way in ways if way.name == SCRIPT_BY_COST_CENTER))
        print(f"Line items of {months} months, {USAGE.cost_centers} cost centers: {billed:,.2f} USD")
        _print(measure(way, sandbox, billed) for way in ways)
    with report_of(rows, today) as (sandbox, config, billed):
        print(f"An AI credit report of {rows:,} rows: {billed:,.2f} USD")
        _print(measure(way, sandbox, billed) for way in ways_to_read_report(config))


def _print(measured: Iterable[Measured]) -> None:
    """Each as it is known, because the slowest take minutes; what they lack afterwards."""
    print(
        f"  {'':33} {'seconds':>8} {'CPU s':>8} {'peak MB':>8} {'rows/s':>8} {'rows/CPU s':>10} {'requests':>8} "
        f"{'rows':>9} {'net USD':>16} {'short by':>14}",
        flush=True,
    )
    ways: list[Way] = []
    for one in measured:
        cost, read = one.run, one.read
        print(
            f"  {one.way.name:33} {cost.seconds:8.1f} {cost.cpu_seconds:8.1f} {cost.peak_megabytes:8.0f} "
            f"{read.rows / cost.seconds:8,.0f} {read.rows / cost.cpu_seconds:10,.0f} {one.requests:8,} {read.rows:9,} "
            f"{read.net_amount:16,.6f} {one.short_by:14,.6f}",
            flush=True,
        )
        ways.append(one.way)
    for way in ways:
        if way.lacks:
            print(f"  {way.name} lacks: {way.lacks}")
