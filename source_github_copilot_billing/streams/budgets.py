"""Stream `budgets`: an account's budgets as they are today.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import as_number
from source_github_copilot_billing.endpoints.budgets import fetch_budgets, product_skus
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.row import new_row
from source_github_copilot_billing.sync.stream import Context, Row, snapshot
from source_github_copilot_billing.time_stamps import utc_day


def _rows(account: Account, context: Context) -> Iterator[Row]:
    return (budget_row(account, context.today, budget) for budget in fetch_budgets(account))


BUDGETS = snapshot("budgets", _rows)


def budget_row(account: Account, day: date, budget: Item) -> Row:
    """A budget under the day of the read.

    :raises ConnectorError: unexpected_answer, when a field is missing or unreadable
    """
    budget_id = budget.text("id")
    skus = product_skus(budget)
    return {
        **new_row("budgets", account, day.isoformat(), budget_id),
        "budget_id": budget_id,
        "budget_type": budget.optional_text("budget_type"),
        "budget_scope": budget.text("budget_scope"),
        "entity_name": budget.optional_text("budget_entity_name"),
        "login": budget.optional_text("user"),
        "product_skus": skus,
        "product_sku_keys": None if skus is None else [canonical(sku) for sku in skus],
        "budget_amount": as_number(budget.number("budget_amount")),
        "consumed_amount": as_number(budget.optional_number("consumed_amount")),
        "prevent_further_usage": budget.optional_flag("prevent_further_usage"),
        "alerting": _alerting(budget),
        "expires_at": _last_day(budget),
        "exclude_cost_center_usage": budget.optional_flag("exclude_cost_center_usage"),
    }


def _alerting(budget: Item) -> Any:
    """As GitHub writes it, whatever fields it has; numbers with a fraction as JSON numbers again."""
    found = budget.optional_object("budget_alerting")
    try:
        return json.loads(json.dumps(found, default=float, allow_nan=False))
    except (ValueError, RecursionError):
        budget.refuse("budget_alerting", "is nothing that a row can hold")


def _last_day(budget: Item) -> str | None:
    text = budget.optional_text("expires_at")
    if text is None:
        return None
    day = utc_day(text)
    if day is None:
        budget.refuse("expires_at", "is no day and no time stamp")
    return day.isoformat()
