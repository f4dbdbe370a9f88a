from decimal import Decimal

import pytest

from source_github_copilot_billing.streams.billing_summary import ROUNDING, MonthSum, missing_of, sums_by_product
from testing.bill import bill_item


def usd(gross: str, net: str) -> MonthSum:
    return MonthSum(Decimal(gross), Decimal(net))


def test_amounts_are_added_up_by_product_to_the_last_digit() -> None:
    amounts = [
        bill_item(product="copilot", gross_amount="0.1", net_amount="0.05"),
        bill_item(product="spark", gross_amount="3", net_amount="-1"),
        bill_item(product="Copilot", gross_amount="0.2", net_amount="0.000000001"),
    ]
    assert sums_by_product(amounts) == {"copilot": usd("0.3", "0.050000001"), "spark": usd("3", "-1")}


def test_no_amounts_are_no_sums() -> None:
    assert sums_by_product([]) == {}


def test_equal_sums_lack_nothing() -> None:
    assert missing_of({"copilot": usd("10", "4")}, {"copilot": usd("10", "4")}, 1) == {}


@pytest.mark.parametrize(("gross", "net"), [("12", "4"), ("10", "5"), ("10", "3"), ("9", "4")])
def test_a_difference_of_either_amount_and_in_either_direction_is_missing(gross: str, net: str) -> None:
    missing = missing_of({"copilot": usd(gross, net)}, {"copilot": usd("10", "4")}, 1)
    assert missing == {"copilot": MonthSum(Decimal(gross) - 10, Decimal(net) - 4)}


def test_a_product_that_one_side_lacks_is_missing_whole() -> None:
    missing = missing_of({"copilot": usd("10", "4")}, {"spark": usd("2", "2")}, 1)
    assert missing == {"copilot": usd("10", "4"), "spark": usd("-2", "-2")}


def test_what_one_product_has_too_much_does_not_make_up_for_another() -> None:
    totals = {"copilot": usd("10", "10"), "spark": usd("2", "2")}
    line_items = {"copilot": usd("8", "8"), "spark": usd("4", "4")}
    assert missing_of(totals, line_items, 1) == {"copilot": usd("2", "2"), "spark": usd("-2", "-2")}


@pytest.mark.parametrize("count", [1, 3])
def test_rounding_of_every_line_item_is_allowed_and_no_more(count: int) -> None:
    line_items, rounding = {"copilot": usd("10", "10")}, ROUNDING * count
    for difference in (rounding, -rounding):
        assert missing_of({"copilot": MonthSum(10 + difference, 10 + difference)}, line_items, count) == {}
    more = rounding + Decimal("1e-12")
    for gross, net in ((more, Decimal(0)), (Decimal(0), -more)):
        missing = missing_of({"copilot": MonthSum(10 + gross, 10 + net)}, line_items, count)
        assert missing == {"copilot": MonthSum(gross, net)}
