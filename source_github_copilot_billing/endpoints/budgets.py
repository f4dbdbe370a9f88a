"""An account's budgets, as they are at present.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

from collections.abc import Sequence
from itertools import count

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.lists import stated_length, whole_list
from source_github_copilot_billing.github.response import Item

BUDGETS_A_PAGE = 100  # GitHub gives an organization 10 at most, whatever is asked for
# GitHub's description has the first name, its examples and some of its answers have the second.
PRODUCT_SKUS = ("budget_product_sku", "budget_product_skus")


def fetch_budgets(account: Account) -> Sequence[Item]:
    """Each budget once, over all pages, as many as GitHub says that there are.

    The list is fetched without a filter: by scope, organizations get an empty one. The pages end where GitHub says so;
    where it does not say it, they end with the first one that has nothing new.

    :raises ConnectorError: a page cannot be fetched, or says that more follow and has nothing new
    """
    return whole_list(account, "budgets", lambda: _fetch(account), len)


def _fetch(account: Account) -> tuple[Sequence[Item], int | None]:
    budgets: dict[str, Item] = {}
    for page in count(1):
        response = account.github.send(account.billing("budgets", {"per_page": BUDGETS_A_PAGE, "page": page}))
        before = len(budgets)
        for budget in response.items("budgets"):
            budgets.setdefault(budget.text("id").lower(), budget)
        has_more = response.fields.optional_flag("has_next_page")
        has_new = len(budgets) > before
        if has_more and not has_new:
            response.refuse("has no further budget, and says that more follow")
        if not has_more and (has_more is False or not has_new):
            break
    return list(budgets.values()), stated_length(response.fields, "total_count")


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
