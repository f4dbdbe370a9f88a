"""Proves that a configuration works: access to each account's billing. Logs what else of each account can be read."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

from source_github_copilot_billing.accounts import Account, Accounts, Capability
from source_github_copilot_billing.endpoints.bill import fetch_line_items
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports
from source_github_copilot_billing.endpoints.period import day_of
from source_github_copilot_billing.errors import ConnectorError

DAYS_UNTIL_METRICS = 3  # GitHub's report of a day is there within three days


def complaint_about(accounts: Accounts, today: date, num_workers: int, logger: logging.Logger) -> str | None:
    """What is wrong with the access to the accounts; None where it works.

    Accounts that were named must all work; of those that were found, one must. An account works when its billing can
    be read: what else cannot be read is logged, and fails nothing.
    """
    if accounts.unreadable:
        return str(accounts.unreadable[0].error)
    with ThreadPoolExecutor(max_workers=num_workers) as pool:
        billing = partial(_failure_of, Capability.BILLING, today)
        errors = dict(zip(accounts.found, pool.map(billing, accounts.found), strict=True))
        failed = [error for error in errors.values() if error is not None]
        if failed and (accounts.all_must_work or len(failed) == len(accounts.found)):
            return str(failed[0])
        for error in (*(entry.error for entry in accounts.left_out), *failed):
            logger.warning(f"Will not be read: {error}")
        readable = [account for account, error in errors.items() if error is None]
        for account, reasons in zip(readable, pool.map(partial(_reasons, today), readable), strict=True):
            works = ", ".join(capability.value for capability in Capability if capability not in reasons)
            level = logging.WARNING if reasons else logging.INFO
            logger.log(level, f"{account.id}: works: {works}.{''.join(reasons.values())}")
    return None


def _reasons(today: date, account: Account) -> dict[Capability, str]:
    """What of an account, beside billing, cannot be read, each with a sentence why."""
    reasons = {}
    for capability in (Capability.SEATS, Capability.METRICS):
        if error := _failure_of(capability, today, account):
            reason = error.sentence.removeprefix(f"{account.id}: ")
            reasons[capability] = f" {capability.value.capitalize()} cannot be read: {reason}"
    return reasons


def _failure_of(capability: Capability, today: date, account: Account) -> ConnectorError | None:
    """Why one request for the capability failed; None where it did not."""
    try:
        if capability is Capability.BILLING:
            fetch_line_items(account, day_of(today), products=())
        elif capability is Capability.SEATS:
            account.github.send(account.seats({"per_page": 1})).items("seats")
        else:
            MetricsReports(account).has_report(today - timedelta(days=DAYS_UNTIL_METRICS))
    except ConnectorError as error:
        return error
    return None
