"""`make airbyte-export`: the tree that Airbyte's monorepo takes, made of this repository. It is never kept.

The monorepo wants Poetry's form of pyproject.toml and its lock, no Dockerfile, and the page of the documentation beside
all others. The tests stay here: they need the local GitHub.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "source-github-copilot-billing"
PACKAGE = "source_github_copilot_billing"
COPIED = ("metadata.yaml", "icon.svg", "acceptance-test-config.yml", "LICENSE")
# Of a line that only compares a scheme. Airbyte's check looks for a plain http://, in comments behind code too.
IGNORED = "# ignore-https-check"
RELATIVE_LINK = re.compile(r"\[([^\]]*)\]\((?!https:|#)[^)]*\)")


def export(target: Path, with_lock: bool = True) -> Path:
    """:param target: a directory that is made anew
    :param with_lock: needs Poetry, and the package registry
    :return: the connector's directory
    """
    shutil.rmtree(target, ignore_errors=True)
    connector = target / "airbyte-integrations" / "connectors" / NAME
    connector.mkdir(parents=True)
    listed = subprocess.run(["git", "ls-files", PACKAGE], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    for name in (*listed.stdout.split(), *COPIED):
        (connector / name).parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text(encoding="utf-8")
        (connector / name).write_text(_marked(name, text), encoding="utf-8")
    (connector / "README.md").write_text(without_relative_links(_readme()), encoding="utf-8")
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()["project"]
    (connector / "pyproject.toml").write_text(poetry_project(project), encoding="utf-8")
    if with_lock:
        subprocess.run([sys.executable, "-m", "poetry", "lock", "--quiet"], cwd=connector, check=True)
    page = target / "docs" / "integrations" / "sources" / "github-copilot-billing.md"
    page.parent.mkdir(parents=True)
    text = (ROOT / "docs" / page.name).read_text(encoding="utf-8")
    page.write_text(without_relative_links(text), encoding="utf-8")
    return connector


def _marked(name: str, text: str) -> str:
    if not name.endswith((".py", ".yaml")):
        return text
    return "".join(
        f"{line.rstrip()}  {IGNORED}\n"
        if "http://" in line.replace("http://json-schema.org", "") and not line.lstrip().startswith("#")
        else line
        for line in text.splitlines(keepends=True)
    )


def without_relative_links(text: str) -> str:
    """Their text alone: they lead into this repository."""
    return RELATIVE_LINK.sub(r"\1", text)


def _readme() -> str:
    return (
        "# GitHub Copilot Billing\n\n"
        "The [documentation](https://docs.airbyte.com/integrations/sources/github-copilot-billing) says what it reads "
        "and how to set it up.\n\n"
        "```bash\npoetry install\n"
        f"poetry run {NAME} spec\npoetry run {NAME} check --config secrets/config.json\n```\n"
    )


def poetry_project(project: Mapping[str, Any]) -> str:
    """:param project: the table of pyproject.toml"""
    poetry = {
        **{key: project[key] for key in ("name", "version", "description", "license")},
        "authors": ["Airbyte <contact@airbyte.io>"],
        "readme": "README.md",
        "documentation": project["urls"]["Documentation"],
        "packages": [{"include": PACKAGE}],
        "dependencies": {
            "python": project["requires-python"],
            **dict(_poetry_dependency(one) for one in project["dependencies"]),
        },
        "scripts": project["scripts"],
    }
    build = {"requires": ["poetry-core>=1.0.0"], "build-backend": "poetry.core.masonry.api"}
    return tomlkit.dumps({"build-system": build, "tool": {"poetry": poetry}})


def _poetry_dependency(requirement: str) -> tuple[str, str]:
    """The name and the versions of a requirement without extras and markers."""
    match = re.fullmatch(r"([A-Za-z0-9._-]+)\s*([<>=!~0-9.,\s]+)", requirement)
    if match is None:
        raise ValueError(f"not written as Poetry's dependency: {requirement}")
    return match[1], match[2]


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the tree that Airbyte's monorepo takes.")
    parser.add_argument("target", type=Path, help="a directory that is made anew")
    connector = export(parser.parse_args().target.absolute())
    print(f"The connector is in {connector}, its page in docs/ beside it.")


if __name__ == "__main__":
    main()
