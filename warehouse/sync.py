"""`make sync CONFIG=…`: reads a real bill into a DuckDB file; a second call reads what is new or changed since."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from warehouse.errors import LoadError
from warehouse.load import PRIVATE_DIRECTORY
from warehouse.load.connection import Connection, IncompleteError
from warehouse.load.connector import SCRIPT
from warehouse.load.headlines import headlines, totals_of
from warehouse.load.progress import fitted, show
from warehouse.load.summary import QUERIES, costs, top
from warehouse.load.warehouse import open_duckdb, query_command, schema_of
from warehouse.models import build_models
from warehouse.page.render import write_page
from warehouse.private_files import write_for_this_user_alone

# What the command ends with, for a scheduler. 2 is a wrong command line, and 128 and more a signal.
ALL, NOTHING, SOME = 0, 1, 3
EXIT_CODES = f"""Exit codes: {ALL} all was read and loaded; {SOME} some of it, and what is missing is said; {NOTHING}
nothing, or the models could not be built. (make itself ends with 2 where this does not end with 0.)"""


def main(script: Path = SCRIPT) -> int:
    """:param script: the connector's command"""
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("config", type=Path, help="the connector's configuration, a JSON file")
    parser.add_argument("--duckdb", type=Path, default=Path("github_copilot_billing.duckdb"))
    parser.add_argument("--streams", default="", help='only these, such as "usage ai_credit_usage"; all by default')
    options = parser.parse_args()
    write_for_this_user_alone()
    os.environ["TMPDIR"] = PRIVATE_DIRECTORY  # of the connector and dbt: a killed one leaves nothing elsewhere
    told = [signal.SIGINT]

    def stop(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  (a handler's signature)
        told.append(signal.Signals(signum))
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)  # like Ctrl-C: without it the connector would go on
    try:
        return sync(_config(options.config), options.duckdb, script, options.streams.replace(",", " ").split())
    except LoadError as error:
        print(error, file=sys.stderr)
        return NOTHING
    except KeyboardInterrupt:
        print("\nStopped. The next sync goes on from here.", file=sys.stderr)
        return 128 + told[-1]


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


def sync(config: dict[str, Any], path: Path, script: Path, streams: Sequence[str]) -> int:
    """:param streams: those to read; all of them where there are none
    :return: the exit code: ALL, SOME or NOTHING
    :raises LoadError: with a sentence for the user, when nothing could be read or written
    """
    connection = Connection(config, script=script)
    chosen = _chosen(connection.streams(), streams)
    schema, is_new = schema_of(config), not path.exists()
    rows: Mapping[str, int]
    failures: Mapping[str, Sequence[str]] = {}
    started = time.monotonic()
    with open_duckdb(path, schema) as warehouse:
        show(f"Reading {', '.join(chosen)} into {path}, schema {schema} …")
        before = totals_of(warehouse)
        try:
            rows = connection.sync(warehouse, chosen)
        except IncompleteError as error:
            if not any(error.rows.values()):  # every finished read leaves a receipt, which is a row
                if is_new:
                    warehouse.close()
                    path.unlink()
                raise
            failures, rows = error.failures, error.rows
        counts = ", ".join(f"{count:,} of {stream}" for stream, count in rows.items())
        show(f"Rows new or read again: {counts}; in {time.monotonic() - started:.0f} s.")
        _complain(failures, chosen)
        print("Building the models …\n", flush=True)
        present = warehouse.tables()
        build_models(warehouse, present)
        if "usage" in present:
            print(*costs(warehouse), sep="\n")
        if "ai_credit_usage" in present:
            for title, lines in top(warehouse):
                print(f"\n{title[0].upper() + title[1:]}\n\n{lines}")
        print(f"\nThe bill is in {path}, the models on it are described in warehouse/dbt/. One query to try:\n")
        print(f"{query_command(path, QUERIES[schema])}\n")
        last = list(headlines(warehouse, [_named(*failure) for failure in failures.items()], before))
    page = path.with_suffix(".html")
    write_page(path, page)
    for line in last:
        print(line)
    print(f"The page with all charts is {page}: open it in a browser.")
    return SOME if failures else ALL


def _chosen(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """:raises LoadError: when one of them does not exist"""
    if unknown := sorted({*wanted} - {*known}):
        raise LoadError(f"There is no stream {unknown[0]}: the streams are {', '.join(known)}.")
    # The models need the receipts of what was read.
    return [stream for stream in known if not wanted or stream in wanted or stream == "reads"]


def _complain(failures: Mapping[str, Sequence[str]], chosen: Sequence[str]) -> None:
    """Say what is missing, why, and what to do."""
    if not failures:
        return
    failed = {stream for streams in failures.values() for stream in streams}
    lines = ["", "NOT EVERYTHING WAS READ. What was read is loaded; the next sync reads the rest again."]
    lines += [f"- {_named(text, streams)}" for text, streams in failures.items()]
    if failed and (rest := [stream for stream in chosen if stream not in failed and stream != "reads"]):
        lines.append(f'To leave {", ".join(sorted(failed))} out: make sync STREAMS="{" ".join(rest)}"')
    print(fitted("\n".join(lines)), end="\n\n", file=sys.stderr, flush=True)


def _named(text: str, streams: Sequence[str]) -> str:
    return f"{', '.join(streams)}: {text}" if streams else text


if __name__ == "__main__":
    sys.exit(main())
