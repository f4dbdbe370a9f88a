"""The configured catalogs in integration_tests say of each stream what discover says."""

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer
from airbyte_cdk.test.entrypoint_wrapper import discover

from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.streams import STREAMS

FILES = Path(__file__).resolve().parent.parent
CONFIG = {
    "credentials": {
        "connection_type": "enterprise_pat",
        "enterprise": "acme",
        "personal_access_token": "not-a-real-token",
    }
}


def streams() -> dict[str, dict[str, Any]]:
    message = AirbyteMessageSerializer.dump(discover(SourceGithubCopilotBilling(), CONFIG).catalog)
    return {stream["name"]: stream for stream in message["catalog"]["streams"]}


CATALOGS = {
    "configured_catalog.json": {stream.name for stream in STREAMS},
    "configured_catalog_usage.json": {"usage"},
    "configured_catalog_ai_credit_usage.json": {"ai_credit_usage"},
    "configured_catalog_premium_request_usage.json": {"premium_request_usage"},
    "configured_catalog_seats.json": {"seats"},
    "configured_catalog_metrics.json": {
        "metrics",
        "metrics_breakdown",
        "user_metrics",
        "user_teams",
        "repository_metrics",
    },
}


def test_every_catalog_is_tested() -> None:
    assert {file.name for file in FILES.glob("configured_catalog*.json")} == CATALOGS.keys()


@pytest.mark.parametrize(("file", "expected"), CATALOGS.items())
def test_a_catalog_agrees_with_discover(file: str, expected: set[str]) -> None:
    discovered = streams()
    configured = {entry["stream"]["name"]: entry for entry in json.loads((FILES / file).read_text())["streams"]}
    assert set(configured) == expected
    for name, entry in configured.items():
        told = dict(entry["stream"])
        assert told.pop("json_schema") == {}, "the connector reads its own schema, so a copy here would only grow old"
        assert {key: discovered[name][key] for key in told} == told
        assert entry["primary_key"] == discovered[name]["source_defined_primary_key"]
        assert entry["cursor_field"] == discovered[name]["default_cursor_field"]
