"""`make sync CONFIG=…`: reads a real bill into a DuckDB file; a second call reads what is new or changed since."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from warehouse.errors import LoadError
from warehouse.load import PRIVATE_DIRECTORY
from warehouse.load.connection import Connection
from warehouse.load.connector import SCRIPT
from warehouse.load.summary import QUERIES, costs, top
from warehouse.load.warehouse import open_duckdb, query_command, schema_of
from warehouse.models import build_models
from warehouse.page.render import write_page
from warehouse.private_files import write_for_this_user_alone


def main(script: Path = SCRIPT) -> int:
    """:param script: the connector's command"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, help="the connector's configuration, a JSON file")
    parser.add_argument("--duckdb", type=Path, default=Path("github_copilot_billing.duckdb"))
    options = parser.parse_args()
    write_for_this_user_alone()
    os.environ["TMPDIR"] = PRIVATE_DIRECTORY  # of the connector and dbt: a killed one leaves nothing elsewhere
    told = [signal.SIGINT]

    def stop(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  (a handler's signature)
        told.append(signal.Signals(signum))
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)  # like Ctrl-C: without it the connector would go on
    try:
        sync(_config(options.config), options.duckdb, script)
    except LoadError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next sync goes on from here.", file=sys.stderr)
        return 128 + told[-1]
    return 0


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise LoadError(f"The configuration {path} is not JSON: {error}.") from error
    if not isinstance(config, dict):
        raise LoadError(f"The configuration {path} is not a JSON object.")
    return config


def sync(config: dict[str, Any], path: Path, script: Path) -> None:
    """:raises LoadError: with a sentence for the user"""
    connection = Connection(config, script=script)
    print("Checking the connection …", flush=True)
    connection.check()
    streams = connection.streams()
    schema = schema_of(config)
    print(f"Reading {' and '.join(streams)} into {path}, schema {schema} …", flush=True)
    started = time.monotonic()
    with open_duckdb(path, schema) as warehouse:
        try:
            rows = connection.sync(warehouse, streams)
        except LoadError:
            # Rows that came despite the error are in the models too.
            build_models(warehouse, streams)
            raise
        counts = ", ".join(f"{count:,} of {stream}" for stream, count in rows.items())
        print(f"Rows new or read again: {counts}; in {time.monotonic() - started:.0f} s.")
        print("Building the models …\n", flush=True)
        build_models(warehouse, streams)
        if "usage" in streams:
            print(*costs(warehouse), sep="\n")
        if "ai_credit_usage" in streams:
            for title, lines in top(warehouse):
                print(f"\n{title[0].upper() + title[1:]}\n\n{lines}")
    page = path.with_suffix(".html")
    write_page(path, page)
    print(f"\nThe page with all charts is {page}: open it in a browser.")
    print(f"The bill is in {path}, the models on it are described in warehouse/dbt/. One query to try:\n")
    print(query_command(path, QUERIES[schema]))


if __name__ == "__main__":
    sys.exit(main())
