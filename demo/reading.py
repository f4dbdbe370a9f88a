"""Reads connections side by side, each into a DuckDB file of its own, and makes one file of them."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from warehouse.load.connection import Connection
from warehouse.load.progress import fitted
from warehouse.load.warehouse import open_duckdb, schema_of
from warehouse.models import build_models
from warehouse.names import as_identifier, as_literal

Say = Callable[[str], None]


class Reading:
    """One connection and the file that it is read into: one process at a time writes a DuckDB file, and dbt is one."""

    def __init__(self, name: str, config: dict[str, Any], directory: Path, say: Say) -> None:
        self.schema = schema_of(config)
        # A file and a schema of the same name would be one name for two things in DuckDB.
        self.file = directory / f"{self.schema}_bill.duckdb"
        self.streams: list[str] = []
        self._name, self._say = name, say
        self._connection = Connection(config, self._tell, is_alone=False)

    def check_and_discover(self) -> None:
        self._connection.check()
        self._tell("check: succeeded")
        self.streams = self._connection.streams()
        self._tell(f"discover: {', '.join(self.streams)}")

    def sync(self, which: str, streams: Sequence[str]) -> None:
        started = time.monotonic()
        with open_duckdb(self.file, self.schema) as warehouse:
            rows = self._connection.sync(warehouse, streams)
        counts = ", ".join(f"{count:,} rows of {stream}" for stream, count in rows.items())
        self._tell(f"{which}: {counts} in {time.monotonic() - started:.0f} s")

    def build_models(self) -> None:
        started = time.monotonic()
        with open_duckdb(self.file, self.schema) as warehouse:
            build_models(warehouse, self.streams, "build")
        self._tell(f"models built and tested in {time.monotonic() - started:.0f} s")

    def _tell(self, line: str) -> None:
        if "installation of the GitHub App is suspended" in line:
            line += " (on purpose: one of the made-up organizations is suspended)"
        self._say(fitted(f"{self._name}: {line.strip()}"))


def side_by_side(*steps: Callable[[], None]) -> None:
    """:raises Exception: that of the first step that failed, once all have ended"""
    with ThreadPoolExecutor(len(steps)) as pool:
        for running in [pool.submit(step) for step in steps]:
            running.result()


def join(files: Iterable[Path], target: Path) -> None:
    """Copies all schemas of the files into a new file."""
    with duckdb.connect(target) as database:
        for file in files:
            database.execute(f"attach {as_literal(str(file))} as part (read_only)")
            database.execute(f"copy from database part to {as_identifier(target.stem)}")
            database.execute("detach part")
