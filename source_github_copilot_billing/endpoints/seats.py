"""Copilot's seats: the list of an account, fetched once a sync, and who holds one.

https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import utc_day
from source_github_copilot_billing.endpoints.answers import Fields, whole_list
from source_github_copilot_billing.errors import Code
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.response import Item

PARTS = ("assignee", "organization", "assigning_team")  # inner objects, on which the key of a grant hangs
ENTERPRISE_TEAM = {"group_id", "organization_selection_type"}  # fields that a team of an organization does not have


@dataclass(frozen=True)
class Team:
    """The team whose members all get a seat.

    :param type: organization or enterprise: whose team it is; None where GitHub does not say it
    """

    id: int | None
    slug: str | None
    name: str | None
    type: str | None = None


@dataclass(frozen=True)
class Grant:
    """One object of the list: GitHub has one for each organization or team that grants a user a seat.

    Time stamps are in UTC, as rows hold them.

    :param login: None for a seat whose user is gone, or did not come yet
    :param organization_id: GitHub's number of the organization; the list of an organization does not name it
    :param other_fields: what GitHub wrote of fields that could not be read, or that nobody knows yet
    :param odd_fields: the names of those that could not be read
    """

    login: str | None
    user_id: int | None
    organization_id: int | None
    organization_name: str | None
    team: Team | None
    plan_type: str | None
    created_at: str | None
    updated_at: str | None
    last_activity_at: str | None
    last_activity_editor: str | None
    last_authenticated_at: str | None
    pending_cancellation_date: str | None
    other_fields: dict[str, Any] | None = field(default=None, hash=False)
    odd_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeatHolder:
    """A user with a seat, however many grants they have.

    :param last_active: the UTC day of last_activity_at: a hint, not a truth (telemetry can be off)
    """

    login: str
    last_active: date | None


def seat_holders(grants: Iterable[Grant]) -> tuple[SeatHolder, ...]:
    """Each user once, the latest active first."""
    holders: dict[str, SeatHolder] = {}
    for grant in grants:
        if grant.login is None:
            continue
        holder = SeatHolder(grant.login, utc_day(grant.last_activity_at) if grant.last_activity_at else None)
        known = holders.get(holder.login.lower())
        if known is None or (known.last_active or date.min) < (holder.last_active or date.min):
            holders[holder.login.lower()] = holder
    by_activity = sorted(
        holders.values(), key=lambda holder: (holder.last_active or date.min, holder.login), reverse=True
    )
    return tuple(by_activity)


def fetch_grants(account: Account) -> Sequence[Grant]:
    """All present grants of an account, in GitHub's order, as many users' as GitHub says that there are.

    :raises HttpError: no_resource for a 422, by which GitHub speaks of the account's state
    :raises ConnectorError: the list cannot be fetched
    """
    try:
        return whole_list(account, "Copilot seats", lambda: _fetch(account), _users)
    except HttpError as error:
        raise explained(error, account, "the list of Copilot seats") from None


def explained(error: HttpError, account: Account, what: str) -> HttpError:
    """A 422 in words, by which GitHub speaks of the account's state; any other error as it is."""
    if error.status != 422:
        return error
    return error.with_sentence(
        f'{account.id}: GitHub answered 422 "{error.reason}" to {what}: it does not give it in the account\'s present '
        "state. Copilot may be switched off, or the payment may have a problem: an owner looks at the account's "
        "billing settings on GitHub.",
        Code.NO_RESOURCE,
    )


def _fetch(account: Account) -> tuple[Sequence[Grant], int | None]:
    """The grants of all pages, and how many users hold one by the last page."""
    grants: list[Grant] = []
    total = None
    for page in account.github.pages(account.seats({"per_page": 100})):
        grants += map(parse_grant, page.items("seats"))
        total = Fields(page.fields).count("total_seats")
    return grants, total


def _users(grants: Sequence[Grant]) -> int:
    """As `total_seats` counts: each user once, however many grants they have, and each grant without a user."""
    named = {grant.user_id or (grant.login or "").lower() for grant in grants if grant.user_id or grant.login}
    return len(named) + sum(not (grant.user_id or grant.login) for grant in grants)


def parse_grant(item: Item) -> Grant:
    """A seat of GitHub's list. An odd value costs its field alone, but for whose seat it is.

    :raises ConnectorError: unexpected_answer, when assignee, organization or assigning_team is no object, or has no
        number where GitHub documents one
    """
    fields = Fields(item, PARTS)
    assignee, organization, team = (_part(item, name) for name in PARTS)
    return Grant(
        login=assignee.optional_text("login") if assignee else None,
        user_id=_id(assignee),
        organization_id=_id(organization),
        organization_name=organization.optional_text("login") if organization else None,
        team=_team(team) if team else None,
        plan_type=fields.text("plan_type"),
        created_at=fields.moment("created_at"),
        updated_at=fields.moment("updated_at"),
        last_activity_at=fields.moment("last_activity_at"),
        last_activity_editor=fields.text("last_activity_editor"),
        last_authenticated_at=fields.moment("last_authenticated_at"),
        pending_cancellation_date=fields.day("pending_cancellation_date"),
        other_fields=fields.other(),
        odd_fields=tuple(fields.odd),
    )


def _team(team: Item) -> Team:
    """GitHub describes a team of the enterprise in two ways: with a type, and without it by fields of its own."""
    by_fields = "enterprise" if ENTERPRISE_TEAM & team.values.keys() else None
    type_ = team.values.get("type")
    return Team(
        _id(team),
        team.optional_text("slug"),
        team.optional_text("name"),
        type_ if isinstance(type_, str) else by_fields,
    )


def _part(item: Item, name: str) -> Item | None:
    values = item.values.get(name)
    if values is None:
        return None
    if not isinstance(values, dict):
        item.refuse(name, "is no object")
    return Item(values, item.response)


def _id(part: Item | None) -> int | None:
    number = part.optional_number("id") if part else None
    return None if number is None else int(number)
