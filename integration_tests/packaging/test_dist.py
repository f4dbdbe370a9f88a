"""The wheel and the source package: what is in them, and that the wheel alone gives all commands."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from integration_tests.support.check import SMALL_BILL
from sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "source_github_copilot_billing"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*-py3-none-any.whl")
    return path


def _package_files() -> set[str]:
    listed = subprocess.run(["git", "ls-files", PACKAGE], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    return set(listed.stdout.split())


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    metadata = {name for name in names if ".dist-info/" in name}
    assert names - metadata == _package_files()
    assert {name.partition(".dist-info/")[2] for name in metadata} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_source_package_has_what_the_wheel_is_built_of(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    # .gitignore: the build tool puts it into each source package.
    assert names == _package_files() | {"README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}


def test_the_page_of_the_index_renders_and_has_no_link_into_the_repository(dist: Path, wheel: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir()], check=True, capture_output=True
    )
    (name,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA")]
    metadata = email.message_from_bytes(zipfile.ZipFile(wheel).read(name))
    text = str(metadata.get_payload())
    assert "pip install airbyte-source-github-copilot-billing" in text
    assert re.findall(r"\]\((?!https:)", text) == []
    classifiers = metadata.get_all("Classifier") or []
    assert f"Programming Language :: Python :: {sys.version_info.major}.{sys.version_info.minor}" in classifiers


def test_the_wheel_alone_gives_every_command(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    # What it depends on is here already; the package itself comes from the wheel.
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", installed, wheel], check=True
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    assert run("-c", f"import {PACKAGE}; print({PACKAGE}.__file__)").startswith(str(installed))
    script = installed / "bin" / "source-github-copilot-billing"
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    stream = {"name": "usage", "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    catalog.write_text(json.dumps({"streams": [{"stream": stream, **modes}]}))
    with Sandbox(SMALL_BILL) as sandbox:
        config.write_text(json.dumps(sandbox.enterprise_config(start_date=f"{sandbox.bill.today:%Y-%m}-01")))
        assert '"connectionSpecification"' in run(script, "spec")
        assert '"status":"SUCCEEDED"' in run(script, "check", "--config", config)
        assert '"name":"usage"' in run(script, "discover", "--config", config)
        assert '"type":"RECORD"' in run(script, "read", "--config", config, "--catalog", catalog)
        assert "money by GitHub's bill" in run(script, "preview", "--config", config, "--days", "3")
