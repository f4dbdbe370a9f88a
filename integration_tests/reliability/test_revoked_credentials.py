"""A credential that is refused in the middle of a sync: few further requests, and no other account stops."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from integration_tests.support.connector import STREAMS, sync
from integration_tests.support.ways import (
    USER_REQUESTS,
    USER_REQUESTS_BY_APP,
    Rows,
    comparable,
    start_of,
)
from integration_tests.support.ways import small_sandbox as new_sandbox
from sandbox import Call, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

HISTORY = 50  # days of AI credits to go, in which every worker has requests to send


def test_a_token_that_is_refused_behind_a_redirect_is_renewed() -> None:
    way = USER_REQUESTS_BY_APP
    with new_sandbox() as sandbox:
        path = "/organizations/acme-data/settings/billing/ai_credit/usage"
        sandbox.inject(Fault("redirect", path=path, url=f"{sandbox.url}/elsewhere"))
        sandbox.inject(Fault("bad_credentials", path="/elsewhere"))
        result = way.read(sandbox, num_workers=1)
        assert not [error for error in result.errors if "invalid_credentials" in error]
        assert len([request for request in sandbox.requests if request.path.endswith("access_tokens")]) == 3


def revoked_at(sandbox: Sandbox, number: int, refuse: Any) -> list[Call]:
    """Refuses a credential before the numbered request about a user is handled; the API's requests that come after it.

    By then the users are known, so that every worker has requests to send.
    """
    after: list[Call] = []
    about_users = 0
    lock = threading.Lock()

    def hook(call: Call) -> None:
        nonlocal about_users
        with lock:
            if about_users == number and call.host == "api":  # downloads bear no credential
                after.append(call)
            elif "user" in call.query:
                about_users += 1
                if about_users == number:
                    refuse()
        if about_users and len(after) < 20:
            time.sleep(0.05)  # so that every worker has sent its next request before the first refusal is answered

    sandbox.on_request(hook)
    return after


@pytest.mark.parametrize(
    ("credential", "subject"),
    [("pat", "Enterprise acme"), ("organization_pat", "Personal access token of the organizations")],
)
def test_a_revoked_token_costs_as_many_requests_as_there_are_workers(credential: str, subject: str) -> None:
    """Of several organizations, too: they share the token, and what one of them learns holds for the others."""
    with new_sandbox(users_per_organization=10, days=HISTORY) as sandbox:
        of_enterprise = credential == "pat"
        after = revoked_at(sandbox, 40, sandbox.revoke_pat if of_enterprise else sandbox.revoke_organization_pat)
        choices: dict[str, Any] = {"start_date": start_of(sandbox, HISTORY)}
        by_token = sandbox.organization_pat_config(**choices)
        result = sync(
            USER_REQUESTS.config(sandbox, **choices) if of_enterprise else by_token, STREAMS, None, VirtualClock()
        )
        print(f"\nA revoked {credential} with {HISTORY} days to go and 10 workers: {len(after)} further requests")
        assert sandbox.max_concurrent[credential] >= 5
        assert len(after) <= 11
        assert result.failure_type == "config_error"
        assert result.errors[-1].startswith(f"invalid_credentials: {subject}: ")
        # One message of each stream, and the exit's.
        assert len(result.errors) <= len(STREAMS) + 1


@pytest.mark.parametrize("how", ["revoked and every new one refused", "uninstalled", "suspended"])
def test_a_refused_installation_stops_alone(how: str) -> None:
    victim = "acme-data"

    with new_sandbox(users_per_organization=10, days=HISTORY) as sandbox:

        def refuse() -> None:
            if how == "uninstalled":
                sandbox.uninstall(victim)
            elif how == "suspended":
                sandbox.suspend(victim)
            else:
                sandbox.inject(Fault("bad_credentials", credential=f"installation:{victim}", times=None))

        after = revoked_at(sandbox, 40, refuse)
        result = USER_REQUESTS_BY_APP.read(sandbox, start_date=start_of(sandbox, HISTORY))
        assert sandbox.max_concurrent[f"installation:{victim}"] >= 5
        further = [call for call in after if victim in call.path]
        mints = [call for call in after if call.path.endswith("access_tokens")]
        print(f"\nAn installation {how}: {len(further)} further requests, and {len(mints)} of the App for a token")
        assert len(further) <= 11  # the workers', and one with a new token
        assert len(mints) <= 1
        assert result.failure_type == "config_error"
        assert all(victim in error for error in result.errors[:-1])
        states = result.state_of(USER_REQUESTS_BY_APP.stream)
        assert states["organization", "Acme-Labs"]["cursor"]["date"] == str(sandbox.bill.today - timedelta(days=1))


def test_a_revoked_installation_token_is_renewed_once() -> None:
    def read(sandbox: Sandbox) -> Rows:
        start_date = (sandbox.bill.today - timedelta(days=10)).isoformat()
        result = USER_REQUESTS_BY_APP.read(sandbox, start_date=start_date, num_workers=3)
        assert not result.errors
        return comparable(result.rows[USER_REQUESTS_BY_APP.stream])

    with new_sandbox() as sandbox:
        rows = read(sandbox)
    with new_sandbox() as sandbox:
        revoked_at(sandbox, 9, lambda: sandbox.revoke_installation_tokens("Acme-Labs"))
        assert read(sandbox) == rows
        minted = [request for request in sandbox.requests if request.path.endswith("access_tokens")]
        assert len(minted) == 3  # one for each organization, and one more
