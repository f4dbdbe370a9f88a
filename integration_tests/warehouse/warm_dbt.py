"""dbt's command in a process that has parsed the package, and parses it once for each choice that changes the result.

Needs dbt's environment. The process is forked for each run of dbt, see `testing/forking.py`. What dbt prepares at its
first use is there then, and what a run has parsed is kept for the next ones: parsing takes most of a run's time.
"""

import hashlib
import json
import os
import pickle
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "warehouse" / "dbt"
(SOURCE,) = yaml.safe_load((PACKAGE / "models/sources.yml").read_text())["sources"]
KEPT = tempfile.TemporaryDirectory(prefix="parsed-")


def cli() -> None:
    arguments = sys.argv[1:]
    place = str(PACKAGE) in arguments and arguments.index("--project-dir")
    command = next((name for name in ("run", "build", "compile") if name in arguments), None)
    if not (place and command):
        raise SystemExit(_code(dbtRunner().invoke(arguments)))
    parse = [*arguments[: arguments.index(command)], "parse", *arguments[place:]]
    kept = Path(KEPT.name, _what_parsing_depends_on(parse))
    if not kept.exists():
        parsed = dbtRunner().invoke(parse)
        if not parsed.success:
            raise SystemExit(_code(parsed))
        # Without its indexes: it makes them when they are needed, and does not unpickle them.
        parts = {each.name: getattr(parsed.result, each.name) for each in fields(Manifest) if each.name[0] != "_"}
        new = kept.with_suffix(f".{os.getpid()}")
        new.write_bytes(pickle.dumps(parts))
        new.rename(kept)
    manifest = Manifest(**pickle.loads(kept.read_bytes()))  # noqa: S301 - written by these lines
    raise SystemExit(_code(dbtRunner(manifest=manifest).invoke(arguments)))


def _what_parsing_depends_on(arguments: Sequence[str]) -> str:
    """A name for the options, and for the warehouse: dbt writes the names of its database and schema into each node."""
    paths = ("--target-path", "--log-path")
    options = [each for before, each in zip(["", *arguments], arguments, strict=False) if before not in paths]
    names = [os.environ.get(name) for name in ("DBT_TARGET", "COPILOT_SCHEMA", "COPILOT_POSTGRES_DATABASE")]
    # A DuckDB database is called like its file.
    names.append(Path(os.environ.get("COPILOT_DUCKDB", "")).stem)
    return hashlib.sha256(json.dumps([options, names]).encode()).hexdigest()


def _code(done: dbtRunnerResult) -> int:
    """The exit code, as dbt's own command ends."""
    return 0 if done.success else 1 if done.exception is None else 2


with tempfile.TemporaryDirectory() as work:
    # A run has the environment that it is started with.
    os.environ |= {"DBT_TARGET": "duckdb", "COPILOT_DUCKDB": f"{work}/bill.duckdb"}
    variables = {"github_copilot_streams": [table["name"] for table in SOURCE["tables"]]}
    # The static parser is a thread pool of its own, which does not outlive a fork.
    quiet = [
        "--quiet",
        "--no-static-parser",
        "--no-version-check",
        "--no-send-anonymous-usage-stats",
        "--log-level-file",
        "none",
    ]
    places = ["--project-dir", str(PACKAGE), "--profiles-dir", str(HERE), "--target-path", work, "--log-path", work]
    dbtRunner().invoke([*quiet, "--no-write-json", "parse", *places, "--vars", json.dumps(variables)])
