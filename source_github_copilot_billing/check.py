"""Proves that a configuration works: access to each account's billing. Logs what else of each account can be read."""

import logging
from collections.abc import Callable
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
        billing = partial(_failure_of, partial(_fetch_billing, today))
        errors = dict(zip(accounts.found, pool.map(billing, accounts.found), strict=True))
        failed = [error for error in errors.values() if error is not None]
        if failed and (accounts.all_must_work or len(failed) == len(accounts.found)):
            return str(failed[0])
        for error in (*(entry.error for entry in accounts.left_out), *failed):
            logger.warning(f"Will not be read: {error}")
        readable = [account for account, error in errors.items() if error is None]
        for account, missing in zip(readable, pool.map(partial(_missing_capabilities, today), readable), strict=True):
            logger.log(logging.WARNING if missing else logging.INFO, _line(account, missing))
    return None


def _missing_capabilities(today: date, account: Account) -> dict[Capability, str]:
    """What of an account, beside billing, cannot be read, each with the reason: one request each."""
    fetches: dict[Capability, Callable[[Account], None]] = {
        Capability.SEATS: _fetch_seats,
        Capability.METRICS: partial(_fetch_metrics, today),
    }
    failures = {capability: _failure_of(fetch, account) for capability, fetch in fetches.items()}
    return {
        capability: error.sentence.removeprefix(f"{account.id}: ")
        for capability, error in failures.items()
        if error is not None
    }


def _line(account: Account, missing: dict[Capability, str]) -> str:
    works = [capability.value for capability in Capability if capability not in missing]
    reasons = [f" {capability.value.capitalize()} cannot be read: {reason}" for capability, reason in missing.items()]
    return f"{account.id}: works: {', '.join(works)}.{''.join(reasons)}"


def _failure_of(fetch: Callable[[Account], None], account: Account) -> ConnectorError | None:
    try:
        fetch(account)
    except ConnectorError as error:
        return error
    return None


def _fetch_billing(day: date, account: Account) -> None:
    fetch_line_items(account, day_of(day), products=())


def _fetch_seats(account: Account) -> None:
    account.github.send(account.seats({"per_page": 1})).items("seats")


def _fetch_metrics(today: date, account: Account) -> None:
    MetricsReports(account).has_report(today - timedelta(days=DAYS_UNTIL_METRICS))
