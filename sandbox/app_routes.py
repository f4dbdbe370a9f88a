"""What an App asks with its JWT: its installations, and a token for one of them."""

from __future__ import annotations

from typing import Any

from .credentials import APP_ID, Credential, Installation
from .messages import Call, Refusal, Reply
from .seat_routes import simple_user
from .world import World, page_of

CREATED_AT = "2026-01-15T08:00:00Z"
SUSPENDED_MESSAGE = "This installation has been suspended"


def installations(world: World, call: Call, credential: Credential) -> Reply:
    world.credentials.check_app_jwt(call)
    found = world.credentials.installations
    part, headers = page_of(world, call, len(found))
    return Reply(data=[_installation(world, one) for one in found[part]], headers=headers)


def access_tokens(world: World, call: Call, credential: Credential, installation_id: str) -> Reply:
    world.credentials.check_app_jwt(call)
    installation = world.credentials.installation(int(installation_id))
    if installation is None:
        raise Refusal(404, "Not Found")
    if installation.suspended_at is not None:
        raise Refusal(403, SUSPENDED_MESSAGE)
    token, ends = world.credentials.issue(installation)
    return Reply(
        201,
        {
            "token": token,
            "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": _permissions(world, installation),
            "repository_selection": "all",
        },
    )


def _permissions(world: World, installation: Installation) -> dict[str, str]:
    if installation.target_type == "Enterprise":
        # GitHub's schema has a name for none of these (and its text calls them "Enterprise billing" and so on).
        return {name: "read" for name in world.settings.enterprise_permissions}
    held = {"metadata": "read", **{name: "read" for name in world.settings.installation_permissions}}
    if world.settings.find("without_administration", installation.account):
        return held
    return {**held, "organization_administration": "read"}


def _installation(world: World, installation: Installation) -> dict[str, Any]:
    url, suspended_at = world.url, installation.suspended_at
    return {
        "id": installation.id,
        "account": _account(url, installation),
        "repository_selection": "selected" if installation.target_type == "Enterprise" else "all",
        "access_tokens_url": f"{url}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{url}/installation/repositories",
        "html_url": f"{url}/organizations/{installation.account}/settings/installations/{installation.id}",
        "app_id": APP_ID,
        "client_id": world.credentials.client_id,
        "app_slug": "copilot-billing-reader",
        "target_id": installation.account_id,
        "target_type": installation.target_type,
        "permissions": _permissions(world, installation),
        "events": [],
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "single_file_name": None,
        "suspended_at": None if suspended_at is None else suspended_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "suspended_by": None if suspended_at is None else simple_user(url, "org-owner", 1),
    }


def _account(url: str, installation: Installation) -> dict[str, Any]:
    if installation.target_type == "Enterprise":
        return {
            "id": installation.account_id,
            "node_id": f"E_{installation.account_id}",
            "name": installation.account,
            "slug": installation.account,
            "html_url": f"{url}/enterprises/{installation.account}",
            "avatar_url": f"{url}/avatars/{installation.account}",
            "created_at": CREATED_AT,
            "updated_at": CREATED_AT,
        }
    return simple_user(url, installation.account, installation.account_id, kind=installation.target_type)
