"""Whether an account has no Copilot at all: GitHub then answers 404 to its seats and metrics, as it does to who may not
see them."""

from datetime import date, timedelta

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import fetch_totals
from source_github_copilot_billing.endpoints.period import FINAL_AFTER_DAYS, month_of
from source_github_copilot_billing.endpoints.spelling import COPILOT
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.sync.stream import Context

NOT_ENABLED = "not enabled"  # GitHub's 422 for an organization without Copilot; others speak of its payment


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
