"""Proves that a configuration works: access to each account's billing."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

from source_github_copilot_billing.accounts import Account, Accounts
from source_github_copilot_billing.errors import ConnectorError


def complaint_about(accounts: Accounts, today: date, num_workers: int, logger: logging.Logger) -> str | None:
    """What is wrong with the access to the accounts; None where it works.

    Accounts that were named must all work; of those that were found, one must.
    """
    accounts.require_some()
    if accounts.unreadable:
        return str(accounts.unreadable[0].error)
    with ThreadPoolExecutor(max_workers=num_workers) as pool:
        errors = [error for error in pool.map(partial(_billing_error, today), accounts.found) if error is not None]
    if errors and (accounts.all_must_work or len(errors) == len(accounts.found)):
        return str(errors[0])
    for error in (*(entry.error for entry in accounts.left_out), *errors):
        logger.warning(f"Will not be read: {error}")
    return None


def _billing_error(day: date, account: Account) -> ConnectorError | None:
    """Ask the cheapest request that proves access to the billing: one day of usage."""
    try:
        request = account.billing("usage", {"year": day.year, "month": day.month, "day": day.day})
        account.github.send(request).items("usageItems")
    except ConnectorError as error:
        return error
    return None
