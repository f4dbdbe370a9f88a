"""An account's budgets, and what users have spent of them, as they are at present.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/budgets
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from itertools import count
from typing import NamedTuple
from urllib.parse import quote

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.answers import Fields, whole_list
from source_github_copilot_billing.github.response import Item

ENTRIES_A_PAGE = 100  # GitHub gives an organization 10 at most, whatever is asked for
# The same budget for each user: of the enterprise, or of those charged to a cost center.
OF_EACH_USER = ("multi_user_customer", "multi_user_cost_center")
# GitHub's description has the first name, its examples and some of its answers have the second.
PRODUCT_SKUS = ("budget_product_sku", "budget_product_skus")


def fetch_budgets(account: Account) -> Sequence[Item]:
    """Each budget once, over all pages, as many as GitHub says that there are.

    Fetched without a filter: filtered by scope, an organization's list is empty. The pages end where GitHub says so;
    where it does not say it, they end with the first one that has nothing new.

    :raises ConnectorError: a page cannot be fetched, or says that more follow and has nothing new
    """
    return whole_list(account, "budgets", lambda: _fetch(account), len)


def _fetch(account: Account) -> tuple[Sequence[Item], int | None]:
    found, _, stated = _numbered_pages(account, "budgets", "budgets", lambda budget, _: budget.text("id").lower())
    return found, stated


def fetch_user_states(account: Account, budget_id: str) -> Sequence[Item]:
    """What each user has spent of a budget that all users have alike, of those who have spent anything this month.

    :raises HttpError: 404 for a budget of another kind, among others
    """
    path = f"budgets/{quote(budget_id, safe='')}/user-states"
    what, readings = f"users of budget {budget_id}", count(1)

    def fetch() -> tuple[Sequence[Item], int | None]:
        found, alike, stated = _numbered_pages(account, path, "user_states", _state_key)
        # Who is lacking twice is one of several alike: the list would hardly move between two readings.
        lacking = max(0, (stated or 0) - len(found)) if next(readings) > 1 else 0
        return [*found, *alike[:lacking]], stated

    return whole_list(account, what, fetch, len)


class _Nameless(NamedTuple):
    """A user whose account is gone: only the amounts are left, and several may be alike."""

    consumed: Decimal
    target: Decimal
    number_on_page: int


def _state_key(state: Item, alike: Counter[Hashable]) -> Hashable:
    if login := state.optional_text("user"):
        return login.lower()
    amounts = (state.number("consumed_amount"), state.number("target_amount"))
    alike[amounts] += 1
    return _Nameless(*amounts, alike[amounts])


def _numbered_pages(
    account: Account, path: str, name: str, key_of: Callable[[Item, Counter[Hashable]], Hashable]
) -> tuple[Sequence[Item], Sequence[Item], int | None]:
    """Of a list whose pages say whether more follow: its entries, each once; the nameless ones that an earlier page had
    too (repeats, or other users with the same amounts); GitHub's count."""
    found, alike = dict[Hashable, Item](), list[Item]()
    for page in count(1):
        response = account.github.send(account.billing(path, {"per_page": ENTRIES_A_PAGE, "page": page}))
        stated = Fields(response.fields).count("total_count")
        before, numbers = len(found) + len(alike), Counter[Hashable]()
        for entry in response.items(name):
            key = key_of(entry, numbers)
            if key not in found:
                found[key] = entry
            elif isinstance(key, _Nameless) and len(found) + len(alike) < (stated or 0):
                alike.append(entry)
        has_more = response.fields.optional_flag("has_next_page")
        has_new = len(found) + len(alike) > before
        if has_more and not has_new:
            response.refuse("has nothing new, and says that more follow")
        if not has_more and (has_more is False or not has_new):
            break
    return list(found.values()), alike, stated


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
