"""The budgets of the enterprise and its organizations: what may be spent, and where."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .bill import Bill
from .charges import AI_CREDITS
from .people import Member


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


def budgets_of(bill: Bill, organization: str | None = None) -> list[Budget]:
    """All budgets that an organization or (None) the enterprise sees."""
    found = list(_enterprise_budgets(bill) if organization is None else ())
    for own in bill.organizations:
        if organization is None or own.lower() == organization.lower():
            found += _organization_budgets(bill, own)
    return list({budget.id: budget for budget in found}.values())


def _enterprise_budgets(bill: Bill) -> Iterator[Budget]:
    name = bill.shape.enterprise
    yield Budget(_id(bill, "all"), "ProductPricing", "copilot", "enterprise", 5_000, False, name, recipients=("owner",))
    yield Budget(_id(bill, "seats"), "SkuPricing", "copilot_for_business", "enterprise", 40, True, name)
    yield Budget(_id(bill, "each"), "BundlePricing", "ai_credits", "multi_user_customer", 50, True, name)
    for number, center in enumerate(bill.cost_centers):
        # Documented as the id, and seen as the name.
        entity = center.name if number % 2 else center.id
        yield Budget(_id(bill, center.id), "ProductPricing", "copilot", "cost_center", 800, False, entity)


def _organization_budgets(bill: Bill, own: str) -> Iterator[Budget]:
    yield Budget(_id(bill, own), "SkuPricing", "copilot_ai_credit", "organization", 1_000, True, own)
    for number in range(bill.shape.repositories_per_organization):
        repository = f"{own}/repo-{number + 1}"
        yield Budget(_id(bill, repository), "ProductPricing", "actions", "repository", 20, False, repository)
    for number, member in enumerate(one for one in bill.members if own in one.organizations and one.left_on is None):
        ends = bill.today if number % 3 == 0 else None
        yield Budget(
            _id(bill, member.login), "BundlePricing", "ai_credits", "user", 30, True, member.login, member.login,
            _consumed(bill, member), ends,
        )  # fmt: skip


def _consumed(bill: Bill, member: Member) -> Decimal:
    """USD before discounts of the current month."""
    charges = bill.on_days(bill.today.replace(day=1), bill.today)
    return sum((one.gross for one in charges if one.user == member.login and one.sku in AI_CREDITS), Decimal(0))


def _id(bill: Bill, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"budget.{bill.seed}.{bill.shape.enterprise}.{name}"))
