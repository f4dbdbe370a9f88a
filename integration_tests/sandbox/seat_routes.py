"""Copilot's seats, of enterprises and organizations, in pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .credentials import Credential
from .messages import Call, Reply
from .people import Grant, organization_id
from .world import World, page_of


def enterprise_seats(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    hidden = world.access.unauthorized_organizations(credential)
    return _page(world, call, [grant for grant in world.bill.grants if grant.organization not in hidden])


def organization_seats(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    return _page(world, call, [grant for grant in world.bill.grants if grant.organization == organization])


def organization(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    """What GitHub shows everybody of an organization."""
    created_at = "2019-03-01T09:00:00Z"
    public = {
        **organization_simple(world.url, organization),
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 3,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{world.url}/{organization}",
        "type": "Organization",
        "created_at": created_at,
        "updated_at": created_at,
        "archived_at": None,
    }
    return Reply(data=public)


def _page(world: World, call: Call, grants: list[Grant]) -> Reply:
    """`total_seats` counts a user once, however many objects the user has."""
    part, headers = page_of(world, call, len(grants))
    total = len({grant.login for grant in grants})
    seats = [_seat(world.url, grant) for grant in grants[part]]
    return Reply(data={"total_seats": total, "seats": seats}, headers=headers)


def _seat(url: str, grant: Grant) -> dict[str, Any]:
    return {
        "assignee": None if grant.login is None else simple_user(url, grant.login, grant.id),
        "organization": organization_simple(url, grant.organization),
        "assigning_team": None if grant.team is None else _team(url, grant.organization, grant.team),
        "pending_cancellation_date": None,
        "last_activity_at": _stamp(grant.last_activity_at),
        "last_activity_editor": None if grant.last_activity_at is None else "vscode/1.105.0/copilot-chat/0.32.0",
        "last_authenticated_at": _stamp(grant.last_activity_at),
        "created_at": _stamp(grant.created_at),
        "plan_type": "business",
    }


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def simple_user(url: str, login: str, user_id: int, kind: str = "User") -> dict[str, Any]:
    user = f"{url}/users/{login}"
    return {
        "login": login,
        "id": user_id,
        "node_id": f"U_{user_id}",
        "avatar_url": f"{url}/avatars/{user_id}",
        "gravatar_id": "",
        "url": user,
        "html_url": f"{url}/{login}",
        "followers_url": f"{user}/followers",
        "following_url": f"{user}/following{{/other_user}}",
        "gists_url": f"{user}/gists{{/gist_id}}",
        "starred_url": f"{user}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{user}/subscriptions",
        "organizations_url": f"{user}/orgs",
        "repos_url": f"{user}/repos",
        "events_url": f"{user}/events{{/privacy}}",
        "received_events_url": f"{user}/received_events",
        "type": kind,
        "site_admin": False,
    }


def organization_simple(url: str, login: str) -> dict[str, Any]:
    organization, number = f"{url}/orgs/{login}", organization_id(login)
    return {
        "login": login,
        "id": number,
        "node_id": f"O_{number}",
        "url": organization,
        "repos_url": f"{organization}/repos",
        "events_url": f"{organization}/events",
        "hooks_url": f"{organization}/hooks",
        "issues_url": f"{organization}/issues",
        "members_url": f"{organization}/members{{/member}}",
        "public_members_url": f"{organization}/public_members{{/member}}",
        "avatar_url": f"{url}/avatars/{login}",
        "description": None,
    }


def _team(url: str, organization: str, slug: str) -> dict[str, Any]:
    team = f"{url}/orgs/{organization}/teams/{slug}"
    return {
        "id": 1,
        "node_id": "T_1",
        "name": slug,
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": team,
        "html_url": team,
        "members_url": f"{team}/members{{/member}}",
        "repositories_url": f"{team}/repos",
        "type": "organization",
        "organization_id": 1,
        "parent": None,
    }
