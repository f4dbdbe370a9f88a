from typing import Any

import pytest

from source_github_copilot_billing.accounts import Capability
from source_github_copilot_billing.config import parse_config
from source_github_copilot_billing.connections.organization_github_app import OrganizationGitHubApp
from testing import keys
from testing.complaints import TODAY, complaint_about
from testing.configurations import app


@pytest.mark.parametrize(
    ("fields", "organizations"),
    [({}, ()), ({"organizations": []}, ()), ({"organizations": ["acme", "Beta-2"]}, ("acme", "Beta-2"))],
)
def test_organizations_are_taken_as_they_are_spelled(fields: dict[str, Any], organizations: tuple[str, ...]) -> None:
    connection = parse_config(app(**fields), TODAY).connection
    assert isinstance(connection, OrganizationGitHubApp)
    assert (connection.app_id, connection.organizations) == ("12345", organizations)


def test_advice_names_the_permission_of_each_capability() -> None:
    connection = OrganizationGitHubApp("12345", keys.rsa_key(), ())
    assert "Administration: read" in connection.advice(Capability.BILLING)
    assert "GitHub Copilot Business: read" in connection.advice(Capability.SEATS)
    assert "Organization Copilot metrics: read" in connection.advice(Capability.METRICS)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (app(enterprise="acme"), "credentials has a field that does not exist here: enterprise"),
        (app(app_id=""), "app_id is empty"),
        (app(app_id=12345), "app_id must be text in quotes"),
        (app(app_id="https://github.com/apps/acme"), "app_id must be the App ID"),
        (app(organizations="acme"), "organizations must be a list"),
        (app(organizations=""), "organizations must be a list"),
        (app(organizations=False), "organizations must be a list"),
        (app(organizations=["acme", ""]), "organizations has an empty entry"),
        (app(organizations=["acme", None]), "organizations has an empty entry"),
        (app(organizations=["acme", 7]), "organizations must be text in quotes"),
        (app(organizations=["acme", "Acme"]), "organizations names an organization twice"),
        (app(organizations=["https://github.com/acme"]), "organizations must be the name alone"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(config: dict[str, Any], sentence: str) -> None:
    assert complaint_about(config).startswith(sentence)
