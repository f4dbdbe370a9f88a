"""An AI credit report of a million rows: peak memory, and rows a second next to the CDK's own ceiling.

Both run as child processes with the output thrown away: the connector reads the report from the sandbox; the ceiling is
the CDK's concurrent core emitting as many rows of the same shape, with nothing to read.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.sandbox import BillShape, Sandbox

ROWS = 1_000_000
DAYS = 31
HEADER = (
    "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    "net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    "input,output,cache_read,cache_write"
)
MODELS = ("Auto: Claude Haiku 4.5", "GPT-5, preview", "Gemini 2.5 Pro", "Claude Sonnet 5")


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_megabytes: float


def write_report(path: Path, last: date, rows: int = ROWS) -> None:
    """Rows of distinct keys in no order of days, every field quoted, as GitHub's reports are."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(f"{HEADER}\r\n")
        for number in range(rows):
            day = last - timedelta(days=number % DAYS)
            model = MODELS[number // DAYS % len(MODELS)]
            user = number // DAYS // len(MODELS)
            quantity = f"{number % 977}.{number % 1_000_000:06}"
            fields = (
                f"{day},user-{user:06},copilot,copilot_ai_credit,{{}},{quantity},ai-credits,0.01,0.35206365,0,0.35206365,"
                "1900,acme-platform,,,0,0,198,8209,223257,30122"
            ).split(",")
            fields[4] = model
            file.write(",".join(f'"{field}"' for field in fields) + "\r\n")


def run(command: list[str]) -> Run:
    """:raises RuntimeError: when the command fails"""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{command[2]} failed")
    return Run(time.monotonic() - began, usage.ru_maxrss / 1024)


def main() -> None:
    today = date.today()
    with tempfile.TemporaryDirectory() as name, Sandbox(BillShape(), today=today, export_polls=0) as sandbox:
        folder = Path(name)
        report = folder / "report.csv"
        write_report(report, today)
        sandbox.serve_export_files([report])
        first_day = today - timedelta(days=DAYS - 1)
        (folder / "config.json").write_text(json.dumps(sandbox.enterprise_config(start_date=first_day.isoformat())))
        catalog = CatalogBuilder().with_stream("ai_credit_usage", SyncMode.incremental).build()
        (folder / "catalog.json").write_text(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog)))
        options = ["read", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
        nothing = run([sys.executable, "-m", "source_github_copilot_billing", "spec"])
        ceiling = run([sys.executable, "-m", "integration_tests.bench.cdk_ceiling", str(ROWS), *options])
        connector = run([sys.executable, "-m", "source_github_copilot_billing", *options])
        size = report.stat().st_size / 1024**2
    print(f"An AI credit report of {ROWS:,} rows ({size:.0f} MB of CSV), read as a child process.")
    print(f"{'':40} {'seconds':>8} {'rows/s':>8} {'peak MB':>8}")
    print(f"  {'spec: what every command costs':38} {nothing.seconds:8.1f} {'':8} {nothing.peak_megabytes:8.0f}")
    for label, figure in (("the CDK alone, emitting such rows", ceiling), ("the connector", connector)):
        rate = ROWS / (figure.seconds - nothing.seconds)
        print(f"  {label:38} {figure.seconds:8.1f} {rate:8,.0f} {figure.peak_megabytes:8.0f}")


if __name__ == "__main__":
    main()
