"""`python -m integration_tests.packaging.acceptance`: Airbyte's standard tests of this connector, against the sandbox.

The tests are Airbyte's own (`airbyte-cdk connector test`), the scenarios stand in acceptance-test-config.yml. Every
further argument goes to pytest, for example `-k check`.

Airbyte's tool takes the connector's name from the directory's, and leaves files there. So it gets a directory of the
right name with links to the files it needs: a clone may have any name, and stays clean.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from integration_tests.packaging import standard_tests
from sandbox import BillShape
from testing.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "source-github-copilot-billing"
LINKED = (
    "metadata.yaml",
    "acceptance-test-config.yml",
    "integration_tests/invalid_configs",
    "integration_tests/configured_catalog_premium_request_usage.json",
)
# The tests of an image build one with docker buildx, from a template that they download. image_tests.py tests the
# image that this repository's own Dockerfile makes.
WITHOUT_IMAGES = ("-m", "not image_tests")
# What the tests only warn of today fails them in a later release of the CDK.
STRICT = ("-W", "error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning")
RESULTS = "build/test-results/standard-tests-junit.xml"
# The one good reason: acceptance-test-config.yml does not list this configuration for this command.
NOT_LISTED = re.compile(r"`\w+` (does|do) not run for scenario")
DAYS = 35  # more than one report of an enterprise holds
DAYS_BY_USER = 5  # a request for each user and day, and 900 a minute at most
PREMIUM_REQUESTS_SINCE = date(2026, 5, 1)  # their last month
AS_OF = date(2026, 11, 22)  # GitHub keeps them until May 2028


def configurations(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """By file name, as acceptance-test-config.yml names them."""
    start_date = (sandbox.bill.today - timedelta(days=DAYS)).isoformat()
    recently = (sandbox.bill.today - timedelta(days=DAYS_BY_USER)).isoformat()
    by_user = {"ai_credit_method": "per_user_requests"}
    return {
        "enterprise.json": sandbox.enterprise_config(start_date=start_date),
        "enterprise_per_user.json": sandbox.enterprise_config(by_user, start_date=recently),
        "enterprise_premium_requests.json": sandbox.enterprise_config(start_date=PREMIUM_REQUESTS_SINCE.isoformat()),
        "organizations.json": sandbox.app_config(start_date=recently),
        "organizations_token.json": sandbox.organization_pat_config(start_date=recently),
        "enterprise_app.json": sandbox.enterprise_app_config(start_date=start_date),
        "enterprise_wrong_token.json": sandbox.enterprise_config({"personal_access_token": "never-given-out"}),
        "organizations_wrong_app.json": sandbox.app_config(credentials={"app_id": "999999"}),
        "organizations_not_installed.json": sandbox.app_config(["acme-platform", "not-installed"]),
        "organizations_token_of_nobody.json": sandbox.organization_pat_config(
            credentials={"personal_access_token": "never-given-out"}
        ),
        "organizations_token_unknown_name.json": sandbox.organization_pat_config(["acme-platform", "unknown-name"]),
        "enterprise_app_not_installed.json": sandbox.enterprise_app_config("not-installed"),
    }


@contextmanager
def connector_directory(sandbox: Sandbox) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as parent:
        directory = Path(parent).resolve() / NAME
        for name in LINKED:
            link = directory / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(ROOT / name)
        written = directory / ".acceptance"
        written.mkdir()
        for name, config in configurations(sandbox).items():
            (written / name).write_text(json.dumps(config))
        yield directory


def main(pytest_args: list[str]) -> int:
    """:return: 0 when every test passed, or was skipped because its scenario does not list the command"""
    # A run of its own, also inside of another pytest.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    arguments = [f"--pytest-arg={argument}" for argument in (*WITHOUT_IMAGES, *STRICT, *pytest_args)]
    bill = BillShape(first_day=PREMIUM_REQUESTS_SINCE)
    with (
        Sandbox(bill, AS_OF, export_polls=0, enterprise_installation=True) as sandbox,
        connector_directory(sandbox) as directory,
    ):
        command = [sys.executable, "-m", standard_tests.__name__, repr(sandbox.clock.seconds_ahead)]
        ran = subprocess.run(
            [*command, "connector", "test", str(directory), *arguments], cwd=ROOT, env=environment, check=False
        )
        if ran.returncode:
            return ran.returncode
        return summarize(directory / RESULTS)


def summarize(results: Path) -> int:
    """Why tests were skipped, counted. A skip for another reason than NOT_LISTED counts as a failure."""
    outcomes: Counter[str] = Counter()
    other = set()
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314  # pytest wrote it a moment ago
        skipped = case.find("skipped")
        reason = "" if skipped is None else skipped.get("message", "")
        if skipped is None:
            outcomes["passed"] += 1
        elif NOT_LISTED.search(reason):
            outcomes["skipped"] += 1
        else:
            other.add(reason)
    print(
        f"Standard tests: {outcomes['passed']} passed; {outcomes['skipped']} skipped, because "
        "acceptance-test-config.yml does not list that configuration for that command."
    )
    for reason in sorted(other):
        print(f"Skipped for another reason: {reason}", file=sys.stderr)
    return 1 if other or not outcomes["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
