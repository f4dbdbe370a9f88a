import pytest

from source_github_copilot_billing.endpoints.bill import BillItem, is_billed
from testing.bill import bill_item


def item(gross_quantity: str, net_amount: str) -> BillItem:
    return bill_item(gross_quantity=gross_quantity, net_amount=net_amount)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], False),
        ([item("0", "0"), item("0.0", "0.00")], False),
        ([item("0", "0"), item("0.000000001", "0")], True),
        ([item("0", "-0.01")], True),
    ],
)
def test_report_needs_a_line_for_any_credit_and_any_dollar_but_for_no_0(items: list[BillItem], expected: bool) -> None:
    assert is_billed(items) is expected
