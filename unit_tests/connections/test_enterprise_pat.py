import logging
from typing import Any

import pytest

from source_github_copilot_billing.accounts import AccountId, Capability
from source_github_copilot_billing.config import parse_config
from source_github_copilot_billing.connections.enterprise_pat import EnterprisePat
from source_github_copilot_billing.github.client import GitHub
from testing.complaints import TODAY, complaint_about
from testing.configurations import TOKEN, enterprise
from testing.virtual_clock import VirtualClock


def github() -> GitHub:
    return GitHub("http://127.0.0.1", 1, VirtualClock(), logging.getLogger("airbyte"))


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, ["acme"]),
        ({"enterprise": "", "enterprises": ["Umbrella"]}, ["Umbrella"]),
        ({"enterprises": ["Acme", "umbrella"]}, ["acme", "umbrella"]),
        ({"enterprise": "", "enterprises": ["b", "a"]}, ["b", "a"]),
    ],
)
def test_every_enterprise_that_is_named_is_read_once_with_one_client(fields: dict[str, Any], names: list[str]) -> None:
    """The rate limit is the token's."""
    accounts = parse_config(enterprise(**fields), TODAY).connection.accounts(github())
    assert [account.id.name for account in accounts.found] == names
    assert len({account.github for account in accounts.found}) == 1
    assert accounts.all_must_work


@pytest.mark.parametrize("mode", ["report_export", "per_user_requests"])
def test_the_account_is_the_enterprise_read_in_the_users_mode(mode: str) -> None:
    connection = parse_config(enterprise(enterprise="Acme-Inc", ai_credit_method=mode), TODAY).connection
    accounts = connection.accounts(github())
    assert [(account.id, account.ai_credit_mode) for account in accounts.found] == [
        (AccountId("enterprise", "Acme-Inc"), mode)
    ]
    assert (accounts.unreadable, accounts.left_out, accounts.all_must_work) == ((), (), True)


def test_advice_names_the_scope_of_each_capability() -> None:
    connection = EnterprisePat(("acme",), TOKEN, "report_export")
    assert "manage_billing:enterprise" in connection.advice(Capability.BILLING)
    assert connection.advice(Capability.SEATS).startswith("Seats need")
    assert connection.advice(Capability.METRICS).startswith("Metrics need")
    for capability in (Capability.SEATS, Capability.METRICS):
        assert "manage_billing:copilot or read:enterprise" in connection.advice(capability)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (enterprise(token="x"), "credentials has a field that does not exist here: token"),
        (enterprise(app_id="12345"), "credentials has a field that does not exist here: app_id"),
        (enterprise(enterprise=""), "enterprises is empty: name at least one."),
        (enterprise(enterprise=None), "enterprises is empty: name at least one."),
        (enterprise(enterprise=None, enterprises=[]), "enterprises is empty: name at least one."),
        (enterprise(enterprises="acme"), "enterprises must be a list of names."),
        (enterprise(enterprises=["a", ""]), "enterprises has an empty entry"),
        (enterprise(enterprises=["Umbrella", "umbrella"]), "enterprises names an enterprise twice."),
        (enterprise(enterprises=["https://github.com/enterprises/a"]), "enterprises must be the name alone, not a URL"),
        (enterprise(enterprise=7), "enterprise must be text"),
        (enterprise(enterprise=" acme"), "enterprise has spaces"),
        (enterprise(enterprise="acme\n"), "enterprise has spaces"),
        (enterprise(enterprise="https://github.com/enterprises/acme"), "enterprise must be the name alone"),
        (enterprise(enterprise="Acme Inc."), "enterprise must be a name of letters"),
        (enterprise(enterprise="a" * 101), "enterprise must be a name of letters"),
        (enterprise(enterprise="../orgs"), "enterprise must be the name alone"),
        (enterprise(personal_access_token=""), "personal_access_token is empty"),
        (enterprise(personal_access_token=f"{TOKEN} "), "personal_access_token has spaces"),
        (enterprise(personal_access_token=f"Bearer {TOKEN}"), "personal_access_token is no token"),
        (enterprise(personal_access_token="short"), "personal_access_token is no token"),
        (enterprise(ai_credit_method="both"), "ai_credit_method must be report_export or per_user_requests."),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(config: dict[str, Any], sentence: str) -> None:
    assert complaint_about(config).startswith(sentence)
