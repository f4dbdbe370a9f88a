"""The budgets of the enterprise and its organizations: what may be spent, and where."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .bill import Bill
from .charges import AI_CREDITS, Charge

# Scopes of budgets that each user has alike.
MULTI_USER = ("multi_user_customer", "multi_user_cost_center")
# What is spent of tight budgets.
TIGHT = (Decimal("1.4"), Decimal("0.9"))


@dataclass(frozen=True)
class Budget:
    """`amount` is in whole USD, and for licenses their number. `entity` is a name, or the id of a cost center."""

    id: str
    type: str
    sku: str
    scope: str
    amount: int
    stops: bool
    entity: str | None = None
    user: str | None = None
    consumed: Decimal | None = None
    expires_at: date | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserState:
    """What one user has spent of a budget that each user has alike. `override`: a budget of the user's own instead."""

    login: str
    budget: Budget
    override: Budget | None
    consumed: Decimal

    @property
    def target(self) -> int:
        return (self.override or self.budget).amount


def budgets_of(bill: Bill, organization: str | None = None) -> list[Budget]:
    """All budgets that an organization or (None) the enterprise sees."""
    found, consumed = list(_enterprise_budgets(bill) if organization is None else ()), consumed_amounts(bill)
    for own in bill.organizations:
        if organization is None or own.lower() == organization.lower():
            found += _organization_budgets(bill, own, consumed)
    return list({budget.id: budget for budget in found}.values())


def user_states(bill: Bill) -> list[UserState]:
    """Of all users with AI credits since the budgets began to count, whoever spent most first.

    A user whose credits are charged to a cost center with such a budget has that one, all others the enterprise's.
    """
    budgets = budgets_of(bill)
    of_users = {budget.user: budget for budget in budgets if budget.scope == "user"}
    of_centers = {budget.entity: budget for budget in budgets if budget.scope == "multi_user_cost_center"}
    (of_all,) = (budget for budget in budgets if budget.scope == "multi_user_customer")
    consumed = consumed_amounts(bill)
    centers: dict[str, set[str | None]] = {}
    for charge in _credits(bill):
        if charge.user is not None:
            centers.setdefault(charge.user, set()).add(charge.cost_center_id)
    states = [
        UserState(
            login,
            next((budget for center, budget in of_centers.items() if center in own), of_all),
            of_users.get(login),
            consumed[login],
        )
        for login, own in centers.items()
    ]
    return sorted(states, key=lambda state: (-state.consumed, state.login))


def effective_budget(bill: Bill, login: str) -> tuple[Budget, Decimal]:
    """The budget that stops a user, and what is spent of it: the user's own before that of all."""
    for state in user_states(bill):
        if state.login == login:
            return state.override or state.budget, state.consumed
    budgets = budgets_of(bill)
    of_user = [budget for budget in budgets if budget.user == login]
    of_all = [budget for budget in budgets if budget.scope == MULTI_USER[0]]
    return (of_user or of_all)[0], Decimal(0)


def consumed_amounts(bill: Bill) -> dict[str, Decimal]:
    """USD that the budgets of each user count: AI credits before discounts, so that the included ones count, too."""
    found: dict[str, Decimal] = {}
    for charge in _credits(bill):
        if charge.user is not None:
            found[charge.user] = found.get(charge.user, Decimal(0)) + charge.gross
    return found


def _credits(bill: Bill) -> Iterator[Charge]:
    """AI credits of this month since the budgets were made."""
    month = bill.today.replace(day=1)
    for charge in bill.on_days(max(month, bill.shape.budgets_since or month), bill.today):
        if charge.sku in AI_CREDITS:
            yield charge


def _enterprise_budgets(bill: Bill) -> Iterator[Budget]:
    name = bill.shape.enterprise
    yield Budget(_id(bill, "all"), "ProductPricing", "copilot", "enterprise", 5_000, False, name, recipients=("owner",))
    yield Budget(_id(bill, "seats"), "SkuPricing", "copilot_for_business", "enterprise", 40, True, name)
    yield Budget(_id(bill, "each"), "BundlePricing", "ai_credits", "multi_user_customer", 250, True, name)
    for number, center in enumerate(bill.cost_centers):
        # Documented as the id, and seen as the name.
        entity = center.name if number % 2 else center.id
        tight = bill.shape.tight_budgets and number < len(TIGHT)
        amount = max(1, round(_paid(bill, center.id) / TIGHT[number])) if tight else 800
        yield Budget(
            _id(bill, center.id), "ProductPricing", "copilot", "cost_center", amount, tight and not number, entity
        )
    for center in bill.cost_centers[:1]:
        each = _id(bill, f"each of {center.id}")
        yield Budget(each, "BundlePricing", "ai_credits", "multi_user_cost_center", 220, True, center.id)


def _paid(bill: Bill, cost_center: str) -> Decimal:
    """What is to be paid for Copilot in this month, of a cost center's budget."""
    days = bill.on_days(bill.today.replace(day=1), bill.today)
    own = (one.net for one in days if one.product == "copilot" and one.cost_center_id == cost_center)
    return sum(own, Decimal(0))


def _organization_budgets(bill: Bill, own: str, consumed: Mapping[str, Decimal]) -> Iterator[Budget]:
    yield Budget(_id(bill, own), "SkuPricing", "copilot_ai_credit", "organization", 1_000, True, own)
    for number in range(bill.shape.repositories_per_organization):
        repository = f"{own}/repo-{number + 1}"
        yield Budget(_id(bill, repository), "ProductPricing", "actions", "repository", 20, False, repository)
    for number, member in enumerate(one for one in bill.members if own in one.organizations and one.left_on is None):
        # Every fifth has no budget of his own.
        if number % 5 != 4:
            yield Budget(
                _id(bill, member.login), "BundlePricing", "ai_credits", "user", 200, True, member.login, member.login,
                consumed.get(member.login, Decimal(0)), bill.today if number % 3 == 0 else None,
            )  # fmt: skip


def _id(bill: Bill, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"budget.{bill.seed}.{bill.shape.enterprise}.{name}"))
