"""Single sign-on and IP allow lists: what GitHub's header and message mean for the user."""

import logging

import pytest
import requests_mock
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.request import Request
from testing.virtual_clock import VirtualClock

API = "http://127.0.0.1:9"
SECRET = "not-a-real-authorization"
REQUIRED = f"required; url=https://github.com/orgs/acme/sso?authorization_request={SECRET}"
REQUEST = Request("/orgs/acme", "Organization acme", "Billing needs the scope admin:org.")


def client() -> GitHubClient:
    clock, logger = VirtualClock(), logging.getLogger("test")
    github = GitHub(API, 2, clock, logger)
    return github.client(PersonalAccessToken("a-token", "Organization acme", clock, logger), "Organization acme")


def refusal(**answer: object) -> HttpError:
    with requests_mock.Mocker() as github, pytest.raises(HttpError) as raised:
        github.get(f"{API}/orgs/acme", **answer)
        client().send(REQUEST)
    return raised.value


def test_403_that_requires_single_sign_on_names_the_link_without_its_secret() -> None:
    error = refusal(status_code=403, json={"message": "Protected by SAML."}, headers={"X-GitHub-SSO": REQUIRED})
    assert error.code is Code.INVALID_PERMISSIONS
    assert 'GitHub answered 403 "Protected by SAML."' in error.sentence
    assert "must be authorized for single sign-on (https://github.com/orgs/acme/sso)" in error.sentence
    assert SECRET not in str(error) and "admin:org" not in str(error)
    assert SECRET not in filter_secrets(f"a traceback with {REQUIRED}")


def test_secret_of_the_link_that_the_message_repeats_is_redacted() -> None:
    error = refusal(status_code=403, json={"message": f"Go to {SECRET}"}, headers={"X-GitHub-SSO": REQUIRED})
    assert SECRET not in str(error)


@pytest.mark.parametrize("header", ["required", "required; url=", "required; url=http://[", "Required"])
def test_403_with_a_link_that_cannot_be_read_still_says_what_to_do(header: str) -> None:
    sentence = refusal(status_code=403, json={"message": "No"}, headers={"X-GitHub-SSO": header}).sentence
    assert ("single sign-on. On GitHub" in sentence) == header.startswith("required")


def test_403_of_an_ip_allow_list_quotes_github_and_gives_no_advice_on_scopes() -> None:
    message = (
        "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow "
        "list enabled, and your IP address is not permitted to access this resource."
    )
    sentence = refusal(status_code=403, json={"message": message}, headers={"x-oauth-scopes": "repo"}).sentence
    assert message in sentence and "to that list" in sentence
    assert "admin:org" not in sentence and "repo" not in sentence


@pytest.mark.parametrize("partial_page", [1, 2])
def test_partial_results_on_any_page_are_refused_with_the_missing_organizations(partial_page: int) -> None:
    headers = {"X-GitHub-SSO": "partial-results; organizations=1001,1002"}
    first = {"Link": f'<{API}/orgs/acme?page=2>; rel="next"', **(headers if partial_page == 1 else {})}
    with requests_mock.Mocker() as github:
        github.get(f"{API}/orgs/acme", json={"seats": []}, headers=first)
        github.get(f"{API}/orgs/acme?page=2", json={"seats": []}, headers=headers)
        pages = client().pages(REQUEST)
        for _ in range(partial_page - 1):
            next(pages)
        with pytest.raises(ConnectorError) as raised:
            next(pages)
    assert raised.value.code is Code.INVALID_PERMISSIONS
    assert "lacks the organizations with GitHub's numbers 1001, 1002" in raised.value.sentence
    assert "Configure SSO" in raised.value.sentence
