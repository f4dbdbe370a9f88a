"""Personal access tokens of an organization's owner, classic and fine-grained: what they see, and how they are told."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_owner,
    raw,
    refused,
    undocumented,
)
from sandbox.sandbox import Sandbox

USAGE = f"/organizations/{ORGANIZATION}/settings/billing/usage"
SEATS = f"/orgs/{ORGANIZATION}/copilot/billing/seats"
NOT_ACCESSIBLE = "Resource not accessible by personal access token"


def ask(sandbox: Sandbox, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.organization_token}"}
    return requests.get(sandbox.url + path, headers=headers, timeout=5)


def test_a_classic_token_reads_all_its_organizations() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        rest = as_owner(sandbox, sandbox.organization_token)
        for name in sandbox.bill.organizations:
            found = rest.rest("ghec-2026-03-10").orgs.get(name.upper())
            assert undocumented(raw(found), found.parsed_data) == set()
            assert (found.parsed_data.login, found.parsed_data.id) == (name, sandbox.bill.organization_id(name))
            usage = rest.rest("2026-03-10").billing.get_github_billing_usage_report_org(name, year=2026, month=6)
            assert usage.headers["x-accepted-oauth-scopes"] == "admin:org"
            assert usage.headers["x-oauth-scopes"] == "admin:org, manage_billing:copilot, read:org"
            assert usage.headers["github-authentication-token-expiration"] == "2099-12-01 10:00:00 UTC"
            assert rest.rest("ghec-2026-03-10").copilot.list_copilot_seats(name).status_code == 200
        assert {request.credential for request in sandbox.requests} == {"organization_pat"}
        enterprise = rest.rest("ghec-2026-03-10").billing.get_all_cost_centers
        assert refused(enterprise, ENTERPRISE)[0] == 403
        assert ask(sandbox, "/orgs/another").status_code == 404
        sandbox.revoke_organization_pat()
        assert ask(sandbox, USAGE).status_code == 401
        sandbox.restore_organization_pat()
        assert ask(sandbox, USAGE).status_code == 200


@pytest.mark.parametrize("path", ["usage", "usage/summary", "ai_credit/usage", "premium_request/usage", "budgets"])
def test_all_five_billing_paths_follow_the_same_rules(path: str) -> None:
    url = f"/organizations/{ORGANIZATION}/settings/billing/{path}"
    with Sandbox(SHAPE, TODAY) as sandbox:
        assert ask(sandbox, url).status_code == 200
        sandbox.settings.organization_pat_scopes = ("read:org", "manage_billing:copilot")
        assert ask(sandbox, url).status_code == 404
        sandbox.settings.organization_pat_kind = "fine_grained"
        assert ask(sandbox, url).status_code == 200
        sandbox.settings.organization_pat_permissions = ()
        assert ask(sandbox, url).json()["message"] == NOT_ACCESSIBLE


def test_metrics_need_read_org_or_their_own_permission() -> None:
    url = f"/orgs/{ORGANIZATION}/copilot/metrics/reports/users-1-day?day=2026-09-20"
    with Sandbox(SHAPE, TODAY, organization_pat_scopes=("read:org",)) as sandbox:
        assert ask(sandbox, url).status_code == 200
        sandbox.settings.organization_pat_scopes = ("manage_billing:copilot",)
        assert ask(sandbox, url).status_code == 403
        sandbox.settings.organization_pat_kind = "fine_grained"
        assert ask(sandbox, url).status_code == 200
        sandbox.settings.organization_pat_permissions = ("organization_administration",)
        refused = ask(sandbox, url)
        assert (refused.status_code, refused.json()["message"]) == (403, NOT_ACCESSIBLE)
        assert refused.headers["x-accepted-github-permissions"] == "organization_copilot_metrics=read"


@pytest.mark.parametrize("scopes", [("read:org",), ("write:org",), ("manage_billing:copilot",)])
def test_a_lesser_scope_gets_404_from_billing(scopes: tuple[str, ...]) -> None:
    with Sandbox(SHAPE, TODAY, organization_pat_scopes=scopes) as sandbox:
        assert (ask(sandbox, USAGE).status_code, ask(sandbox, USAGE).json()["message"]) == (404, "Not Found")
        assert ask(sandbox, SEATS).status_code == (403 if scopes == ("write:org",) else 200)
        assert ask(sandbox, f"/orgs/{ORGANIZATION}").status_code == 200


@pytest.mark.parametrize("kind", ["classic", "fine_grained"])
def test_a_members_token_sees_no_billing(kind: str) -> None:
    settings: dict[str, Any] = {"organization_pat_kind": kind, "organization_pat_is_of_owner": False}
    with Sandbox(SHAPE, TODAY, **settings) as sandbox:
        assert ask(sandbox, USAGE).status_code == (404 if kind == "classic" else 403)
        seats = ask(sandbox, SEATS)
        assert (seats.status_code, "organization role access" in seats.json()["message"]) == (403, True)


def test_a_fine_grained_token_has_one_owner_and_permissions() -> None:
    with Sandbox(SHAPE, TODAY, organization_pat_kind="fine_grained") as sandbox:
        usage = ask(sandbox, USAGE)
        assert (usage.status_code, "x-oauth-scopes" in usage.headers) == (200, False)
        assert usage.headers["x-accepted-github-permissions"] == "organization_administration=read"
        assert ask(sandbox, SEATS).status_code == 200
        assert ask(sandbox, "/organizations/acme-data/settings/billing/usage").status_code == 404
        assert ask(sandbox, "/orgs/acme-data").status_code == 200
        assert ask(sandbox, f"/enterprises/{ENTERPRISE}/settings/billing/usage").status_code == 403
        sandbox.settings.organization_pat_permissions = ("organization_copilot_seat_management",)
        poor = ask(sandbox, USAGE)
        assert (poor.status_code, poor.json()["message"]) == (403, NOT_ACCESSIBLE)
        assert poor.headers["x-accepted-github-permissions"] == "organization_administration=read"
        assert ask(sandbox, SEATS).status_code == 200


def test_single_sign_on_hides_an_organization_from_a_classic_token() -> None:
    for kind, statuses in (("classic", [404, 404, 403]), ("fine_grained", [200, 200, 200])):
        with Sandbox(SHAPE, TODAY, organization_pat_kind=kind, sso_required=(ORGANIZATION,)) as sandbox:
            answers = [ask(sandbox, path) for path in (USAGE, SEATS, f"/orgs/{ORGANIZATION}")]
            assert [answer.status_code for answer in answers] == statuses
            assert ["x-github-sso" in answer.headers for answer in answers] == [False, False, kind == "classic"]


def test_configurations_of_organization_tokens() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        config = sandbox.organization_pat_config(num_workers=2)
        assert config["credentials"] == {
            "connection_type": "organization_pat",
            "organizations": ["acme-platform", "acme-data", "Acme-Labs"],
            "personal_access_token": sandbox.organization_token,
        }
        assert (config["num_workers"], config["api_url"]) == (2, sandbox.url)
        assert sandbox.organization_pat_config(["acme-data"])["credentials"]["organizations"] == ["acme-data"]
        assert sandbox.organization_token in sandbox.secrets
    with pytest.raises(ValueError, match="organization_pat_kind is one of classic, fine_grained"):
        Sandbox(SHAPE, TODAY, organization_pat_kind="golden")
