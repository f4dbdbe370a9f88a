"""The contract of the App: driven by githubkit, whose models come from GitHub's OpenAPI.

Its model of permissions lacks those of Copilot's metrics and of an enterprise's billing.
"""

from __future__ import annotations

import re

from githubkit_schemas.ghec_v2026_03_10.models import SimpleUser

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_app,
    as_owner,
    raw,
    refused,
    undocumented,
)
from sandbox.sandbox import Sandbox
from sandbox.settings import Settings

UNDOCUMENTED = {
    f".permissions.{name}" for name in (*Settings().installation_permissions, *Settings().enterprise_permissions)
}


def test_installations_come_in_pages() -> None:
    with Sandbox(SHAPE, TODAY, page_size_max=2, enterprise_installation=True) as sandbox:
        apps = as_app(sandbox).rest("ghec-2026-03-10").apps
        found = []
        for page in (1, 2, 3):
            response = apps.list_installations(per_page=100, page=page)
            assert undocumented(raw(response), response.parsed_data) <= UNDOCUMENTED
            assert ('rel="next"' in response.raw_response.headers.get("link", "")) == (page < 3)
            found += response.parsed_data
    names = [one.account.login if isinstance(one.account, SimpleUser) else one.account for one in found]
    assert names[:5] == ["acme-platform", "acme-data", "Acme-Labs", "user-001", "acme-archive"]
    assert [one.target_type for one in found] == ["Organization"] * 3 + ["User", "Organization", "Enterprise"]
    assert [one.suspended_at is not None for one in found] == [False] * 4 + [True, False]
    assert {one.app_id for one in found} == {int(sandbox.app_id)}
    assert [one.target_id for one in found[:3]] == [sandbox.bill.organization_id(name) for name in SHAPE.organizations]


def test_installation_tokens_are_long_and_serve_their_own_organization(sandbox: Sandbox) -> None:
    rest = as_app(sandbox).rest("ghec-2026-03-10")
    own = rest.apps.list_installations().parsed_data[0]
    created = rest.apps.create_installation_access_token(own.id)
    assert created.status_code == 201
    assert undocumented(raw(created), created.parsed_data) <= UNDOCUMENTED
    assert len(created.parsed_data.token) == 420
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created.parsed_data.expires_at)

    mine = as_owner(sandbox, created.parsed_data.token)
    ask = mine.rest("2026-03-10").billing.get_github_billing_ai_credit_usage_report_org
    assert ask(ORGANIZATION.upper(), year=2026, month=6).parsed_data.organization == ORGANIZATION
    assert refused(ask, "acme-data", year=2026, month=6) == (404, "Not Found")
    enterprise = mine.rest("ghec-2026-03-10").billing.get_all_cost_centers
    assert refused(enterprise, ENTERPRISE) == (404, "Not Found")
