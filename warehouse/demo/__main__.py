"""`make demo`: bills made up by a local GitHub, read twice over both connections into demo.duckdb, and checked."""

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from integration_tests.sandbox import BillShape, Sandbox
from integration_tests.sandbox.shape import AI_CREDITS_BEGIN
from warehouse.demo.changes import change
from warehouse.demo.comparison import TOLERANCE
from warehouse.demo.report import Checked, report, report_use
from warehouse.load.connection import Connection, LoadError
from warehouse.load.summary import QUERIES
from warehouse.load.warehouse import open_duckdb, query_command, schema_of
from warehouse.models import build_models
from warehouse.page.render import write_page

FILE = Path("demo.duckdb")


def main() -> int:
    started = time.monotonic()
    for leftover in (FILE, FILE.with_name(f"{FILE.name}.wal")):
        leftover.unlink(missing_ok=True)
    # The last days of premium requests, and everything since: AI credits replaced them. So few people that it is
    # read within minutes, and so many that their teams have the five members that GitHub's reports want.
    shape = BillShape(
        first_day=AI_CREDITS_BEGIN - timedelta(days=7),
        users_per_organization=6,
        idle_users_per_organization=1,
        share_without_user=0.1,
    )
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
            found, left = changes.found.lower(), changes.left.lower()
            say(
                f"\nGitHub changes the amounts of the last 7 days, finds that {found} made {changes.attributed} charges"
            )
            say(
                f"that had no user, and withdraws {changes.withdrawn} charges of {changes.day}: its seats, and all that"
            )
            say(f"{left} used.\n")
            for name, config in connections.items():
                say(f"{name}:")
                read(Connection(config, progress), config, "second sync")
            checked = Checked()
            for config in connections.values():
                schema = schema_of(config)
                with open_duckdb(FILE, schema) as warehouse:
                    say(f"\nBuilding and testing the models in the schema {schema} …")
                    build_models(warehouse, Connection(config).streams(), "build")
                    report(warehouse, sandbox.bill, say, checked)
                    report_use(warehouse, sandbox, say, checked)
        except LoadError as error:
            print(error, file=sys.stderr)
            return 1
    say("\nThe differences come from the 9 decimals that PyAirbyte's DuckDB columns keep;")
    say(f"below {TOLERANCE} counts as equal.")
    say(f"{checked.verdict()} Done in {time.monotonic() - started:.0f} s.")
    page = FILE.with_suffix(".html")
    write_page(FILE, page)
    say(f"The page with all charts is {page}: open it in a browser.")
    say(f"The bill is in {FILE}, the models on it are described in warehouse/dbt/. One query to try:\n")
    say(query_command(FILE, QUERIES["enterprise"]))
    return 0 if checked.is_equal else 1


def say(line: str) -> None:
    print(line, flush=True)


def progress(line: str) -> None:
    if "installation of the GitHub App is suspended" in line:
        line += " (on purpose: one of the made-up organizations is suspended)"
    say(line)


def first_sync(name: str, config: dict[str, Any]) -> None:
    connection = Connection(config, progress)
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
