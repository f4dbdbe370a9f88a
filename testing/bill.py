"""Items of a bill, for tests that send no request."""

from decimal import Decimal
from typing import Any

from source_github_copilot_billing.endpoints.bill import Amounts, BillItem


def bill_item(**fields: Any) -> BillItem:
    """AI credits of Copilot.

    :param fields: of BillItem, or of its Amounts; numbers as text. What is left out of the amounts is 0
    """
    amounts = {name: Decimal(fields.pop(name, 0)) for name in Amounts.__dataclass_fields__}
    names = {
        "product": "Copilot",
        "sku": "copilot_ai_credit",
        "unit_type": "credits",
        "price_per_unit": Decimal("0.01"),
    }
    return BillItem(**{**names, **fields}, amounts=Amounts(**amounts))
