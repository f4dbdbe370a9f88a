"""Drives the sandbox with githubkit, and compares what it answers with GitHub's own models: helpers for the tests."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from githubkit import AppAuthStrategy, AppInstallationAuthStrategy, GitHub, TokenAuthStrategy
from githubkit.cache import MemCacheStrategy
from githubkit.exception import RequestFailed
from githubkit_schemas.ghec_v2026_03_10.models import SimpleUser
from pydantic import BaseModel

from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape

TODAY = date(2026, 11, 22)
ENTERPRISE = "acme"
ORGANIZATION = "acme-platform"
SHAPE = BillShape(first_day=date(2026, 5, 1), users_per_organization=5)
# githubkit's namespaces do not keep their client alive.
_ALIVE: list[GitHub[Any]] = []


def as_owner(sandbox: Sandbox, token: str | None = None) -> GitHub[TokenAuthStrategy]:
    return github(sandbox, TokenAuthStrategy(token or sandbox.personal_access_token))


def as_app(sandbox: Sandbox, app_id: str | None = None, key: str | None = None) -> GitHub[AppAuthStrategy]:
    return github(sandbox, AppAuthStrategy(app_id or sandbox.app_id, key or sandbox.private_key))


def as_installation(sandbox: Sandbox, organization: str) -> GitHub[AppInstallationAuthStrategy]:
    auth = AppAuthStrategy(sandbox.app_id, sandbox.private_key)
    return github(sandbox, auth.as_installation(installation_ids(sandbox)[organization]))


def installation_ids(sandbox: Sandbox) -> dict[str, int]:
    listed = as_app(sandbox).rest("ghec-2026-03-10").apps.list_installations(per_page=100).parsed_data
    return {one.account.login: one.id for one in listed if isinstance(one.account, SimpleUser)}


def github(sandbox: Sandbox, auth: Any) -> GitHub[Any]:
    """Without retries and HTTP cache, and with a token cache of its own: githubkit shares one by App ID."""
    client: GitHub[Any] = GitHub(
        auth,
        base_url=sandbox.url,
        cache_strategy=MemCacheStrategy(),
        http_cache=False,
        auto_retry=False,
        trust_env=False,
        follow_redirects=False,
    )
    _ALIVE.append(client)
    return client


def raw(response: Any) -> Any:
    """The answer's JSON, with no type to it: githubkit's is for parsed data."""
    return response.raw_response.json()


def exact(response: Any) -> Any:
    """The answer's JSON without rounding its numbers."""
    return json.loads(response.raw_response.text, parse_float=Decimal, parse_int=Decimal)


def undocumented(answer: Any, model: Any, path: str = "") -> set[str]:
    """Fields that stand in the answer and not in GitHub's model, which pydantic would pass over in silence."""
    if isinstance(answer, list) and isinstance(model, list):
        return {name for part, one in zip(answer, model, strict=True) for name in undocumented(part, one, path)}
    if not isinstance(answer, dict) or not isinstance(model, BaseModel):
        return set()
    names = {field.alias or name: name for name, field in type(model).model_fields.items()}
    found = set()
    for alias, value in answer.items():
        if alias in names:
            found |= undocumented(value, getattr(model, names[alias]), f"{path}.{alias}")
        else:
            found.add(f"{path}.{alias}")
    return found


def refused(call: Any, *arguments: Any, **parameters: Any) -> tuple[int, str]:
    """Status and message of a request that must fail."""
    with pytest.raises(RequestFailed) as failure:
        call(*arguments, **parameters)
    response = failure.value.response
    body = response.json()
    assert body["status"] == str(response.status_code)
    assert body["documentation_url"].startswith("https://docs.github.com/")
    return response.status_code, body["message"]
