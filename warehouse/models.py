"""Builds the models of `warehouse/dbt` on what was loaded, with dbt in an environment of its own."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from warehouse.errors import LoadError
from warehouse.load import PRIVATE_DIRECTORY
from warehouse.load.warehouse import Warehouse

PACKAGE = Path(__file__).parent / "dbt"
# dbt wants other versions of some libraries than the connector does.
DBT = Path(__file__).parent.parent / ".venv-dbt" / "bin" / "dbt"


def build_models(warehouse: Warehouse, streams: Iterable[str], command: str = "run") -> None:
    """Makes the models of these streams (or makes them again), in the warehouse's schema.

    :param streams: those that were synced; one that the package has no models of is left out
    :param command: of dbt: `run` makes the models, `build` tests them too
    :raises LoadError: with what dbt says
    """
    known = sorted({*streams} & streams_with_models())
    # dbt leaves compiled files behind; what it would write for a next run goes away with them.
    with tempfile.TemporaryDirectory(prefix="models-", dir=PRIVATE_DIRECTORY) as work:
        options = ["--no-write-json", "--no-partial-parse", command]
        run_dbt(options, warehouse.dbt_environment(), {"github_copilot_streams": known}, Path(work))


def streams_with_models() -> set[str]:
    """The streams that the package reads."""
    (source,) = yaml.safe_load((PACKAGE / "models/sources.yml").read_text())["sources"]
    return {table["name"] for table in source["tables"]}


def run_dbt(
    arguments: Iterable[str],
    environment: Mapping[str, str],
    variables: Mapping[str, object],
    work: Path,
    profiles: Path = PACKAGE,
) -> None:
    """:param environment: what profiles.yml reads, such as where the warehouse is
    :param work: a directory for what dbt writes: manifest and compiled SQL in `target`
    :param profiles: the directory of profiles.yml
    :raises LoadError: with what dbt says"""
    if not DBT.is_file():
        raise LoadError(f"dbt is not installed in {DBT.parent.parent}: `make models` installs it.")
    done = subprocess.run(  # noqa: S603  (our own command)
        [
            DBT,
            *("--quiet", "--no-use-colors", "--no-version-check", "--no-send-anonymous-usage-stats"),
            *arguments,
            *("--project-dir", PACKAGE, "--profiles-dir", profiles),
            # Nobody reads a log that goes away with the directory, and writing one takes a tenth of the time.
            *("--target-path", work / "target", "--log-path", work / "logs", "--log-level-file", "none"),
            *("--vars", json.dumps(dict(variables))),
        ],
        cwd=work,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LoadError(f"dbt could not build the models:\n{done.stdout}{done.stderr}")
