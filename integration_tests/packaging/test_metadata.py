"""metadata.yaml, pyproject.toml, the Dockerfile and the connector name the same things."""

import logging
import re
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import ConnectorLanguage, MetadataFile

from integration_tests.support.check import SMALL_BILL
from integration_tests.support.connector import sync
from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.errors import Code
from source_github_copilot_billing.sync.heartbeat import LONGEST_SILENCE_SECONDS
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "source-github-copilot-billing"


@pytest.fixture(scope="module")
def metadata() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "metadata.yaml").read_text())
    assert loaded["metadataSpecVersion"] == "1.0"
    data: dict[str, Any] = loaded["data"]
    return data


def told(pattern: str, file: str) -> str:
    """What a file says in the place of the pattern's group."""
    match = re.search(pattern, (ROOT / file).read_text(), re.MULTILINE)
    assert match is not None, f"{file} says nothing like {pattern}"
    return match.group(1)


def test_the_cdk_reads_the_metadata() -> None:
    file = MetadataFile.from_file(ROOT / "metadata.yaml")
    assert file.data.language is ConnectorLanguage.PYTHON
    assert "cdk:python" in file.data.tags


def test_token_for_billing_alone_reads_every_suggested_stream(metadata: dict[str, Any]) -> None:
    suggested = metadata["suggestedStreams"]["streams"]
    with Sandbox(SMALL_BILL, pat_scopes=("manage_billing:enterprise",), export_polls=0) as sandbox:
        found = sync(sandbox.enterprise_config(start_date="2026-05-01"), suggested, clock=VirtualClock())
    assert not found.errors
    assert found.statuses == dict.fromkeys(suggested, "COMPLETE")


@pytest.mark.parametrize(
    "stream", ["seats", "metrics", "metrics_breakdown", "user_metrics", "user_teams", "repository_metrics"]
)
def test_token_for_billing_alone_is_refused_what_is_not_suggested(stream: str, metadata: dict[str, Any]) -> None:
    assert stream not in metadata["suggestedStreams"]["streams"]
    with Sandbox(SMALL_BILL, pat_scopes=("manage_billing:enterprise",)) as sandbox:
        found = sync(sandbox.enterprise_config(), [stream], clock=VirtualClock())
    assert "with the scope manage_billing:copilot or read:enterprise" in found.errors[0]


def test_the_image_tag_is_the_packages_version(metadata: dict[str, Any]) -> None:
    version = told(r'^version = "([^"]+)"', "pyproject.toml")
    assert metadata["dockerImageTag"] == version
    assert told(r"^## ([0-9]\S*)", "CHANGELOG.md") == version
    assert told(r"io\.airbyte\.version=\"?([^\s\"]+)", "Dockerfile") == version
    assert told(r"org\.opencontainers\.image\.version=\"?([^\s\"]+)", "Dockerfile") == version
    assert told(r"^\| ([0-9][0-9.]*) ", "docs/github-copilot-billing.md") == version
    assert told(r"^version: (\S+)", "warehouse/dbt/dbt_project.yml") == version


def test_the_names_in_the_metadata_the_package_and_the_image_agree(metadata: dict[str, Any]) -> None:
    assert metadata["dockerRepository"] == f"airbyte/{NAME}"
    assert told(r"io\.airbyte\.name=\"?([^\s\"]+)", "Dockerfile") == metadata["dockerRepository"]
    assert metadata["githubIssueLabel"] == NAME
    assert metadata["remoteRegistries"]["pypi"] == {
        "enabled": True,
        "packageName": told(r'^name = "([^"]+)"', "pyproject.toml"),
    }
    # Airbyte's own build runs the console script that is named like the connector.
    assert told(r'^(\S+) = "source_github_copilot_billing\.run:main"', "pyproject.toml") == NAME
    assert told(r'^ENTRYPOINT \["([^"]+)"\]', "Dockerfile") == NAME
    assert told(r"AIRBYTE_ENTRYPOINT=(\S+)", "Dockerfile") == NAME
    assert metadata["license"] == told(r'^license = "([^"]+)"', "pyproject.toml") == "MIT"


def test_the_definition_id_is_a_random_uuid(metadata: dict[str, Any]) -> None:
    assert uuid.UUID(metadata["definitionId"]).version == 4


def test_the_base_image_is_pinned_and_the_dockerfiles_own(metadata: dict[str, Any]) -> None:
    base = metadata["connectorBuildOptions"]["baseImage"]
    assert re.fullmatch(r"docker\.io/airbyte/python-connector-base:4\.1\.0@sha256:[0-9a-f]{64}", base)
    assert told(r"^ARG BASE_IMAGE=(\S+)", "Dockerfile") == base


def test_the_documentation_is_where_the_spec_says(metadata: dict[str, Any]) -> None:
    spec = SourceGithubCopilotBilling().spec(logging.getLogger("test"))
    assert spec.documentationUrl == metadata["documentationUrl"]
    page = str(metadata["documentationUrl"]).rpartition("/")[2]
    assert (ROOT / "docs" / f"{page}.md").is_file()


def test_the_documentation_names_every_field_of_the_form_and_every_error_code() -> None:
    page = (ROOT / "docs" / "github-copilot-billing.md").read_text()
    for code in Code:
        assert f"\n| `{code.value}` |" in page
    form = SourceGithubCopilotBilling().spec(logging.getLogger("test")).connectionSpecification["properties"]
    choices = form["credentials"]["oneOf"]
    fields = [*form.values(), *(field for choice in choices for field in choice["properties"].values())]
    for title in [field["title"] for field in fields if "title" in field]:
        assert f"\n| {title} |" in page


def test_the_hosts_are_the_api_and_the_reports_storage(metadata: dict[str, Any]) -> None:
    hosts = metadata["allowedHosts"]["hosts"]
    assert hosts[:2] == ["${api_url}", "api.github.com"]
    assert not [host for host in hosts if "/" in host]


def test_the_platform_waits_as_long_as_the_code_says(metadata: dict[str, Any]) -> None:
    assert metadata["maxSecondsBetweenMessages"] == LONGEST_SILENCE_SECONDS


def test_the_icon_is_a_square_drawing(metadata: dict[str, Any]) -> None:
    svg = ElementTree.parse(ROOT / metadata["icon"]).getroot()  # noqa: S314  # a file of this repository
    assert svg.tag.endswith("svg")
    assert svg.get("width") == svg.get("height")
