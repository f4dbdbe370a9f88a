"""`make airbyte-checks`: Airbyte's own checks of a connector, all up to support level 300, on the exported tree.

Runs in an environment of its own, with Airbyte's package `airbyte-internal-ops`, whose dependencies are not the
connector's. Its command asks four services: the connector registries, Airbyte's repository, Docker Hub and each link of
the page. Here nothing leaves the machine: the registries and the repository do not know the connector yet, and what is
not looked up is named.

    python integration_tests/packaging/airbyte_checks.py DIRECTORY
"""

from __future__ import annotations

import os
import sys
from typing import Any

from airbyte_ops_mcp import metadata_validator
from airbyte_ops_mcp.connector_ops import utils
from airbyte_ops_mcp.connector_qa.checks import ENABLED_CHECKS
from airbyte_ops_mcp.connector_qa.checks.documentation.documentation import CheckDocumentationLinks
from airbyte_ops_mcp.connector_qa.checks.version import CheckVersionIncrement
from airbyte_ops_mcp.connector_qa.models import CheckStatus

NAME = "source-github-copilot-billing"
SUPPORT_LEVEL = 300


class NewConnector(utils.Connector):  # type: ignore[misc]
    """One that no registry lists yet, held to the rules of a high support level."""

    is_released = False
    cloud_usage = None
    ab_internal_sl = SUPPORT_LEVEL


def _not_in_the_repository(self: Any, connector: Any) -> None:
    """The metadata on Airbyte's main branch."""


def _not_looked_up(image: str, *_: object, **__: object) -> bool:
    print(f"not run offline: whether Docker Hub has {image}")
    return True


def _not_released(image: str) -> None:
    """The newest version of the connector's own image on Docker Hub."""


def main(directory: str) -> int:
    os.chdir(directory)
    CheckVersionIncrement._get_master_metadata = _not_in_the_repository
    metadata_validator.is_image_on_docker_hub = _not_looked_up
    metadata_validator.get_latest_version_on_dockerhub = _not_released
    connector = NewConnector(NAME)
    failed = 0
    for check in ENABLED_CHECKS:
        if isinstance(check, CheckDocumentationLinks):
            print(f"not run offline: {check.name}")
            continue
        result = check.run(connector)
        failed += result.status is CheckStatus.FAILED
        print(f"{result.status.name.lower()}: {check.name}: {result.message}")
    print(f"{failed} of {len(ENABLED_CHECKS)} checks failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
