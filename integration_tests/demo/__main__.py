"""`make demo`: bills made up by a local GitHub, read twice over both connections into demo.duckdb, and checked."""

import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from integration_tests.demo.changes import change
from integration_tests.demo.report import Checked, report
from integration_tests.sandbox import BillShape, Sandbox
from integration_tests.sandbox.shape import months_back
from load.connection import Connection, LoadError
from load.warehouse import open_duckdb, query_command, schema_of

FILE = Path("demo.duckdb")


def main() -> int:
    started = time.monotonic()
    for leftover in (FILE, FILE.with_name(f"{FILE.name}.wal")):
        leftover.unlink(missing_ok=True)
    # Last month and this one: enough for two windows of each stream, and read within seconds.
    shape = BillShape(first_day=months_back(date.today(), 1))
    with Sandbox(shape, export_polls=1) as sandbox:
        bill = sandbox.bill
        say(f"A local GitHub bills enterprise {shape.enterprise} with {len(bill.organizations)} organizations,")
        say(f"{len(bill.members)} members and {len(bill.cost_centers)} cost centers since {bill.first_day}.\n")
        connections = {
            "The enterprise, with a personal access token": sandbox.enterprise_config(),
            "Every organization, as a GitHub App": sandbox.app_config(),
        }
        try:
            for name, config in connections.items():
                first_sync(name, config)
            changes = change(bill)
            say("\nGitHub changes the amounts of the last 7 days, finds the user of what had none")
            say(f"({changes.attributed} charges: {changes.found}), and withdraws {changes.withdrawn} charges of", "")
            say(f" {changes.day}: its seats, and all that {changes.left} used.\n")
            for name, config in connections.items():
                say(f"{name}:")
                read(Connection(config, say), config, "second sync")
        except LoadError as error:
            print(error, file=sys.stderr)
            return 1
        checked = Checked()
        for config in connections.values():
            with open_duckdb(FILE, schema_of(config)) as warehouse:
                report(warehouse, sandbox.bill, say, checked)
    say(f"\n{checked.verdict()} Done in {time.monotonic() - started:.0f} s.")
    say(f"The bill is in {FILE}, the views on it are in sql/. One query to try:")
    say(f"  {query_command(FILE, 'from enterprise.cost_by_cost_center order by month, gross_amount desc')}")
    return 0 if checked.is_equal else 1


def say(line: str, end: str = "\n") -> None:
    print(line, end=end, flush=True)


def first_sync(name: str, config: dict[str, Any]) -> None:
    connection = Connection(config, say)
    say(f"{name}:")
    connection.check()
    say("  check: succeeded")
    say(f"  discover: {', '.join(connection.streams())}")
    read(connection, config, "first sync")


def read(connection: Connection, config: dict[str, Any], which: str) -> None:
    started = time.monotonic()
    with open_duckdb(FILE, schema_of(config)) as warehouse:
        rows = connection.sync(warehouse)
    counts = ", ".join(f"{count:,} rows of {stream}" for stream, count in rows.items())
    say(f"  {which}: {counts} in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
