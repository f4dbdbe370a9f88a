"""Copilot's seats, of enterprises and organizations, in pages, and an organization's plan."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from .bill import Bill
from .charges import ENTERPRISE_SEAT
from .credentials import Credential
from .licenses import seat_of
from .messages import Call, Reply
from .metrics_reports import Metrics
from .people import Grant
from .spelling import chance
from .teams import team_id
from .world import World, page_of


def enterprise_seats(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    hidden = world.access.unauthorized_organizations(credential)
    grants = [grant for grant in world.bill.seats() if grant.organization not in hidden]
    return _page(world, call, grants, with_organization=True)


def organization_seats(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    return _page(world, call, list(world.bill.seats(organization)), with_organization=False)


def organization(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    """What GitHub shows everybody of an organization."""
    created_at = "2019-03-01T09:00:00Z"
    public = {
        **organization_simple(world, organization),
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


def copilot_plan(world: World, call: Call, credential: Credential, organization: str) -> Reply:
    """The plan that an organization's seats are billed at, and how many there are today."""
    breakdown = seat_breakdown(world.bill, world.metrics, organization)
    plan = "enterprise" if seat_of(world.bill.shape, organization) == ENTERPRISE_SEAT else "business"
    return Reply(
        data={
            "seat_breakdown": breakdown,
            "seat_management_setting": "assign_selected",
            "ide_chat": "enabled",
            "platform_chat": "enabled",
            "cli": "enabled",
            "public_code_suggestions": "block",
            "plan_type": plan,
        }
    )


def seat_breakdown(bill: Bill, metrics: Metrics, organization: str) -> dict[str, int]:
    """`total` are the seats that this month's bill charges to the organization, those of leavers included."""
    billed, grants = bill.licenses_on(bill.today, organization), bill.seats(organization)
    month = bill.today.replace(day=1)
    days = [month + timedelta(days=offset) for offset in range(bill.today.day)]
    active = {login for day in days for login in metrics.active_users(day)}
    return {
        "total": len(billed),
        "added_this_cycle": sum(license.first > month for license in billed),
        "pending_cancellation": len({grant.login for grant in grants if grant.pending_cancellation_date}),
        "pending_invitation": sum(grant.login is None for grant in grants),
        "active_this_cycle": sum((license.login or "").lower() in active for license in billed),
        "inactive_this_cycle": sum((license.login or "").lower() not in active for license in billed),
    }


def _page(world: World, call: Call, grants: list[Grant], with_organization: bool) -> Reply:
    """`total_seats` counts a user once, however many objects the user has."""
    part, headers = page_of(world, call, len(grants))
    total = len({grant.login for grant in grants})
    seats = [_seat(world, grant, with_organization) for grant in grants[part]]
    return Reply(data={"total_seats": total, "seats": seats}, headers=headers)


def _seat(world: World, grant: Grant, with_organization: bool) -> dict[str, Any]:
    """A field is null or absent where there is nothing; an organization's list never names the organization."""
    url, offset, ends = world.url, world.settings.seat_offset_minutes, grant.pending_cancellation_date
    seat: dict[str, Any] = {
        "assignee": None if grant.login is None else simple_user(url, grant.login, grant.id),
        "pending_cancellation_date": None if ends is None else ends.isoformat(),
        "last_activity_at": _stamp(grant.last_activity_at, offset),
        "last_activity_editor": None if grant.last_activity_at is None else "vscode/1.105.0/copilot-chat/0.32.0",
        "last_authenticated_at": _stamp(grant.last_activity_at, offset),
        "created_at": _stamp(grant.created_at, offset),
        "updated_at": _stamp(grant.created_at, offset),
        "plan_type": grant.plan_type,
    }
    if with_organization:
        own = grant.organization
        seat["organization"] = None if own is None else organization_simple(world, own)
    if grant.team is not None:
        seat["assigning_team"] = _team(world, grant.organization, grant.team)
    elif chance(grant.login, grant.organization) % 2:
        seat["assigning_team"] = None
    return seat


def _stamp(at: datetime | None, offset_minutes: int) -> str | None:
    if at is None:
        return None
    if offset_minutes == 0:
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return at.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat()


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


def organization_simple(world: World, login: str) -> dict[str, Any]:
    url, number = world.url, world.bill.organization_id(login)
    organization = f"{url}/orgs/{login}"
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


def _team(world: World, organization: str | None, slug: str) -> dict[str, Any]:
    number = team_id(organization, slug)
    if organization is None:
        team = f"{world.url}/enterprises/{world.bill.shape.enterprise}/teams/{slug}"
        return {
            "id": number,
            "name": slug.removeprefix("ent:"),
            "slug": slug,
            "url": team,
            "html_url": team,
            "members_url": f"{team}/members{{/member}}",
            "group_id": None,
            "created_at": "2026-01-15T08:00:00Z",
            "updated_at": "2026-01-15T08:00:00Z",
        }
    team = f"{world.url}/orgs/{organization}/teams/{slug}"
    return {
        "id": number,
        "node_id": f"T_{number}",
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
        "organization_id": world.bill.organization_id(organization),
        "parent": None,
    }
