"""An account whose requests and downloads are answered by requests-mock, and what a sync reads it with."""

import logging
from datetime import date

from source_github_copilot_billing.accounts import Account, AccountId
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub
from source_github_copilot_billing.sync.stream import Context
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
API = "https://api.github.com"
TOKEN = "not-a-real-token"
LOGGER = logging.getLogger("airbyte")
ENTERPRISE, ORGANIZATION = AccountId("enterprise", "acme"), AccountId("organization", "acme-web", 1001)


def account(account_id: AccountId = ENTERPRISE) -> Account:
    clock = VirtualClock(TODAY)
    token = PersonalAccessToken(TOKEN, str(account_id), clock, LOGGER)
    client = GitHub(API, 1, clock, LOGGER).client(token, str(account_id))
    return Account(account_id, client, lambda capability: f"{capability.value} need a token of an owner.")


def context(num_workers: int = 1) -> Context:
    return Context(TODAY, date(2025, 1, 1), num_workers, VirtualClock(TODAY), LOGGER)
