"""Who is on the bill: organizations, members, seats and cost centers of the made-up enterprise."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from random import Random

from .shape import BillShape, first_billed_day

AZURE_SUBSCRIPTION = "5a7b1c2d-0000-4000-8000-00000000a57e"
CENTER_NAMES = ("Control Rooms", "Platform, shared", 'Pilot "2025"')


@dataclass(frozen=True)
class Member:
    login: str
    id: int
    organizations: tuple[str, ...]
    # The last day of usage of somebody who left; None for all others.
    left_on: date | None = None
    # The day on which somebody got a seat; None for those who always had one.
    joined_on: date | None = None
    idle: bool = False
    # Asking for this login answers 404, though it holds a seat.
    renamed: bool = False

    def uses_on(self, day: date) -> bool:
        has_joined = self.joined_on is None or self.joined_on <= day
        return has_joined and not self.idle and not self.renamed and (self.left_on is None or day <= self.left_on)


@dataclass(frozen=True)
class CostCenter:
    id: str
    name: str
    # None while it is active; nothing is charged to it from this day on.
    deleted_on: date | None
    resources: tuple[tuple[str, str], ...] = ()
    # AI credits a month that it may draw on what the seats include; None without such a limit.
    pool_target: int | None = None
    # Who pays for it on Azure; None for what is not linked.
    azure_subscription: str | None = None

    @property
    def state(self) -> str:
        return "active" if self.deleted_on is None else "deleted"


@dataclass(frozen=True)
class Grant:
    """One seat object: a user can hold several. `login` is None for a seat that nobody sits on.

    `organization` is None where a team of the enterprise grants the seat.
    """

    login: str | None
    id: int
    organization: str | None
    team: str | None
    last_activity_at: datetime | None
    created_at: datetime
    plan_type: str = "business"
    pending_cancellation_date: date | None = None


def members_of(shape: BillShape, organization: str, number: int, today: date) -> list[Member]:
    """Members of the organization that is the `number`-th (from 0), those who left included."""
    first = number * (shape.users_per_organization + shape.idle_users_per_organization) + 1
    logins = [_login(first + offset) for offset in range(shape.users_per_organization)]
    idle = [f"idle-{first + offset:03}" for offset in range(shape.idle_users_per_organization)]
    members = [
        Member(login, 70_000 + first + offset, _organizations(shape, organization, number, offset))
        for offset, login in enumerate(logins)
    ]
    members += [Member(login, 80_000 + first + offset, (organization,), idle=True) for offset, login in enumerate(idle)]
    if number == 0:
        members += [
            Member(f"renamed-{index + 1:03}", 90_000 + index, (organization,), renamed=True)
            for index in range(shape.renamed_users)
        ]
        days = [day for day, count in shape.joiners if day <= today for _ in range(count)]
        members += [
            Member(f"joined-{index + 1:03}", 97_000 + index, (organization,), joined_on=day)
            for index, day in enumerate(days)
        ]
    start, organizations = first_billed_day(shape, today), max(1, len(shape.organizations))
    for index in range(shape.users_who_left):
        if index % organizations == number:
            # One left long ago, the next only now: the second leaves a remainder in the days a sync reads again.
            left_on = start + (today - start) * 2 // 3 if index % 2 == 0 else today - timedelta(days=3)
            members.append(Member(f"left-{index + 1:03}", 95_000 + index, (organization,), left_on=left_on))
    return members


def _login(number: int) -> str:
    """Every fifth in another letter case: logins are not case-sensitive."""
    return f"User-{number:03}" if number % 5 == 0 else f"user-{number:03}"


def _organizations(shape: BillShape, organization: str, number: int, offset: int) -> tuple[str, ...]:
    shared = number == 0 and offset < shape.shared_users and len(shape.organizations) > 1
    return (organization, shape.organizations[1]) if shared else (organization,)


def organization_id(login: str) -> int:
    """GitHub's number for an organization, the same wherever it stands."""
    return 100_000 + zlib.crc32(login.lower().encode()) % 1_000_000


def make_cost_centers(shape: BillShape, today: date, seed: int) -> tuple[CostCenter, ...]:
    start = first_billed_day(shape, today)
    rng = Random(f"{seed}:cost-centers")
    centers = []
    for index in range(shape.cost_centers):
        deleted = index == shape.cost_centers - 1 and shape.cost_centers > 1
        name = CENTER_NAMES[index] if index < len(CENTER_NAMES) else f"Cost center {index + 1}"
        centers.append(
            CostCenter(
                id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
                name=CENTER_NAMES[0] if deleted and shape.same_name_cost_centers else name,
                deleted_on=start + (today - start) // 2 if deleted else None,
                resources=() if deleted else _resources(shape, index),
                pool_target=shape.pool_target if index == 0 else None,
                azure_subscription=AZURE_SUBSCRIPTION if index == 0 else None,
            )
        )
    return tuple(centers)


def _resources(shape: BillShape, index: int) -> tuple[tuple[str, str], ...]:
    user = ("User", f"user-{index + 2:03}")
    if index == 0:
        return (user, ("Team", "ent:seat-holders"))
    organization = shape.organizations[index % len(shape.organizations)]
    return (user, ("Org", organization), ("Repo", f"{organization}/repo-1"))


def make_grants(shape: BillShape, members: list[Member], today: date, seed: int) -> tuple[Grant, ...]:
    """Seats of present members, by their organizations and teams, and some by a team of the enterprise too.

    `last_activity_at` is a hint that is wrong for some, as GitHub's is.
    """
    rng = Random(f"{seed}:seats")
    grants: list[Grant] = []
    seen_organizations: set[str] = set()
    for member in members:
        if member.left_on is not None:
            continue
        for organization in member.organizations:
            active = member.uses_on(today) if rng.random() < 0.9 else not member.uses_on(today)
            last = _moment(today - timedelta(days=rng.randrange(3)), rng) if active else None
            created = _moment(member.joined_on or today - timedelta(days=300), rng)
            grants.append(Grant(member.login, member.id, organization, None, last, created))
            if organization not in seen_organizations:
                seen_organizations.add(organization)
                grants.append(Grant(member.login, member.id, organization, "copilot-users", last, created))
    if grants:
        grants.insert(1, Grant(None, 0, grants[0].organization, None, None, grants[0].created_at))
    return (*_with_plans(shape, grants, today), *_enterprise_grants(shape, grants))


def _with_plans(shape: BillShape, grants: list[Grant], today: date) -> Iterator[Grant]:
    """The last seats of the list are given up: they end with the month."""
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    for number, grant in enumerate(grants):
        ends = number >= len(grants) - shape.pending_cancellations
        plan = "enterprise" if grant.organization in shape.enterprise_plans else "business"
        yield replace(grant, plan_type=plan, pending_cancellation_date=next_month if ends else None)


def _enterprise_grants(shape: BillShape, grants: list[Grant]) -> Iterator[Grant]:
    """A seat by a team of the enterprise for users who hold one already."""
    once = {grant.login: grant for grant in grants if grant.login is not None}
    for grant in list(once.values())[: shape.enterprise_team_seats]:
        yield replace(grant, organization=None, team="ent:seat-holders", plan_type="business")


def _moment(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(), timezone.utc) + timedelta(seconds=rng.randrange(86_400))
