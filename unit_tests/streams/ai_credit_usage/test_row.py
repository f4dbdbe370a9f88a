from decimal import Decimal

import pytest

from source_github_copilot_billing.streams.ai_credit_usage.row import Amounts, CreditItem, is_billed


def item(gross_quantity: str, net_amount: str) -> CreditItem:
    quantity, net = Decimal(gross_quantity), Decimal(net_amount)
    amounts = Amounts(quantity, None, None, quantity / 100, quantity / 100 - net, net)
    return CreditItem("a", "Copilot", "copilot_ai_credit", "credits", Decimal("0.01"), amounts)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], False),
        ([item("0", "0"), item("0.0", "0.00")], False),
        ([item("0", "0"), item("0.000000001", "0")], True),
        ([item("0", "-0.01")], True),
    ],
)
def test_report_needs_a_line_for_any_credit_and_any_dollar_but_for_no_0(
    items: list[CreditItem], expected: bool
) -> None:
    assert is_billed(items) is expected
