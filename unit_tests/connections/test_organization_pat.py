import logging
from typing import Any

import pytest
import requests_mock

from source_github_copilot_billing.accounts import AccountId, Accounts, Capability
from source_github_copilot_billing.config import parse_config
from source_github_copilot_billing.connections.organization_pat import OrganizationPat
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.client import GitHub
from testing.complaints import TODAY, complaint_about
from testing.configurations import TOKEN, organization_token
from testing.virtual_clock import VirtualClock

API = "http://127.0.0.1:9"


def accounts_of(github: requests_mock.Mocker, answers: dict[str, dict[str, Any]]) -> Accounts:
    """:param answers: to GET /orgs/{name}"""
    for name, answer in answers.items():
        github.get(f"{API}/orgs/{name}", **answer)
    connection = OrganizationPat(tuple(answers), TOKEN)
    return connection.accounts(GitHub(API, 2, VirtualClock(), logging.getLogger("airbyte")))


def found(name: str, number: int) -> dict[str, Any]:
    return {"json": {"login": name, "id": number}}


def test_organizations_have_githubs_spelling_and_number_and_share_one_client() -> None:
    with requests_mock.Mocker() as github:
        accounts = accounts_of(github, {"acme": found("Acme", 1001), "beta": found("beta", 1002)})
    first, second = accounts.found
    assert (first.id, second.id) == (AccountId("organization", "Acme", 1001), AccountId("organization", "beta", 1002))
    assert first.github is second.github
    assert (accounts.unreadable, accounts.all_must_work) == ((), True)


def test_one_organization_by_two_names_is_read_once() -> None:
    with requests_mock.Mocker() as github:
        accounts = accounts_of(github, {"acme": found("acme", 1001), "acme-old": found("acme", 1001)})
    assert [account.id.name for account in accounts.found] == ["acme"]


def test_enterprise_that_is_named_as_an_organization_gets_the_connection_that_reads_it() -> None:
    with requests_mock.Mocker() as github:
        accounts = accounts_of(github, {"acme": {"status_code": 404, "json": {"message": "Not Found"}}})
    (unreadable,) = accounts.unreadable
    assert unreadable.error.sentence.endswith(
        'An enterprise is read with the connection "Enterprise (personal access token)" (enterprise_pat).'
    )


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ({"status_code": 404, "json": {"message": "Not Found"}}, Code.NO_RESOURCE, "knows no organization of this"),
        (
            {
                "status_code": 403,
                "json": {"message": "Protected"},
                "headers": {"X-GitHub-SSO": "required; url=https://github.com/orgs/beta/sso?x=12345678"},
            },
            Code.INVALID_PERMISSIONS,
            "must be authorized for single sign-on (https://github.com/orgs/beta/sso)",
        ),
        ({"status_code": 502}, Code.UNREACHABLE, "failed 6 time(s)"),
        ({"json": {"login": "beta"}}, Code.UNEXPECTED_ANSWER, "id is missing"),
        ({"json": {"login": "beta", "id": True}}, Code.UNEXPECTED_ANSWER, "id is missing"),
    ],
)
def test_organization_that_cannot_be_looked_at_is_named_and_the_others_are_found(
    answer: dict[str, Any], code: Code, sentence: str
) -> None:
    with requests_mock.Mocker() as github:
        accounts = accounts_of(github, {"acme": found("acme", 1001), "beta": answer})
    assert [account.id.name for account in accounts.found] == ["acme"]
    (unreadable,) = accounts.unreadable
    assert unreadable.id == AccountId("organization", "beta")
    assert unreadable.error.code is code
    assert unreadable.error.sentence.startswith("Organization beta: ") and sentence in unreadable.error.sentence


def test_token_that_github_refuses_fails_at_once() -> None:
    refused = {"status_code": 401, "json": {"message": "Bad credentials"}}
    with requests_mock.Mocker() as github, pytest.raises(ConnectorError) as raised:
        accounts_of(github, {"acme": refused, "beta": refused})
    assert raised.value.code is Code.INVALID_CREDENTIALS
    assert raised.value.sentence.startswith("Personal access token of the organizations: ")


def test_advice_names_both_kinds_of_token_and_the_enterprise() -> None:
    advice = OrganizationPat(("acme",), TOKEN).advice
    for capability, classic, fine_grained in (
        (Capability.BILLING, "scope admin:org", "Administration: read"),
        (Capability.SEATS, "manage_billing:copilot or read:org", "Copilot Business: read"),
        (Capability.METRICS, "scope read:org", "Organization Copilot metrics: read"),
    ):
        assert classic in advice(capability) and fine_grained in advice(capability)
    assert "the enterprise may hold its billing" in advice(Capability.BILLING)


def test_what_is_filled_in_is_taken() -> None:
    connection = parse_config(organization_token(organizations=["acme", "Beta-2"]), TODAY).connection
    assert connection == OrganizationPat(("acme", "Beta-2"), TOKEN)
    assert TOKEN not in repr(connection)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (organization_token(organizations=[]), "organizations is empty: name at least one."),
        (organization_token(organizations=None), "organizations is empty: name at least one."),
        (organization_token(organizations="acme"), "organizations must be a list"),
        (organization_token(organizations=["acme", "ACME"]), "organizations names an organization twice"),
        (organization_token(personal_access_token=""), "personal_access_token is empty"),
        (organization_token(personal_access_token=f"token {TOKEN}"), "personal_access_token is no token"),
        (organization_token(enterprise="acme"), "credentials has a field that does not exist here: enterprise"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(config: dict[str, Any], sentence: str) -> None:
    assert complaint_about(config).startswith(sentence)
