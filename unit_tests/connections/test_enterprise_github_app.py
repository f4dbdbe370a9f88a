from typing import Any

import pytest

from source_github_copilot_billing.accounts import AccountId, Accounts, Capability
from source_github_copilot_billing.config import parse_config
from source_github_copilot_billing.connections.enterprise_github_app import EnterpriseGitHubApp
from source_github_copilot_billing.errors import Code, ConnectorError
from testing import keys
from testing.complaints import TODAY, complaint_about
from testing.configurations import enterprise_app
from unit_tests.connections.installations import accounts_of_app, installation

SUSPENDED = {**installation(4, "Enterprise", "paused"), "suspended_at": "2026-11-01"}
INSTALLATIONS = [
    installation(1, "Enterprise", "acme"),
    installation(2, "Organization", "acme-org"),
    installation(3, "Enterprise", "Umbrella"),
    SUSPENDED,
]


def accounts_of(*names: str, installations: list[dict[str, Any]] = INSTALLATIONS) -> Accounts:
    return accounts_of_app(EnterpriseGitHubApp("12345", keys.rsa_key(), names, "per_user_requests"), installations)


def test_every_enterprise_where_the_app_is_installed_is_found_with_its_number() -> None:
    accounts = accounts_of()
    assert [(account.id, account.ai_credit_mode) for account in accounts.found] == [
        (AccountId("enterprise", "acme", enterprise_id=1), "per_user_requests"),
        (AccountId("enterprise", "Umbrella", enterprise_id=3), "per_user_requests"),
    ]
    assert [entry.id.name for entry in accounts.left_out] == ["paused"]
    assert not accounts.all_must_work


def test_named_enterprise_alone_is_read_whatever_its_case() -> None:
    accounts = accounts_of("umbrella")
    assert [account.id.name for account in accounts.found] == ["Umbrella"]
    assert accounts.all_must_work and not accounts.unreadable


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("paused", "Enterprise paused: the installation of the GitHub App is suspended. An owner of the enterprise"),
        ("elsewhere", "Enterprise elsewhere: the GitHub App is not installed there. An owner of the enterprise"),
        ("acme-org", "Enterprise acme-org: the GitHub App is not installed there."),
    ],
)
def test_named_enterprise_that_cannot_be_read_is_an_error(name: str, sentence: str) -> None:
    accounts = accounts_of(name)
    assert not accounts.found
    assert [entry.error.sentence.startswith(sentence) for entry in accounts.unreadable] == [True]


def test_app_that_is_on_no_enterprise_says_what_it_saw_and_which_connection_reads_it() -> None:
    installed = [installation(number, "Organization", name) for number, name in enumerate(("one", "two", "three", "4"))]
    organizations = (
        'The App is installed on Organization one, two, three and 1 more: the connection "Organizations (GitHub App)" '
        "(organization_github_app) reads that."
    )
    with pytest.raises(ConnectorError) as caught:
        accounts_of(installations=[*installed, SUSPENDED])
    assert caught.value.code is Code.INVALID_PERMISSIONS
    assert caught.value.sentence == (
        "the GitHub App can read no enterprise: install it where the bill is to be read. Enterprise paused: the "
        "installation of the GitHub App is suspended. An owner of the enterprise lifts that under Settings, GitHub "
        f"Apps. {organizations}"
    )
    (named,) = accounts_of("acme", installations=installed).unreadable
    assert named.error.sentence == (
        "Enterprise acme: the GitHub App is not installed there. An owner of the enterprise installs it from the App's "
        f"page, or the name is wrong. {organizations}"
    )


def test_app_that_is_installed_nowhere_is_an_error() -> None:
    with pytest.raises(ConnectorError, match=r"can read no enterprise: install it where the bill is to be read\.$"):
        accounts_of(installations=[])


def test_advice_names_the_permission_its_approval_and_the_token_instead() -> None:
    advice = EnterpriseGitHubApp("12345", keys.rsa_key(), (), "report_export").advice
    for part in ("Enterprise billing: read", "approves it", "manage_billing:enterprise"):
        assert part in advice(Capability.BILLING)
    assert "Enterprise Copilot metrics: read" in advice(Capability.METRICS)
    assert "approves it" in advice(Capability.SEATS)


def test_one_of_three_named_enterprises_is_not_installed_and_the_others_are_found() -> None:
    accounts = accounts_of("umbrella", "elsewhere", "ACME")
    assert [account.id.name for account in accounts.found] == ["acme", "Umbrella"]
    assert [entry.id.name for entry in accounts.unreadable] == ["elsewhere"]


@pytest.mark.parametrize(
    ("fields", "enterprises"),
    [
        ({}, ()),
        ({"enterprise": "", "enterprises": []}, ()),
        ({"enterprise": "a"}, ("a",)),
        ({"enterprise": "a", "enterprises": ["b", "A"]}, ("a", "b")),
    ],
)
def test_what_is_filled_in_is_taken(fields: dict[str, Any], enterprises: tuple[str, ...]) -> None:
    connection = parse_config(enterprise_app(**fields), TODAY).connection
    assert isinstance(connection, EnterpriseGitHubApp)
    assert (connection.app_id, connection.enterprises) == ("12345", enterprises)
    assert connection.ai_credit_method == "report_export"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (enterprise_app(organizations=["acme"]), "credentials has a field that does not exist here: organizations"),
        (enterprise_app(app_id=""), "app_id is empty"),
        (enterprise_app(private_key=""), "private_key is empty"),
        (enterprise_app(enterprise="https://github.com/enterprises/acme"), "enterprise must be the name alone"),
        (enterprise_app(ai_credit_method="both"), "ai_credit_method must be report_export or per_user_requests."),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(config: dict[str, Any], sentence: str) -> None:
    assert complaint_about(config).startswith(sentence)
