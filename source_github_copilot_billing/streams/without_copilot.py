"""Whether an account has no Copilot at all: GitHub then answers 404 to its seats and metrics, as it does to who may not
see them."""

from datetime import timedelta

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.period import FINAL_AFTER_DAYS, month_of
from source_github_copilot_billing.endpoints.spelling import COPILOT, canonical
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.streams.totals import fetch_totals
from source_github_copilot_billing.sync.stream import Context


def is_without_copilot(account: Account, resources: Resources, context: Context) -> bool:
    """Whether GitHub bills the account nothing of Copilot. Asked once a sync; a warning says so.

    :raises ConnectorError: GitHub does not answer its totals
    """
    return resources.without_copilot.get(account, lambda: _is_billed_nothing(account, context))


def _is_billed_nothing(account: Account, context: Context) -> bool:
    """The month that holds the last final day: in the first days of a month little of it is there."""
    day = context.today - timedelta(days=FINAL_AFTER_DAYS)
    try:
        totals = fetch_totals(account, month_of(day)).values()
    except HttpError:
        return False  # without totals there is no proof
    if any(
        total.amounts.gross_quantity or total.amounts.gross_amount or total.amounts.net_amount
        for total in totals
        if canonical(total.product) == COPILOT
    ):
        return False
    context.logger.warning(
        f"{account.id}: GitHub answers 404 where Copilot's seats or metrics should be, and bills this account nothing "
        f"of Copilot in {day:%Y-%m}. It is taken to have no Copilot: no seats and no metrics."
    )
    return True
