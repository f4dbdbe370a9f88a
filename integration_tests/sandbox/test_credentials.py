"""Whom the sandbox believes: tokens, scopes, the App's JWT and its installations."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat
from githubkit.exception import RequestFailed

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_app,
    as_installation,
    as_owner,
    exact,
    installation_ids,
    refused,
)
from sandbox.credentials import pem
from sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY) as running:
        yield running


def test_installations_without_a_right() -> None:
    with Sandbox(SHAPE, TODAY, without_administration=("acme-data",)) as sandbox:
        rest = as_app(sandbox).rest("ghec-2026-03-10")
        ids = installation_ids(sandbox)
        suspended = (403, "This installation has been suspended")
        assert refused(rest.apps.create_installation_access_token, ids["acme-archive"]) == suspended
        assert refused(rest.apps.create_installation_access_token, 999) == (404, "Not Found")
        ask = as_installation(sandbox, "acme-data").rest("2026-03-10").billing.get_github_billing_usage_report_org
        with pytest.raises(RequestFailed) as failure:
            ask("acme-data")
        headers = failure.value.response.headers
        assert headers["x-accepted-github-permissions"] == "organization_administration=read"
        assert failure.value.response.json()["message"] == "Resource not accessible by integration"

        working = as_installation(sandbox, ORGANIZATION)
        billing = working.rest("2026-03-10").billing
        assert billing.get_github_billing_ai_credit_usage_report_org(ORGANIZATION).status_code == 200
        sandbox.suspend(ORGANIZATION)
        assert refused(billing.get_github_billing_usage_report_org, ORGANIZATION) == suspended
        sandbox.unsuspend(ORGANIZATION)
        sandbox.revoke_installation_tokens(ORGANIZATION)
        assert refused(billing.get_github_billing_usage_report_org, ORGANIZATION) == (401, "Bad credentials")
        sandbox.uninstall(ORGANIZATION)
        assert ORGANIZATION not in installation_ids(sandbox)
        sandbox.install("acme-new")
        fresh = as_installation(sandbox, "acme-new").rest("2026-03-10").billing
        report = fresh.get_github_billing_ai_credit_usage_report_org("acme-new", year=2026, month=6)
        gross = sum(item["grossAmount"] for item in exact(report)["usageItems"])
        truth = sandbox.bill.ai_credit_sums(("month",), account="acme-new")
        assert gross == truth[(date(2026, 6, 1),)].gross


def test_installation_tokens_end() -> None:
    with Sandbox(SHAPE, TODAY, token_lifetime_seconds=0) as sandbox:
        token = as_app(sandbox).rest("ghec-2026-03-10").apps.create_installation_access_token(5001).parsed_data.token
        ask = as_owner(sandbox, token).rest("2026-03-10").billing.get_github_billing_usage_report_org
        assert refused(ask, ORGANIZATION) == (401, "Bad credentials")


TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({}, 200, ""),
        ({"iss": 314_159}, 401, "'Issuer' claim"),
        ({"iss": "999"}, 404, "Integration not found"),
        ({"iat": 90}, 401, "'Issued at' claim"),
        ({"exp": 700}, 401, TOO_FAR),
        ({"exp": -1}, 401, "'Expiration time' claim ('exp') must be a numeric value"),
    ],
)
def test_the_app_jwt_is_checked(sandbox: Sandbox, changes: dict[str, Any], status: int, message: str) -> None:
    now = int(time.time())
    claims: dict[str, Any] = {"iss": sandbox.app_id, "iat": now - 60, "exp": now + 540}
    claims |= {name: value if name == "iss" else now + value for name, value in changes.items()}
    # PyJWT itself would refuse to sign an issuer that is no string.
    token = jwt.PyJWS().encode(json.dumps(claims).encode(), sandbox.private_key, algorithm="RS256")
    response = requests.get(f"{sandbox.url}/app/installations", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert response.status_code == status
    if status != 200:
        assert response.json()["message"].startswith(message)


def test_a_jwt_of_another_key_is_refused(sandbox: Sandbox) -> None:
    other = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048), PrivateFormat.PKCS8)
    message = (401, "A JSON web token could not be decoded")
    assert refused(as_app(sandbox, key=other).rest("ghec-2026-03-10").apps.list_installations) == message
    assert refused(as_owner(sandbox).rest("ghec-2026-03-10").apps.list_installations) == message
    unsigned = jwt.encode({"iss": sandbox.app_id}, "", algorithm="none")
    assert refused(as_owner(sandbox, unsigned).rest("ghec-2026-03-10").apps.list_installations) == message


def test_the_client_id_is_an_issuer_too(sandbox: Sandbox) -> None:
    by_client_id = as_app(sandbox, app_id=sandbox.client_id, key=sandbox.private_key_pkcs8)
    assert len(by_client_id.rest("ghec-2026-03-10").apps.list_installations().parsed_data) == 5


def test_the_servers_clock_can_differ() -> None:
    for skew in (-60, 60):
        with Sandbox(SHAPE, TODAY, clock_skew_seconds=skew) as skewed:
            response = as_app(skewed).rest("ghec-2026-03-10").apps.list_installations()
            reset = int(response.headers["x-ratelimit-reset"]) - time.time()
            assert 3600 + skew - 5 < reset <= 3600 + skew
    with Sandbox(SHAPE, TODAY, clock_skew_seconds=-300) as slow:
        assert refused(as_app(slow).rest("ghec-2026-03-10").apps.list_installations)[0] == 401


def test_a_personal_access_token_says_what_it_may() -> None:
    with Sandbox(SHAPE, TODAY, pat_expires_at="2026-12-01 10:00:00 UTC") as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        headers = billing.get_all_cost_centers(ENTERPRISE).headers
        assert headers["github-authentication-token-expiration"] == "2026-12-01 10:00:00 UTC"
        assert headers["x-oauth-scopes"] == "manage_billing:enterprise, manage_billing:copilot"
        assert headers["x-accepted-oauth-scopes"] == "admin:enterprise, manage_billing:enterprise"
        assert refused(billing.get_all_cost_centers, "another") == (404, "Not Found")
        sandbox.revoke_pat()
        assert refused(billing.get_all_cost_centers, ENTERPRISE) == (401, "Bad credentials")
        assert {request.credential for request in sandbox.requests} == {"pat"}
    with Sandbox(SHAPE, TODAY, pat_scopes=("read:enterprise",)) as poor:
        rest = as_owner(poor).rest("ghec-2026-03-10")
        needs = (403, 'This API operation needs the "manage_billing:enterprise" scope.')
        assert refused(rest.billing.get_github_billing_usage_report_ghe, ENTERPRISE) == needs
        assert refused(rest.billing.list_usage_report_exports, ENTERPRISE) == needs
        assert rest.copilot.list_copilot_seats_for_enterprise(ENTERPRISE).status_code == 200


def test_nobody_gets_nothing(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/enterprises/{ENTERPRISE}/settings/billing/cost-centers"
    token = f"Bearer {sandbox.personal_access_token}"
    answers = [
        requests.get(url, timeout=5),
        requests.get(url, headers={"Authorization": "Bearer something"}, timeout=5),
        requests.get(url, headers={"Authorization": token, "User-Agent": ""}, timeout=5),
        requests.get(url, headers={"Authorization": token, "X-GitHub-Api-Version": "2020-01-01"}, timeout=5),
        requests.get(f"{sandbox.url}/enterprises/{ENTERPRISE}/nothing", headers={"Authorization": token}, timeout=5),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 403, 400, 404]
    assert [answer.json()["message"] for answer in answers[:2]] == ["Bad credentials"] * 2


def test_all_secrets_are_known(sandbox: Sandbox) -> None:
    token = as_app(sandbox).rest("ghec-2026-03-10").apps.create_installation_access_token(5001).parsed_data.token
    assert {sandbox.personal_access_token, token} <= set(sandbox.secrets)
    assert any(secret.count(".") == 2 for secret in sandbox.secrets)
    assert sandbox.private_key.splitlines()[1] in sandbox.secrets
