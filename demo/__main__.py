"""`make demo`: bills made up by a local GitHub, read twice over both connections into demo.duckdb, and checked."""

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from demo.changes import change
from demo.comparison import TOLERANCE
from demo.premium_requests import add_premium_requests
from demo.reading import Reading, join, side_by_side
from demo.report import Checked, report, report_use
from sandbox import BillShape, Sandbox
from sandbox.shape import months_back
from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.clock import today as utc_day
from warehouse.errors import LoadError
from warehouse.load.summary import QUERIES
from warehouse.load.warehouse import open_duckdb, query_command
from warehouse.page.render import write_page
from warehouse.private_files import write_for_this_user_alone

FILE = Path("demo.duckdb")
# Read by itself, because it ended before those days: the days between would be read for nothing.
PREMIUM_REQUESTS = "premium_request_usage"


def main() -> int:
    write_for_this_user_alone()
    started = time.monotonic()
    today = utc_day(SystemClock())
    # So few people that they are read within seconds, and so many that their teams have the five members that
    # GitHub's reports want. Two months before this one: what a weekday usually costs takes eight weeks to know.
    shape = BillShape(
        first_day=months_back(today, 2),
        users_per_organization=6,
        idle_users_per_organization=1,
        share_without_user=0.1,
        tight_budgets=True,
    )
    # This GitHub has its exports ready at once: the connector looks again after five seconds at the earliest.
    with Sandbox(shape, today, export_polls=0) as sandbox, tempfile.TemporaryDirectory() as directory:
        bill = sandbox.bill
        premium_requests_begin = add_premium_requests(bill)
        people = f"{len(bill.members)} members and {len(bill.cost_centers)} cost centers"
        say(f"A local GitHub bills enterprise {shape.enterprise} with {len(bill.organizations)} organizations,")
        say(f"{people} since {bill.first_day}, and a week of premium requests")
        say(f"since {premium_requests_begin}. Two connections read it side by side: the enterprise with a personal")
        say("access token, and every organization as a GitHub App. It takes a minute or two.\n")
        try:
            readings = load(sandbox, premium_requests_begin, Path(directory))
            FILE.unlink(missing_ok=True)
            FILE.with_name(f"{FILE.name}.wal").unlink(missing_ok=True)
            join((reading.file for reading in readings), FILE)
            checked = Checked()
            for reading in readings:
                with open_duckdb(FILE, reading.schema) as warehouse:
                    report(warehouse, bill, say, checked)
                    report_use(warehouse, sandbox, say, checked)
        except LoadError as error:
            print(error, file=sys.stderr)
            return 1
    say("\nThe differences come from the 9 decimals that the DuckDB columns keep;")
    say(f"below {TOLERANCE} counts as equal.")
    page = FILE.with_suffix(".html")
    write_page(FILE, page)
    say(f"{checked.verdict()} Done in {time.monotonic() - started:.0f} s.")
    say(f"The page with all charts is {page}: open it in a browser.")
    say(f"The bill is in {FILE}, the models on it are described in warehouse/dbt/. One query to try:\n")
    say(query_command(FILE, QUERIES["enterprise"]))
    return 0 if checked.is_equal else 1


def load(sandbox: Sandbox, premium_requests_begin: date, directory: Path) -> tuple[Reading, Reading]:
    """Reads over both connections, changes the bill, reads again and builds the models.

    :raises LoadError: when any part failed
    """
    own = sandbox.enterprise_config()
    earlier = {**own, "start_date": premium_requests_begin.isoformat()}
    enterprise = Reading("Enterprise", own, directory, say)
    ended = Reading("Enterprise", earlier, directory, say)
    organizations = Reading("Organizations", sandbox.app_config(), directory, say)

    def read_enterprise() -> None:
        enterprise.check_and_discover()
        ended.sync("only sync", [PREMIUM_REQUESTS, "reads"])
        enterprise.sync("first sync", [stream for stream in enterprise.streams if stream != PREMIUM_REQUESTS])

    def read_organizations() -> None:
        organizations.check_and_discover()
        organizations.sync("first sync", organizations.streams)

    side_by_side(read_enterprise, read_organizations)
    changes = change(sandbox.bill)
    found, left = changes.found.lower(), changes.left.lower()
    say(f"\nGitHub changes the amounts of the last 7 days, finds that {found} made {changes.attributed} charges")
    say(f"that had no user, and withdraws {changes.withdrawn} charges of {changes.day}: all that {left} used, and")
    say(f"all that was used in {changes.repository}.\n")

    def read_enterprise_again() -> None:
        enterprise.sync("second sync", [stream for stream in enterprise.streams if stream != PREMIUM_REQUESTS])
        enterprise.build_models()

    def read_organizations_again() -> None:
        organizations.sync("second sync", organizations.streams)
        organizations.build_models()

    side_by_side(read_enterprise_again, read_organizations_again)
    return enterprise, organizations


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
