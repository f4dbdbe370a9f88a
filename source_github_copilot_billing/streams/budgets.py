"""Stream `budgets`: an account's budgets as they are today.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

import json
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any, ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.spelling import row_id
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.account_columns import account_columns
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec
from source_github_copilot_billing.time_stamps import utc_day

BUDGETS_A_PAGE = 100  # GitHub gives an organization 10 at most, whatever is asked for
# GitHub's description has the first name, its examples and some of its answers have the second.
PRODUCT_SKUS = ("budget_product_sku", "budget_product_skus")


class Budgets:
    spec: ClassVar[StreamSpec] = StreamSpec("budgets", is_snapshot=True)

    def __init__(self, resources: Resources) -> None:
        """Nothing is shared with other streams."""

    def open(self, account: Account, context: Context) -> "BudgetsOfAccount":
        return BudgetsOfAccount(account)


class BudgetsOfAccount:
    mode: str | None = None

    def __init__(self, account: Account) -> None:
        self._account = account

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        yield Slice(since, until)

    def read(self, slice: Slice) -> Iterator[Row]:
        # All of them before the first row: a part of a list would look like the list.
        yield from [budget_row(self._account, slice.last, budget) for budget in fetch_budgets(self._account)]


def fetch_budgets(account: Account) -> Iterator[Item]:
    """Each budget once, over all pages.

    The list is asked without a filter: by scope, organizations get an empty one. The pages end where GitHub says so;
    where it does not say it, they end with the first one that has nothing new.

    :raises ConnectorError: a page cannot be fetched, or says that more follow and has nothing new
    """
    known: set[str] = set()
    for page in count(1):
        response = account.github.send(account.billing("budgets", {"per_page": BUDGETS_A_PAGE, "page": page}))
        new = {budget.text("id").lower(): budget for budget in response.items("budgets")}
        new = {key: budget for key, budget in new.items() if key not in known}
        yield from new.values()
        known |= new.keys()
        has_more = response.fields.optional_flag("has_next_page")
        if has_more and not new:
            response.refuse("has no further budget, and says that more follow")
        if not has_more and (has_more is False or not new):
            return


def budget_row(account: Account, day: date, budget: Item) -> Row:
    """:raises ConnectorError: unexpected_answer, when a field is missing or unreadable"""
    budget_id = budget.text("id")
    consumed = budget.optional_number("consumed_amount")
    return {
        "id": row_id("budgets", account.id.account_type, account.id.key, day.isoformat(), budget_id),
        **account_columns(account),
        "date": day.isoformat(),
        "budget_id": budget_id,
        "budget_type": budget.optional_text("budget_type"),
        "budget_scope": budget.text("budget_scope"),
        "entity_name": budget.optional_text("budget_entity_name"),
        "login": budget.optional_text("user"),
        "product_skus": product_skus(budget),
        "budget_amount": float(budget.number("budget_amount")),
        "consumed_amount": None if consumed is None else float(consumed),
        "prevent_further_usage": budget.optional_flag("prevent_further_usage"),
        "alerting": _alerting(budget),
        "expires_at": _last_day(budget),
        "exclude_cost_center_usage": budget.optional_flag("exclude_cost_center_usage"),
    }


def product_skus(budget: Item) -> list[str] | None:
    """What the budget applies to, under either name and as one text or several; None where GitHub does not say it."""
    found: list[str] = []
    is_given = False
    for name in PRODUCT_SKUS:
        value = budget.values.get(name)
        if value in (None, ""):
            continue
        is_given = True
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) and text for text in texts):
            budget.refuse(name, "is no name and no list of names")
        found += [text for text in texts if text not in found]
    return found if is_given else None


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
