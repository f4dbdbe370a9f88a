"""The SQL of the models as dbt compiles it for one warehouse, without a connection to it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse.models import PACKAGE, run_dbt

PROFILES = Path(__file__).parent
STREAMS = tuple(
    table["name"] for table in yaml.safe_load((PACKAGE / "models/sources.yml").read_text())["sources"][0]["tables"]
)


def compiled(dialect: str, work: Path, streams: Iterable[str] = STREAMS, **variables: object) -> dict[str, str]:
    """Compile the models, and give each one's SQL as `compiled_models` does."""
    compile_models(dialect, work, streams, **variables)
    return compiled_models(work)


def compiled_once(
    dialect: str, paths: pytest.TempPathFactory, streams: Iterable[str] = STREAMS, **variables: object
) -> Path:
    """The directory in which the models were compiled so, once for all processes of the test run."""
    shared = paths.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    chosen = json.dumps([dialect, *streams, variables], sort_keys=True).encode()
    work = shared / f"models-{hashlib.sha256(chosen).hexdigest()[:16]}"
    with open(f"{work}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not Path(f"{work}.done").exists():
            work.mkdir()
            compile_models(dialect, work, streams, **variables)
            Path(f"{work}.done").touch()
    return work


def compile_models(dialect: str, work: Path, streams: Iterable[str] = STREAMS, **variables: object) -> None:
    """:param work: an empty directory
    :param variables: of the package
    """
    # Without the tests: there are more than ten of them for each model, and nobody here reads their SQL.
    options = ["compile", "--no-introspect", "--no-populate-cache", "--exclude", "resource_type:test"]
    environment = {"DBT_TARGET": dialect, "COPILOT_DUCKDB": str(work / "bill.duckdb")}
    run_dbt(options, environment, {"github_copilot_streams": list(streams), **variables}, work, PROFILES)


def compiled_models(work: Path) -> dict[str, str]:
    """Every model's SELECT by the model's name; a model comes after those that it reads."""
    found = manifest(work)
    models = {key: node for key, node in found["nodes"].items() if node["resource_type"] == "model"}
    ordered: dict[str, str] = {}
    while models:
        ready = [key for key, node in models.items() if not {*node["depends_on"]["nodes"]} & {*models}]
        for key in ready:
            node = models.pop(key)
            ordered[node["name"]] = (
                work / "target" / "compiled" / "github_copilot_billing" / node["original_file_path"]
            ).read_text()
    return ordered


def staging_of(models: Mapping[str, str]) -> dict[str, str]:
    """Of compiled models those that tell which rows stand: staging, and what it reads."""
    return needed_by(" ".join(name for name in models if name.startswith("stg_")), models)


def needed_by(sql: str, models: Mapping[str, str]) -> dict[str, str]:
    """Of compiled models those that a query reads, and those that these read."""
    wanted = {*re.findall(r"\w+", sql)}
    # A model comes after those that it reads.
    for name, select in reversed([*models.items()]):
        if name in wanted:
            wanted.update(re.findall(r"\w+", select))
    return {name: select for name, select in models.items() if name in wanted}


def manifest(work: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((work / "target" / "manifest.json").read_text())
    return found
