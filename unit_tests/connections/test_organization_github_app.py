from typing import Any

import pytest

from source_github_copilot_billing.accounts import Accounts, Capability
from source_github_copilot_billing.config import parse_config
from source_github_copilot_billing.connections.organization_github_app import OrganizationGitHubApp
from source_github_copilot_billing.errors import Code, ConnectorError
from testing import keys
from testing.complaints import TODAY, complaint_about
from testing.configurations import app
from unit_tests.connections.installations import accounts_of_app, installation

ENTERPRISE = installation(1, "Enterprise", "acme")
BY_THE_OTHER_CONNECTION = (
    'The App is installed on Enterprise acme: the connection "Enterprise (GitHub App)" (enterprise_github_app) reads '
    "that."
)


def accounts_of(organizations: tuple[str, ...], *installations: dict[str, Any]) -> Accounts:
    return accounts_of_app(OrganizationGitHubApp("12345", keys.rsa_key(), organizations), [*installations])


def test_app_on_an_enterprise_alone_says_so_and_which_connection_reads_it() -> None:
    with pytest.raises(ConnectorError) as caught:
        accounts_of((), ENTERPRISE)
    assert caught.value.code is Code.INVALID_PERMISSIONS
    assert caught.value.sentence == (
        f"the GitHub App can read no organization: install it where the bill is to be read. {BY_THE_OTHER_CONNECTION}"
    )
    (named,) = accounts_of(("acme",), ENTERPRISE).unreadable
    assert named.error.sentence == (
        "Organization acme: the GitHub App is not installed there. An owner of the organization installs it from the "
        f"App's page, or the name is wrong. {BY_THE_OTHER_CONNECTION}"
    )


def test_app_on_a_user_alone_says_that_a_user_has_no_bill() -> None:
    with pytest.raises(ConnectorError, match=r"The App is installed on User jane, which has no bill that this"):
        accounts_of((), installation(1, "User", "jane"))


@pytest.mark.parametrize("account", [None, {}, {"login": 7}, "acme"])
def test_account_of_another_type_that_is_malformed_hides_no_organization(account: Any) -> None:
    accounts = accounts_of((), {**ENTERPRISE, "account": account}, installation(2, "Organization", "acme"))
    assert [account.id.name for account in accounts.found] == ["acme"]


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
    assert "the enterprise may hold its billing" in connection.advice(Capability.BILLING)
    assert "the enterprise may hold its seats" in connection.advice(Capability.SEATS)


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
