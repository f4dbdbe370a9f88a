"""One row of the stream `ai_credit_usage`: who used how many AI credits of which model on a day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.spelling import COPILOT, canonical, row_id

Attribution = Literal["user", "unattributed", "account"]
ItemKey = tuple[str, str, str, str]


@dataclass
class Amounts:
    """Quantities in AI credits, amounts in US dollars, as GitHub answered: gross - discount is not always net.

    `discount_quantity` and `net_quantity` are None where GitHub's report gives no way to know them.
    """

    gross_quantity: Decimal
    discount_quantity: Decimal | None
    net_quantity: Decimal | None
    gross_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal

    def add(self, other: "Amounts") -> None:
        self.gross_quantity += other.gross_quantity
        self.discount_quantity = _sum(self.discount_quantity, other.discount_quantity)
        self.net_quantity = _sum(self.net_quantity, other.net_quantity)
        self.gross_amount += other.gross_amount
        self.discount_amount += other.discount_amount
        self.net_amount += other.net_amount


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """An unknown part makes the sum unknown: it must not look like a smaller sum."""
    return None if one is None or other is None else one + other


@dataclass
class CreditItem:
    """AI credits of one model and SKU, added up from one answer or report.

    `price_per_unit` is None when what was added up has several prices.
    """

    model: str | None
    product: str
    sku: str
    unit_type: str
    price_per_unit: Decimal | None
    amounts: Amounts

    @property
    def key(self) -> ItemKey:
        """SKU, unit, model, and the product where it is not Copilot."""
        product = canonical(self.product)
        return (
            canonical(self.sku),
            canonical(self.unit_type),
            (self.model or "").lower(),
            "" if product == COPILOT else product,
        )

    def add(self, other: "CreditItem") -> None:
        self.amounts.add(other.amounts)
        self.spell_with(other)

    def spell_with(self, other: "CreditItem") -> None:
        """Take the names and the price that both are known by, where the keys are equal.

        The first spelling in the alphabet, so that the row does not depend on the order of the items.
        """
        if self.price_per_unit != other.price_per_unit:
            self.price_per_unit = None
        self.product = min(self.product, other.product)
        self.sku = min(self.sku, other.sku)
        self.unit_type = min(self.unit_type, other.unit_type)
        self.model = _first(self.model, other.model)


def is_billed(items: Iterable[CreditItem]) -> bool:
    """Whether GitHub's report must have a line for them: it has no line for what is 0."""
    return any(item.amounts.gross_quantity or item.amounts.net_amount for item in items)


@dataclass(frozen=True)
class Details:
    """What only the report export gives beside the amounts; all None in the other ways.

    Tokens are counts; `monthly_quota` is in AI credits.
    """

    organization_name: str | None = None
    cost_center_name: str | None = None
    repository_name: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    monthly_quota: Decimal | None = None

    def spelled_with(self, other: "Details") -> "Details":
        """The names and the quota of both, where the keys are equal; the tokens stay."""
        return replace(
            self,
            organization_name=_first(self.organization_name, other.organization_name),
            repository_name=_first(self.repository_name, other.repository_name),
            cost_center_name=_first(self.cost_center_name, other.cost_center_name),
            monthly_quota=self.monthly_quota if self.monthly_quota == other.monthly_quota else None,
        )


NO_DETAILS = Details()


def natural_key(item: CreditItem, details: Details) -> tuple[str | None, ...]:
    """The values by which a user's rows of a day differ.

    Repository and product came later: they take part only where there is one, and where it is not Copilot, so that the
    other rows keep their ids.
    """
    *key, product = item.key
    later = (details.repository_name, product) if details.repository_name or product else ()
    return (*key, details.organization_name, details.cost_center_name, *later)


def record(
    account: Account,
    day: str,
    login: str | None,
    attribution: Attribution,
    item: CreditItem,
    details: Details = NO_DETAILS,
    cost_center_id: str | None = None,
) -> dict[str, Any]:
    """:param day: as YYYY-MM-DD, UTC"""
    amounts = item.amounts
    return {
        "id": row_id(
            "ai_credit_usage",
            account.id.account_type,
            account.id.key,
            day,
            attribution,
            login,
            *natural_key(item, details),
        ),
        "account_type": account.id.account_type,
        "enterprise_slug": account.id.name if account.is_enterprise else None,
        "organization_id": account.id.organization_id,
        "organization_name": details.organization_name if account.is_enterprise else account.id.name,
        "repository_name": details.repository_name,
        "cost_center_id": cost_center_id,
        "cost_center_name": details.cost_center_name,
        "date": day,
        "login": login,
        "attribution": attribution,
        "model": item.model,
        "product": item.product,
        "sku": item.sku,
        "unit_type": item.unit_type,
        # The sums are exact decimals until here; a JSON number holds the nearest double, 15 to 17 digits of them.
        "price_per_unit": _number(item.price_per_unit),
        "gross_quantity": float(amounts.gross_quantity),
        "discount_quantity": _number(amounts.discount_quantity),
        "net_quantity": _number(amounts.net_quantity),
        "gross_amount": float(amounts.gross_amount),
        "discount_amount": float(amounts.discount_amount),
        "net_amount": float(amounts.net_amount),
        "input_tokens": details.input_tokens,
        "output_tokens": details.output_tokens,
        "cache_read_tokens": details.cache_read_tokens,
        "cache_write_tokens": details.cache_write_tokens,
        "monthly_quota": _number(details.monthly_quota),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _first(one: str | None, other: str | None) -> str | None:
    """The first spelling in the alphabet, so that the row does not depend on the order of the lines."""
    return min(one, other) if one and other else one or other
