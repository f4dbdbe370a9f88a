from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from source_github_copilot_billing.endpoints.bill import parse_totals
from source_github_copilot_billing.endpoints.period import first_whole_month
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.streams.billing_summary import MonthSum, month_sum, summary_row
from testing.accounts import enterprise
from unit_tests.streams.answers import answer

NUMBERS = ("grossQuantity", "discountQuantity", "netQuantity", "grossAmount", "discountAmount", "netAmount")


def item(**fields: Any) -> dict[str, Any]:
    texts = {"product": "copilot", "sku": "copilot_ai_unit", "unitType": "ai-units", "pricePerUnit": 0.01}
    return {**texts, **dict.fromkeys(NUMBERS, 0), **fields}


@pytest.mark.parametrize(
    "today, first",
    [
        (date(2026, 11, 22), date(2024, 12, 1)),
        (date(2026, 11, 1), date(2024, 12, 1)),
        (date(2026, 12, 31), date(2025, 1, 1)),
        (date(2028, 2, 29), date(2026, 3, 1)),
    ],
)
def test_the_first_month_began_less_than_two_years_ago(today: date, first: date) -> None:
    assert first_whole_month(today) == first


def test_items_of_one_key_are_added_up_exactly_whatever_their_order_and_spelling() -> None:
    one = item(**dict.fromkeys(NUMBERS, 0.1))
    other = item(sku="Copilot AI Credits", unitType="AICredits", **dict.fromkeys(NUMBERS, 0.2))
    for items in ([one, other], [other, one]):
        (total,) = parse_totals(answer({"usageItems": items})).values()
        assert total.amounts.gross_quantity == total.amounts.net_amount == Decimal("0.3")
        assert (total.sku, total.unit_type) == ("Copilot AI Credits", "AICredits")


@pytest.mark.parametrize(
    "fields", [{"pricePerUnit": 0.02}, {"sku": "copilot_for_business"}, {"unitType": "requests"}, {"product": "spark"}]
)
def test_another_price_sku_unit_or_product_is_another_row(fields: dict[str, Any]) -> None:
    assert len(parse_totals(answer({"usageItems": [item(), item(**fields)]}))) == 2


def test_a_price_with_zeros_at_its_end_is_the_same_price() -> None:
    totals = parse_totals(answer({"usageItems": [item(pricePerUnit=4), item(pricePerUnit=4.0)]}))
    assert len(totals) == 1


@pytest.mark.parametrize("missing", ["product", "sku", "unitType", "pricePerUnit", *NUMBERS])
def test_a_missing_field_is_an_error_that_names_it(missing: str) -> None:
    broken = {name: value for name, value in item().items() if name != missing}
    with pytest.raises(ConnectorError, match=missing):
        parse_totals(answer({"usageItems": [item(), broken]}))


def test_a_months_sum_is_exact() -> None:
    items = [item(grossAmount=1.1, netAmount=-0.1), item(sku="seats", grossAmount=0.2, netAmount=0.2)]
    totals = parse_totals(answer({"usageItems": items})).values()
    assert month_sum(totals) == MonthSum(Decimal("1.3"), Decimal("0.1"))


def row(month: date = date(2026, 10, 1), name: str = "acme", **fields: Any) -> dict[str, Any]:
    ((key, total),) = parse_totals(answer({"usageItems": [item(**fields)]})).items()
    return summary_row(enterprise(name), month, key, total, is_final=True)


def test_id_of_a_total_stays_the_same_from_version_to_version() -> None:
    assert row()["id"] == "8bb3b1efa540fef846a6570784a79ab8"


def test_id_of_a_total_depends_on_its_key_alone() -> None:
    same = [row(), row(sku="Copilot AI Credits", unitType="AICredits"), row(grossAmount=5)]
    others = [
        row(date(2026, 11, 1)),
        row(name="other"),
        row(product="spark"),
        row(sku="copilot_for_business"),
        row(unitType="user-months"),
        row(pricePerUnit=0.02),
    ]
    assert len({found["id"] for found in same}) == 1
    assert len({found["id"] for found in (*same, *others)}) == 1 + len(others)


def test_totals_of_an_answer_are_bounded() -> None:
    """They are kept for a whole sync, of each account and month."""
    many = [item(sku=f"sku-{number}") for number in range(10_001)]
    assert len(parse_totals(answer({"usageItems": many[:10_000]}))) == 10_000
    with pytest.raises(ConnectorError, match="has more than 10,000 totals"):
        parse_totals(answer({"usageItems": many}))
