"""Streams `budgets`: an account's budgets as they are today; `budget_users`: what each user has spent today of a budget
that all users have alike.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

from collections.abc import Iterator
from datetime import date
from itertools import count

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.answers import Fields
from source_github_copilot_billing.endpoints.bill import as_number
from source_github_copilot_billing.endpoints.budgets import (
    OF_EACH_USER,
    PRODUCT_SKUS,
    fetch_budgets,
    fetch_user_states,
    product_skus,
)
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.left_out import OddValues, log_odd_values
from source_github_copilot_billing.sync.stream import Context, Row, new_row, snapshot

NAME, USERS = "budgets", "budget_users"
# A key or money hangs on them. The rest costs its own field where its value is odd.
STRICT = ("id", "budget_scope", "budget_entity_name", "user", "budget_amount", "consumed_amount", *PRODUCT_SKUS)


def _rows(account: Account, context: Context) -> Iterator[Row]:
    odd = context.once(OddValues, NAME)
    return (budget_row(account, context.today, budget, odd) for budget in context.once(fetch_budgets, account))


BUDGETS = snapshot(NAME, _rows, finish=log_odd_values(NAME))


def budget_row(account: Account, day: date, budget: Item, odd: OddValues) -> Row:
    """A budget under the day of the read.

    :raises ConnectorError: unexpected_answer, when a field with a key or money is missing or unreadable
    """
    budget_id, skus, fields = budget.text("id"), product_skus(budget), Fields(budget, STRICT)
    row = {
        **new_row(NAME, account, day.isoformat(), budget_id),
        "budget_id": budget_id,
        "budget_type": fields.text("budget_type"),
        "budget_scope": budget.text("budget_scope"),
        "entity_name": budget.optional_text("budget_entity_name"),
        "login": budget.optional_text("user"),
        "product_skus": skus,
        "product_sku_keys": None if skus is None else [canonical(sku) for sku in skus],
        "budget_amount": as_number(budget.number("budget_amount")),
        "consumed_amount": as_number(budget.optional_number("consumed_amount")),
        "prevent_further_usage": fields.flag("prevent_further_usage"),
        "alerting": fields.plain_object("budget_alerting"),
        "budget_thresholds": fields.plain_object("budget_thresholds"),
        "expires_at": fields.day("expires_at"),
        "exclude_cost_center_usage": fields.flag("exclude_cost_center_usage"),
    }
    odd.note(fields.odd)
    return {**row, "other_fields": fields.other()}


def _user_rows(account: Account, context: Context) -> Iterator[Row]:
    odd, gone = context.once(OddValues, USERS), count(1)
    for budget in context.once(fetch_budgets, account):
        if (scope := budget.text("budget_scope")) not in OF_EACH_USER:
            continue
        try:
            states = fetch_user_states(account, budget.text("id"))
        except HttpError as refusal:
            # GitHub documents these for the budget of all users alone: that of a cost center's users may have none.
            if scope == OF_EACH_USER[0] or refusal.status not in (400, 404):
                raise
            context.logger.warning(f"The budget of a cost center's users is read without them. {refusal.sentence}")
            continue
        for state in states:
            number = None if state.optional_text("user") else next(gone)
            yield budget_user_row(account, context.today, budget, state, odd, number)


BUDGET_USERS = snapshot(USERS, _user_rows, enterprises_only=True, finish=log_odd_values(USERS))


def budget_user_row(account: Account, day: date, budget: Item, state: Item, odd: OddValues, gone: int | None) -> Row:
    """A user under the day of the read.

    :param gone: which of the users whose accounts are gone, from 1: GitHub gives them no name
    :raises ConnectorError: unexpected_answer, when an amount is missing or unreadable
    """
    budget_id, login = budget.text("id"), state.optional_text("user")
    fields = Fields(state, ("user", "consumed_amount", "target_amount"))
    row = {
        **new_row(USERS, account, day.isoformat(), budget_id, login, *([] if gone is None else [str(gone)])),
        "budget_id": budget_id,
        "budget_scope": budget.text("budget_scope"),
        "login": login,
        "consumed_amount": as_number(state.number("consumed_amount")),
        "target_amount": as_number(state.number("target_amount")),
        "override_budget_id": fields.text("override_budget_id"),
    }
    odd.note(fields.odd)
    return {**row, "other_fields": fields.other()}
