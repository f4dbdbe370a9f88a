"""Stream `budgets`: an account's budgets as they are today.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

from collections.abc import Iterator
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.answers import Fields
from source_github_copilot_billing.endpoints.bill import as_number
from source_github_copilot_billing.endpoints.budgets import PRODUCT_SKUS, fetch_budgets, product_skus
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.left_out import OddValues, log_odd_values
from source_github_copilot_billing.sync.stream import Context, Row, new_row, snapshot

NAME = "budgets"
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
