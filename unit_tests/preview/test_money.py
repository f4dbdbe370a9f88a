from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from source_github_copilot_billing.preview.figures import Day, add_credits, add_money
from testing.bill import bill_item

NINTH, TENTH = date(2026, 11, 9), date(2026, 11, 10)


def row(day: str, gross: float, net: float) -> dict[str, Any]:
    return {"date": day, "gross_amount": gross, "net_amount": net}


def test_rows_are_added_to_their_own_day_to_the_digit_that_they_are_printed_with() -> None:
    days = [Day(NINTH), Day(TENTH)]
    add_money(days, [row("2026-11-10", 0.1, 0.3), row("2026-11-10", 0.2, -0.1), row("2026-11-09", 19, 1e-09)])
    assert [(day.gross_amount, day.net_amount) for day in days] == [
        (Decimal(19), Decimal("0.000000001")),
        (Decimal("0.3"), Decimal("0.2")),
    ]


def test_rows_of_another_account_add_to_those_of_the_first() -> None:
    days = [Day(NINTH)]
    add_money(days, [row("2026-11-09", 1, 1)])
    add_money(days, [row("2026-11-09", 2, 0.5)])
    assert (days[0].gross_amount, days[0].net_amount) == (Decimal(3), Decimal("1.5"))


def test_row_of_a_day_that_is_not_shown_is_an_error_and_not_left_out() -> None:
    with pytest.raises(KeyError):
        add_money([Day(NINTH)], [row("2026-11-11", 1, 1)])


def test_credits_are_those_before_discounts_and_add_up_over_accounts() -> None:
    day = Day(NINTH)
    assert day.ai_credits is None
    add_credits(day, [bill_item(gross_quantity="1.1"), bill_item(gross_quantity="2.2")])
    add_credits(day, [bill_item(gross_quantity="0.7")])
    assert day.ai_credits == Decimal("4.0")


def test_day_without_credits_is_0_and_not_unknown() -> None:
    day = Day(NINTH)
    add_credits(day, [])
    assert day.ai_credits == 0
