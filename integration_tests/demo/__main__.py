"""`make demo`: bills made up by a local GitHub, read twice over both connections into demo.duckdb, and checked."""

import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from integration_tests.demo.report import Checked, report
from integration_tests.sandbox import BillShape, Charge, Sandbox
from integration_tests.sandbox.shape import months_back
from load.connection import Connection, LoadError
from load.warehouse import open_duckdb, schema_of

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
            say("\n" + change(sandbox))
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
    say(f"The bill is in {FILE}, the views on it are in sql/. One query to try, in any DuckDB client:")
    say("  from enterprise.cost_by_cost_center order by month, gross_amount desc;")
    return 0 if checked.is_equal else 1


def say(line: str) -> None:
    print(line, flush=True)


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


def change(sandbox: Sandbox) -> str:
    """What GitHub does to recent days between two syncs; says it in words."""
    bill = sandbox.bill
    bill.change_recent_amounts()
    user = next(member for member in bill.members if len(member.organizations) > 1).login
    bill.attribute_remainder(user)
    day, organization = bill.today - timedelta(days=2), bill.organizations[-1]
    charged = [charge for charge in bill.on_days(day, day) if charge.organization == organization]
    left = next((charge.user for charge in charged if charge.user is not None), None)

    def wanted(charge: Charge) -> bool:
        # All seats, so that whole line items go and not only amounts, and all that one user did.
        of_that_day = (charge.product, charge.day, charge.organization) == ("copilot", day, organization)
        return of_that_day and (charge.user == left or charge.sku == "copilot_for_business")

    gone = bill.withdraw(wanted, len(bill.charges))
    return (
        f"GitHub changes the amounts of the last 7 days, gives usage without a user to {user},\n"
        f"and withdraws {len(gone)} charges of {organization} on {day}: its seats, and what {left} used.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
