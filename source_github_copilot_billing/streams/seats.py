"""Stream `seats`: who has a Copilot seat today, by whom it was granted, and when it was last used.

https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from collections.abc import Iterable
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.seats import Grant, fetch_grants
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.row import new_row
from source_github_copilot_billing.streams.without_copilot import is_without_copilot
from source_github_copilot_billing.sync.stream import Context, Row, snapshot
from source_github_copilot_billing.time_stamps import as_text, utc_day, utc_moment

NOT_ENABLED = "not enabled"  # GitHub's 422 for an organization without Copilot; others speak of its payment


def _rows(account: Account, context: Context) -> Iterable[Row]:
    """Each grant once: one stands on two pages when the list moved while it was read.

    :raises ConnectorError: the list cannot be fetched, or a time stamp of it cannot be read
    """
    rows = (seat_row(account, context.today, grant) for grant in _grants(account, context))
    return {row["id"]: row for row in rows}.values()


SEATS = snapshot("seats", _rows)


def _grants(account: Account, context: Context) -> tuple[Grant, ...]:
    """An account without Copilot has no grants: GitHub says so, or answers 404 and bills it nothing of Copilot."""
    try:
        return context.once(fetch_grants, account)
    except HttpError as refusal:
        if refusal.status == 422 and NOT_ENABLED in refusal.reason.lower():
            context.logger.warning(f'{account.id}: it has no Copilot seats. GitHub says: "{refusal.reason}"')
            return ()
        if refusal.status == 404 and is_without_copilot(account, context):
            return ()
        raise


def seat_row(account: Account, day: date, grant: Grant) -> Row:
    """One grant of a seat, under the day of the read.

    :raises ConnectorError: unexpected_answer, when a time stamp or day cannot be read
    """
    # The list of an organization does not name the organization: it is the account.
    organization = grant.organization_name if account.is_enterprise else account.id.name
    team = grant.team
    return {
        **new_row("seats", account, day.isoformat(), *_key(account, grant)),
        "organization_name": organization,
        "login": grant.login,
        "user_id": grant.user_id,
        "plan_type": grant.plan_type,
        "assigning_team_id": team.id if team else None,
        "assigning_team_slug": team.slug if team else None,
        "assigning_team_name": team.name if team else None,
        "granted_by_organization": organization,
        "created_at": _time_stamp(account, "created_at", grant.created_at),
        "updated_at": _time_stamp(account, "updated_at", grant.updated_at),
        "last_activity_at": _time_stamp(account, "last_activity_at", grant.last_activity_at),
        "last_activity_editor": grant.last_activity_editor,
        "last_authenticated_at": _time_stamp(account, "last_authenticated_at", grant.last_authenticated_at),
        "pending_cancellation_date": _day(account, grant.pending_cancellation_date),
    }


def _key(account: Account, grant: Grant) -> tuple[str | None, ...]:
    """By numbers where GitHub gives them: they stay when a user, an organization or a team is renamed."""
    user = grant.login if grant.user_id is None else str(grant.user_id)
    # Several seats may wait for their users.
    created_at = _time_stamp(account, "created_at", grant.created_at) if user is None else None
    organization = team = None
    if account.is_enterprise:  # elsewhere the account says it
        known = grant.organization_id
        organization = grant.organization_name if known is None else str(known)
    if grant.team is not None:
        team = grant.team.slug if grant.team.id is None else str(grant.team.id)
    return user, organization, team, created_at


def _time_stamp(account: Account, name: str, text: str | None) -> str | None:
    if text is None:
        return None
    moment = utc_moment(text)
    if moment is None:
        raise _unreadable(account, name, "time stamp")
    return as_text(moment)


def _day(account: Account, text: str | None) -> str | None:
    if text is None:
        return None
    day = utc_day(text)
    if day is None:
        raise _unreadable(account, "pending_cancellation_date", "day")
    return day.isoformat()


def _unreadable(account: Account, name: str, what: str) -> ConnectorError:
    return ConnectorError(
        Code.UNEXPECTED_ANSWER,
        f"{account.id}: the list of Copilot seats has a seat whose {name} is no {what}. Nothing of it was used; the "
        "next sync reads it again.",
    )
