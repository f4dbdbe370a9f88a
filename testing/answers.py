"""Items of GitHub's answers, as it writes them; a test says what is different."""

from typing import Any


def line_item(**fields: Any) -> dict[str, Any]:
    """Of `usage`."""
    return {
        "date": "2026-11-06T01:00:00Z", "product": "Copilot", "sku": "Copilot AI Credits", "unitType": "ai-credits",
        "pricePerUnit": 0.01, "quantity": 100, "grossAmount": 1, "discountAmount": 0, "netAmount": 1, **fields,
    }  # fmt: skip


def credit_item(gross: float = 1, **fields: Any) -> dict[str, Any]:
    """Of `ai_credit/usage` or of the totals: so many credits, without a discount."""
    return {
        "product": "Copilot", "sku": "Copilot AI Credits", "model": "GPT-5", "unitType": "ai-credits",
        "pricePerUnit": 0.01, "grossQuantity": gross, "grossAmount": gross / 100, "discountQuantity": 0,
        "discountAmount": 0, "netQuantity": gross, "netAmount": gross / 100, **fields,
    }  # fmt: skip
