"""python -m integration_tests.packaging.standard_tests SECONDS_AHEAD …: `airbyte-cdk`, by a clock that is handed in.

Airbyte's tests make the connector themselves, and hand it nothing.
"""

import functools
import sys

from airbyte_cdk.cli.airbyte_cdk import cli

import source_github_copilot_billing
from testing.moved_clock import MovedClock

if __name__ == "__main__":
    clock = MovedClock(float(sys.argv.pop(1)))
    connector = source_github_copilot_billing.SourceGithubCopilotBilling
    vars(source_github_copilot_billing)[connector.__name__] = functools.partial(connector, clock)
    cli()
