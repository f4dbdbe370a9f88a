"""Stream `budget_users`: what each user has spent today of a budget that all users have alike.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

from collections.abc import Iterator
from datetime import date
from itertools import count

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.answers import Fields
from source_github_copilot_billing.endpoints.bill import as_number
from source_github_copilot_billing.endpoints.budgets import OF_EACH_USER, fetch_budgets, fetch_user_states
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.left_out import OddValues, log_odd_values
from source_github_copilot_billing.sync.stream import Context, Row, new_row, snapshot

NAME = "budget_users"


def _rows(account: Account, context: Context) -> Iterator[Row]:
    odd, gone = context.once(OddValues, NAME), count(1)
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


BUDGET_USERS = snapshot(NAME, _rows, enterprises_only=True, finish=log_odd_values(NAME))


def budget_user_row(account: Account, day: date, budget: Item, state: Item, odd: OddValues, gone: int | None) -> Row:
    """A user under the day of the read.

    :param gone: which of the users whose accounts are gone, from 1: GitHub gives them no name
    :raises ConnectorError: unexpected_answer, when an amount is missing or unreadable
    """
    budget_id, login = budget.text("id"), state.optional_text("user")
    fields = Fields(state, ("user", "consumed_amount", "target_amount"))
    row = {
        **new_row(NAME, account, day.isoformat(), budget_id, login, *([] if gone is None else [str(gone)])),
        "budget_id": budget_id,
        "budget_scope": budget.text("budget_scope"),
        "login": login,
        "consumed_amount": as_number(state.number("consumed_amount")),
        "target_amount": as_number(state.number("target_amount")),
        "override_budget_id": fields.text("override_budget_id"),
    }
    odd.note(fields.odd)
    return {**row, "other_fields": fields.other()}
