"""Where a GitHub App is installed, and the accounts that a connection reads there."""

import logging
from typing import Any

import requests_mock

from source_github_copilot_billing.accounts import Accounts
from source_github_copilot_billing.connections.connection import Connection
from source_github_copilot_billing.github.client import GitHub
from testing.virtual_clock import VirtualClock

API = "http://127.0.0.1:9"


def installation(number: int, target_type: str, name: str) -> dict[str, Any]:
    """One installation as GitHub lists it; its account has the same number."""
    named = "slug" if target_type == "Enterprise" else "login"
    return {"id": number, "target_type": target_type, "account": {"id": number, named: name}, "suspended_at": None}


def accounts_of_app(connection: Connection, installations: list[dict[str, Any]]) -> Accounts:
    with requests_mock.Mocker() as github:
        github.get(f"{API}/app/installations", json=installations)
        return connection.accounts(GitHub(API, 2, VirtualClock(), logging.getLogger("airbyte")))
