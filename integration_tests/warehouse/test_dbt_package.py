"""The dbt package by itself, as a registry of packages tries it: its own small project, with seeds."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration_tests.warehouse.compiled import manifest
from warehouse import models
from warehouse.models import PACKAGE


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which dbt has built the project; its manifest is in target/."""
    work = tmp_path_factory.mktemp("package")
    shutil.copytree(PACKAGE, work / "dbt")
    project = work / "dbt" / "integration_tests"
    environment = {**os.environ, "COPILOT_DUCKDB": str(work / "bill.duckdb"), "COPILOT_SCHEMA": "copilot"}
    for command in (["deps"], ["seed"], ["build", "--exclude", "resource_type:seed"]):
        done = subprocess.run(
            [
                models.DBT,
                "--no-use-colors",
                "--no-send-anonymous-usage-stats",
                *command,
                "--profiles-dir",
                work / "dbt",
            ],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_its_seeds_alone_build_and_test_the_models_that_need_no_more(built: Path) -> None:
    results = yaml.safe_load((built / "target" / "run_results.json").read_text())["results"]
    ran = {result["unique_id"].split(".", 2)[2]: result["status"] for result in results}
    assert ran["github_copilot__cost_by_month"] == "success"
    assert ran["the_bill_has_what_stands"] == "pass"


def test_sources_are_fresh_by_the_day_they_were_read(built: Path) -> None:
    sources: dict[str, Any] = manifest(built)["sources"]
    assert {source["loaded_at_field"] for source in sources.values()} == {"read_at"}


def test_other_projects_may_build_on_the_marts_alone(built: Path) -> None:
    found = [node for node in manifest(built)["nodes"].values() if node["resource_type"] == "model"]
    own = {node["name"]: node["access"] for node in found if node["package_name"] == "github_copilot_billing"}
    assert set(own.values()) == {"public", "protected"}
    assert {name for name, access in own.items() if access == "public"} == {
        name for name in own if name.startswith("github_copilot__")
    }


def test_everything_in_it_is_described(built: Path) -> None:
    found = manifest(built)
    own = [
        entry
        for kind in ("nodes", "sources", "macros")
        for entry in found[kind].values()
        if entry["package_name"] == "github_copilot_billing" and entry["resource_type"] in ("model", "source", "macro")
    ]
    assert own and [entry["name"] for entry in own if not entry["description"]] == []
    assert (PACKAGE / "LICENSE").read_text() == (PACKAGE.parent.parent / "LICENSE").read_text()
