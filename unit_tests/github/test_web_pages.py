"""A web page, such as that of a wrong api_url or of a proxy, says nothing of an account or a credential."""

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.request import Request
from testing.mocked_github import API, account

REQUEST = Request("/enterprises/acme/settings/billing/usage", "Enterprise acme", "Billing needs a token.")
PAGE = "\n<!DOCTYPE html><html><body><h1>Page not found</h1></body></html>"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_web_page_that_says_no_is_no_answer_of_the_api(status: int, requests_mock: Mocker) -> None:
    requests_mock.get(f"{API}{REQUEST.path}", status_code=status, text=PAGE)
    with pytest.raises(ConnectorError) as caught:
        account().github.send(REQUEST)
    assert not isinstance(caught.value, HttpError)  # which could be taken for a day without a report
    assert caught.value.code is Code.INVALID_CONFIGURATION
    assert caught.value.sentence == (
        f"Enterprise acme: api.github.com answered {status} to GET /enterprises/acme/settings/billing/usage with a web "
        "page: that is no API. api_url must be the address of GitHub's API, https://api.github.com or "
        "https://api.SUBDOMAIN.ghe.com. If it is, a proxy answers in GitHub's place."
    )
    assert len(requests_mock.request_history) == 1


def test_web_page_that_asks_to_sign_in_is_named_after_all_tries(requests_mock: Mocker) -> None:
    requests_mock.get(f"{API}{REQUEST.path}", status_code=302, headers={"Location": f"{API}/login"})
    requests_mock.get(f"{API}/login", text=PAGE)
    with pytest.raises(ConnectorError, match=r"last with: a web page, not an answer of GitHub's API\.") as caught:
        account().github.send(REQUEST)
    assert caught.value.code is Code.UNREACHABLE


@pytest.mark.parametrize("is_known", [True, False])
def test_account_that_github_has_shown_has_the_right_name(is_known: bool, requests_mock: Mocker) -> None:
    requests_mock.get(f"{API}/usage", status_code=404, json={"message": "Not Found"})
    with pytest.raises(HttpError) as caught:
        account().github.send(Request("/usage", "Enterprise acme", "It needs this.", is_of_known_account=is_known))
    assert ("the name is wrong" in caught.value.sentence) is not is_known
    assert "the credential may not see" in caught.value.sentence and "It needs this." in caught.value.sentence
