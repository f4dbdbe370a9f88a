"""An account's budgets, as they are at present.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

from collections.abc import Iterator
from itertools import count

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.github.response import Item

BUDGETS_A_PAGE = 100  # GitHub gives an organization 10 at most, whatever is asked for
# GitHub's description has the first name, its examples and some of its answers have the second.
PRODUCT_SKUS = ("budget_product_sku", "budget_product_skus")


def fetch_budgets(account: Account) -> Iterator[Item]:
    """Each budget once, over all pages.

    The list is fetched without a filter: by scope, organizations get an empty one. The pages end where GitHub says so;
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
