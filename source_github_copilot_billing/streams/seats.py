"""Stream `seats`: who has a Copilot seat today, by whom it was granted, and when it was last used.

And whether an account has no Copilot: GitHub then answers 404 to seats and metrics, as to who may not see them.

https://docs.github.com/en/rest/copilot/copilot-user-management
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import fetch_totals
from source_github_copilot_billing.endpoints.period import FINAL_AFTER_DAYS, month_of
from source_github_copilot_billing.endpoints.seats import Grant, fetch_grants
from source_github_copilot_billing.endpoints.spelling import COPILOT
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.left_out import OddValues, log_odd_values
from source_github_copilot_billing.sync.stream import Context, Row, new_row, snapshot

NAME = "seats"
NOT_ENABLED = "not enabled"  # GitHub's 422 for an organization without Copilot; others speak of its payment


def _rows(account: Account, context: Context) -> Iterable[Row]:
    """Each grant of a user once: one stands on two pages when the list moved while it was read.

    Of grants without a user all are kept, although they can be alike: each is a seat.
    """
    rows: dict[str, Row] = {}
    alike: Counter[str] = Counter()
    for grant in grants_of(account, context):
        context.once(OddValues, NAME).note(grant.odd_fields)
        row = seat_row(account, context.today, grant)
        if grant.login is None and grant.user_id is None:
            alike[row["id"]] += 1
            row = seat_row(account, context.today, grant, alike[row["id"]])
        rows[row["id"]] = row
    return rows.values()


SEATS = snapshot(NAME, _rows, finish=log_odd_values(NAME))


def grants_of(account: Account, context: Context) -> Sequence[Grant]:
    """An account without Copilot has no grants: GitHub says so, or answers 404 and bills it nothing of Copilot."""
    try:
        return context.once(fetch_grants, account)
    except HttpError as refusal:
        if has_no_copilot(account, context, refusal):
            return ()
        raise


def seat_row(account: Account, day: date, grant: Grant, number: int = 1) -> Row:
    """One grant of a seat, under the day of the read.

    :param number: which of the grants without a user that are alike, from 1
    """
    # The list of an organization does not name the organization: it is the account.
    organization_id, organization = grant.organization_id, grant.organization_name
    if not account.is_enterprise:
        organization_id, organization = account.id.organization_id, account.id.name
    team = grant.team
    return {
        **new_row(NAME, account, day.isoformat(), *_key(account, grant, number)),
        "organization_name": organization,
        "login": grant.login,
        "user_id": grant.user_id,
        "plan_type": grant.plan_type,
        "assigning_team_id": team.id if team else None,
        "assigning_team_slug": team.slug if team else None,
        "assigning_team_name": team.name if team else None,
        "assigning_team_type": team.type if team else None,
        "granted_by_organization": organization,
        "granted_by_organization_id": organization_id,
        "created_at": grant.created_at,
        "updated_at": grant.updated_at,
        "last_activity_at": grant.last_activity_at,
        "last_activity_editor": grant.last_activity_editor,
        "last_authenticated_at": grant.last_authenticated_at,
        "pending_cancellation_date": grant.pending_cancellation_date,
        "other_fields": grant.other_fields,
    }


def _key(account: Account, grant: Grant, number: int) -> tuple[str | None, ...]:
    """By numbers where GitHub gives them: they stay when a user, an organization or a team is renamed."""
    user = grant.login if grant.user_id is None else str(grant.user_id)
    # Several seats may wait for their users.
    created_at = grant.created_at if user is None else None
    organization = team = None
    if account.is_enterprise:  # elsewhere the account says it
        known = grant.organization_id
        organization = grant.organization_name if known is None else str(known)
    if grant.team is not None:
        team = grant.team.slug if grant.team.id is None else str(grant.team.id)
    return user, organization, team, created_at, *([str(number)] if number > 1 else ())


def has_no_copilot(account: Account, context: Context, refusal: HttpError) -> bool:
    """Whether an account's seats or settings are refused because it has no Copilot. A warning says so.

    :raises ConnectorError: GitHub does not answer its totals
    """
    if refusal.status == 422 and NOT_ENABLED in refusal.reason.lower():
        context.logger.warning(f'{account.id}: it has no Copilot seats. GitHub says: "{refusal.reason}"')
        return True
    return refusal.status == 404 and is_without_copilot(account, context)


def is_without_copilot(account: Account, context: Context) -> bool:
    """Whether GitHub bills the account nothing of Copilot. Found out once a sync; a warning says so.

    The month is the one that holds the last final day: in the first days of a month little of it is there.

    :raises ConnectorError: GitHub does not answer its totals
    """
    return context.once(_is_billed_nothing, account, context.today - timedelta(days=FINAL_AFTER_DAYS))


def _is_billed_nothing(account: Account, day: date) -> bool:
    try:
        totals = fetch_totals(account, month_of(day)).values()
    except HttpError:
        return False  # without totals there is no proof
    if any(
        total.amounts.gross_quantity or total.amounts.gross_amount or total.amounts.net_amount
        for total in totals
        if total.product_key == COPILOT
    ):
        return False
    account.github.logger.warning(
        f"{account.id}: GitHub answers 404 where Copilot's seats or metrics should be, and bills this account nothing "
        f"of Copilot in {day:%Y-%m}. It is taken to have no Copilot: no seats and no metrics."
    )
    return True
