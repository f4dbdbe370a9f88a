"""dbt many times in one process, which parses the package once for each choice of variables: python dbt_session.py.

Needs dbt's environment, and is a program of its own. It reads a JSON list of dbt's arguments from each line of its
input, and writes a line for each: `built`, or what went wrong. In between it lets go of the warehouse.
"""

import contextlib
import io
import json
import sys

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

QUIET = (
    "--quiet",
    "--no-use-colors",
    "--no-version-check",
    "--no-send-anonymous-usage-stats",
    "--log-level-file",
    "none",
)


def main() -> None:
    answers = sys.stdout
    manifests: dict[str, Manifest] = {}
    for line in sys.stdin:
        command, *options, variables = json.loads(line)
        complaints = io.StringIO()
        with contextlib.redirect_stdout(complaints):
            if variables not in manifests:
                parsed = dbtRunner().invoke([*QUIET, "parse", "--no-partial-parse", "--vars", variables])
                if not isinstance(parsed.result, Manifest):
                    raise SystemExit(f"{complaints.getvalue()}{parsed.exception}")
                manifests[variables] = parsed.result
            done = dbtRunner(manifest=manifests[variables]).invoke([*QUIET, command, *options, "--vars", variables])
        DuckDBConnectionManager.close_all_connections()
        print("built" if done.success else json.dumps(complaints.getvalue()), file=answers, flush=True)


if __name__ == "__main__":
    main()
