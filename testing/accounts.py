"""Accounts for tests that send no request."""

import logging
from typing import NoReturn

from source_github_copilot_billing.accounts import Account, AccountId, Capability
from source_github_copilot_billing.github.client import GitHub
from testing.virtual_clock import VirtualClock


class NoToken:
    """A credential that lets no request out."""

    def token(self) -> NoReturn:
        raise AssertionError("a request was to be sent")

    def renew(self, refused: str) -> bool:
        return False

    def learn(self, headers: object) -> None: ...


def enterprise(name: str = "acme") -> Account:
    return _account(AccountId("enterprise", name))


def organization(name: str = "acme", organization_id: int | None = None) -> Account:
    return _account(AccountId("organization", name, organization_id))


def _account(account: AccountId) -> Account:
    github = GitHub("http://127.0.0.1", 1, VirtualClock(), logging.getLogger("airbyte"))
    return Account(account, github.client(NoToken(), str(account)), _advice)


def _advice(capability: Capability) -> str:
    return f"{capability.value} need a token."
