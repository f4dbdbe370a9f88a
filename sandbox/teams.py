"""The teams of organizations and of the enterprise, and who is in them on which day."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .people import Member

# GitHub's reports leave out teams with fewer seated users.
REPORTED_FROM = 5
GRANTING_TEAM, ENTERPRISE_TEAM = "copilot-users", "ent:seat-holders"


@dataclass(frozen=True)
class Membership:
    """`last` is the last day in the team; None while it goes on."""

    member: Member
    first: date
    last: date | None

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Team:
    """`organization` None: the team is the enterprise's own."""

    slug: str
    organization: str | None
    memberships: tuple[Membership, ...]

    @property
    def id(self) -> int:
        return team_id(self.organization, self.slug)

    def members_on(self, day: date) -> tuple[Member, ...]:
        return tuple(one.member for one in self.memberships if one.holds_on(day))

    def is_reported_on(self, day: date) -> bool:
        return len(self.members_on(day)) >= REPORTED_FROM


def team_id(organization: str | None, slug: str) -> int:
    return 400_000 + zlib.crc32(f"{(organization or '').lower()}/{slug}".encode()) % 100_000


def make_teams(members: Sequence[Member], organizations: Sequence[str], first: date, today: date) -> tuple[Team, ...]:
    teams: list[Team] = []
    for organization in organizations:
        teams += _organization_teams([one for one in members if organization in one.organizations], organization, first)
    everybody = tuple(_stays(members, first))
    teams.append(Team(ENTERPRISE_TEAM, None, everybody))
    teams.append(Team("ent:platform-guild", None, everybody[::2]))
    return tuple(_with_a_change(team, first, today) for team in teams)


def _organization_teams(members: Sequence[Member], organization: str, first: date) -> Iterator[Team]:
    """Frontend and backend share members; the reviewers are too few to be reported."""
    stays = tuple(_stays(members, first))
    most = -(-len(stays) * 3 // 5)
    yield Team(GRANTING_TEAM, organization, stays)
    yield Team("frontend", organization, stays[:most])
    yield Team("backend", organization, stays[-most:])
    yield Team("reviewers", organization, stays[: REPORTED_FROM - 1])


def _stays(members: Sequence[Member], first: date) -> Iterator[Membership]:
    for member in members:
        yield Membership(member, max(first, member.joined_on or first), member.left_on)


def _with_a_change(team: Team, first: date, today: date) -> Team:
    """Half-way, the first of the frontend's members leaves it, and the last of the backend's joins it."""
    if not team.memberships or team.slug not in ("frontend", "backend"):
        return team
    change = first + (today - first) // 2
    head, *rest = team.memberships
    if team.slug == "frontend" and head.last is None:
        return Team(team.slug, team.organization, (Membership(head.member, head.first, change), *rest))
    *most, tail = team.memberships
    if team.slug == "backend" and (tail.last is None or tail.last > change):
        joined = Membership(tail.member, change + timedelta(days=1), tail.last)
        return Team(team.slug, team.organization, (*most, joined))
    return team
