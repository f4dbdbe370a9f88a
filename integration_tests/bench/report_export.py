"""An AI credit report of a million rows: peak memory, and rows a second next to the CDK's own ceiling.

Both run as child processes with the output thrown away: the connector reads the report from the sandbox; the ceiling is
the CDK's concurrent core emitting as many rows of the same shape, with nothing to read.
"""

import json
import os
import sys
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.bench.measured import run
from sandbox import BillShape, Sandbox
from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.clock import today as utc_day

ROWS = 1_000_000
ONE_IN_TWICE = 50  # so many keys have one that stands in both files
DAYS = 31
HEADER = (
    "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    "net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    "input,output,cache_read,cache_write"
)
MODELS = ("Auto: Claude Haiku 4.5", "GPT-5, preview", "Gemini 2.5 Pro", "Claude Sonnet 5")
ORGANIZATIONS = ("acme-platform", "acme-data", "acme-labs")
COST_CENTERS = ("Control Rooms", "Research, early", "")


def write_report(files: tuple[Path, Path], last: date, rows: int = ROWS) -> None:
    """Rows in no order of days, every field quoted, as GitHub's reports are; the amounts differ from row to row."""
    for half, path in enumerate(files):
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            file.write(f"{HEADER}\r\n")
            for number in range(half * rows // 2, (half + 1) * rows // 2):
                file.write(_line(number, 1, last))
            if half == 1:
                for number in range(0, rows, ONE_IN_TWICE):
                    file.write(_line(number, 2, last))


def net_amount(rows: int = ROWS) -> Decimal:
    """What GitHub bills of all the lines of such a report, in USD."""
    lines = chain(((number, 1) for number in range(rows)), ((number, 2) for number in range(0, rows, ONE_IN_TWICE)))
    return Decimal(sum(_millionths(number, copy) for number, copy in lines if _is_charged(number, copy))).scaleb(-8)


def _millionths(number: int, copy: int) -> int:
    """Of an AI credit, which is 0.01 USD."""
    return (number * 7_919 + copy) % 977_000_000 + 1


def _is_charged(number: int, copy: int) -> bool:
    """Every other line, and each second line of a key; the amounts of the rest are discounted."""
    return (number + copy) % 2 == 0


def _line(number: int, copy: int, last: date) -> str:
    user = number // DAYS // len(MODELS)
    millionths = _millionths(number, copy)
    gross = f"{millionths // 10**8}.{millionths % 10**8:08}"
    discount, net = ("0", gross) if _is_charged(number, copy) else (gross, "0")
    fields = (
        f"{last - timedelta(days=number % DAYS)}",
        f"user-{user:06}",
        "copilot",
        "copilot_ai_credit",
        MODELS[number // DAYS % len(MODELS)],
        f"{millionths // 10**6}.{millionths % 10**6:06}",
        "ai-credits",
        "0.01",
        gross,
        discount,
        net,
        "1900",
        ORGANIZATIONS[user % len(ORGANIZATIONS)],
        "",
        COST_CENTERS[user // len(ORGANIZATIONS) % len(COST_CENTERS)],
        "0",
        "0",
        *(str(millionths % most) for most in (9_973, 8_209, 223_257, 30_122)),
    )
    return '"' + '","'.join(fields) + '"\r\n'


def main() -> None:
    today = utc_day(SystemClock())
    # Without totals: those of the sandbox are not the made-up report's, which would be refused as it does not add up.
    settings: dict[str, Any] = {"export_polls": 0, "refused": {"ai_credits": 403}}
    with tempfile.TemporaryDirectory() as name, Sandbox(BillShape(), today=today, **settings) as sandbox:
        folder = Path(name)
        files = (folder / "first.csv", folder / "second.csv")
        write_report(files, today)
        sandbox.serve_export_files(list(files))
        first_day = today - timedelta(days=DAYS - 1)
        (folder / "config.json").write_text(json.dumps(sandbox.enterprise_config(start_date=first_day.isoformat())))
        catalog = CatalogBuilder().with_stream("ai_credit_usage", SyncMode.incremental).build()
        (folder / "catalog.json").write_text(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog)))
        size = sum(file.stat().st_size for file in files) / 1024**2
        print(f"An AI credit report of {ROWS:,} rows (two files, {size:.0f} MB of CSV), read as a child process.")
        print(f"{'':40} {'seconds':>8} {'CPU s':>8} {'peak MB':>8} {'rows/s':>8} {'rows/CPU s':>10}")
        # The sandbox sends the report from this process, which stays on all cores.
        for cores in _core_sets():
            print(f"on {len(cores)} core(s)" if cores else "on all cores")
            _measure(
                ["read", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")], cores
            )


def _measure(options: list[str], cores: set[int]) -> None:
    nothing = run([sys.executable, "-m", "source_github_copilot_billing", "spec"], cores)
    ceiling = run([sys.executable, "-m", "integration_tests.bench.cdk_ceiling", str(ROWS), *options], cores)
    connector = run([sys.executable, "-m", "source_github_copilot_billing", *options], cores)
    rates = []
    for label, figure in (
        ("spec: what every command costs", nothing),
        ("the CDK alone, emitting such rows", ceiling),
        ("the connector", connector),
    ):
        line = f"  {label:38} {figure.seconds:8.1f} {figure.cpu_seconds:8.1f} {figure.peak_megabytes:8.0f}"
        if figure is not nothing:
            rates.append(ROWS / (figure.seconds - nothing.seconds))
            rates.append(ROWS / (figure.cpu_seconds - nothing.cpu_seconds))
            line += f" {rates[-2]:8,.0f} {rates[-1]:10,.0f}"
        print(line)
    ceiling_rate, ceiling_cpu_rate, rate, cpu_rate = rates
    print(
        f"  {'the connector / the CDK alone':38} {'':26} {rate / ceiling_rate:8.0%} {cpu_rate / ceiling_cpu_rate:10.0%}"
    )


def _core_sets() -> list[set[int]]:
    """One core, and all that this process may use; the system chooses where it cannot be told."""
    if not hasattr(os, "sched_setaffinity"):
        return [set()]
    mine = os.sched_getaffinity(0)
    return [{min(mine)}, mine]


if __name__ == "__main__":
    main()
