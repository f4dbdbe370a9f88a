"""The tree for Airbyte's monorepo: the same package, and what the monorepo wants beside it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml

from integration_tests.packaging.airbyte_export import (
    NAME,
    PACKAGE,
    ROOT,
    export,
    poetry_project,
    without_relative_links,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("export") / "airbyte"
    export(target, with_lock=False)
    return target


@pytest.fixture(scope="module")
def connector(tree: Path) -> Path:
    return tree / "airbyte-integrations" / "connectors" / NAME


def _toml(path: Path) -> dict[str, Any]:
    return tomlkit.parse(path.read_text()).unwrap()


def test_the_package_is_the_same_but_for_comments(connector: Path) -> None:
    for path in (ROOT / PACKAGE).rglob("*.py"):
        exported = connector / path.relative_to(ROOT)
        assert ast.dump(ast.parse(exported.read_text())) == ast.dump(ast.parse(path.read_text())), path
    for name in ("spec.yaml", "schemas/usage.json"):
        exported_text = (connector / PACKAGE / name).read_text()
        assert yaml.safe_load(exported_text) == yaml.safe_load((ROOT / PACKAGE / name).read_text())
    assert yaml.safe_load((connector / "metadata.yaml").read_text()) == yaml.safe_load(
        (ROOT / "metadata.yaml").read_text()
    )


def test_there_are_no_tests_and_no_dockerfile(connector: Path) -> None:
    assert {path.name for path in connector.iterdir()} == {
        *("metadata.yaml", "icon.svg", "acceptance-test-config.yml", "LICENSE", "README.md", "pyproject.toml"),
        PACKAGE,
    }


def test_poetry_gets_what_the_package_says_of_itself(connector: Path) -> None:
    poetry, project = _toml(connector / "pyproject.toml")["tool"]["poetry"], _toml(ROOT / "pyproject.toml")["project"]
    assert {key: poetry[key] for key in ("name", "version", "license", "scripts")} == {
        key: project[key] for key in ("name", "version", "license", "scripts")
    }
    assert poetry["dependencies"].pop("python") == project["requires-python"]
    assert {f"{name}{version}" for name, version in poetry["dependencies"].items()} == set(project["dependencies"])


def test_a_dependency_that_poetry_would_read_otherwise_is_refused() -> None:
    project = _toml(ROOT / "pyproject.toml")["project"]
    with pytest.raises(ValueError, match=r"not written as Poetry's dependency: rich\[all\]>=13"):
        poetry_project({**project, "dependencies": ["rich[all]>=13"]})


def test_the_page_leads_to_public_pages_alone(tree: Path) -> None:
    page = (tree / "docs" / "integrations" / "sources" / "github-copilot-billing.md").read_text()
    assert page.startswith("# GitHub Copilot Billing\n")
    assert "](../" not in page
    text = "[a](../CONTRIBUTING.md), [b](https://x.org/y) and [c](#here)"
    assert without_relative_links(text) == "a, [b](https://x.org/y) and [c](#here)"


def test_only_marked_lines_have_an_address_without_tls(connector: Path) -> None:
    for path in (connector / PACKAGE).rglob("*"):
        if path.suffix in (".py", ".yaml", ".json"):
            for line in path.read_text().replace("http://json-schema.org", "").splitlines():
                assert "http://" not in line or "# ignore-https-check" in line or line.lstrip().startswith("#"), path
