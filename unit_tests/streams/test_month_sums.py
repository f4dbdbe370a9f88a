import logging
from datetime import date
from decimal import Decimal

import pytest

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.streams.billing_summary import MonthSum, MonthSums

ENTERPRISE = AccountId("enterprise", "acme")
ORGANIZATION = AccountId("organization", "acme", 1001)
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
LOGGER = logging.getLogger("month sums")
PRODUCTS = ("copilot", "spark")


def usd(gross: str, net: str | None = None) -> MonthSum:
    return MonthSum(Decimal(gross), Decimal(net if net is not None else gross))


class Both:
    """Reports both sides, and gives what was logged."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, logger=LOGGER.name)
        self._caplog = caplog
        self.sums = MonthSums(PRODUCTS, LOGGER)

    def line_items(self, found: MonthSum, account: AccountId = ENTERPRISE, month: date = OCTOBER) -> None:
        self.sums.report_line_items(account, month, found)

    def total(self, found: MonthSum, account: AccountId = ENTERPRISE, month: date = OCTOBER) -> None:
        self.sums.report_total(account, month, found)

    @property
    def logged(self) -> list[tuple[int, str]]:
        return [(record.levelno, record.getMessage()) for record in self._caplog.records]


@pytest.fixture
def both(caplog: pytest.LogCaptureFixture) -> Both:
    return Both(caplog)


def test_a_month_that_one_side_reported_is_not_compared(both: Both) -> None:
    both.line_items(usd("1"))
    both.total(usd("5"), month=SEPTEMBER)
    both.total(usd("5"), account=ORGANIZATION)
    assert both.logged == []


@pytest.mark.parametrize("total", [usd("10"), usd("10.01"), usd("9.99"), usd("10", "10.01")])
def test_a_difference_of_a_cent_is_no_warning(both: Both, total: MonthSum) -> None:
    both.line_items(usd("10"))
    both.total(total)
    assert both.logged == []


@pytest.mark.parametrize("total", [usd("10.010000001"), usd("9.989999999"), usd("10", "10.02"), usd("10.02", "10")])
def test_a_difference_of_more_than_a_cent_in_gross_or_net_is_a_warning(both: Both, total: MonthSum) -> None:
    both.line_items(usd("10"))
    both.total(total)
    assert [level for level, _ in both.logged] == [logging.WARNING]


def test_the_warning_has_both_sums_with_all_digits_whichever_came_first(both: Both) -> None:
    both.total(usd("1.2000000000000000000001", "30.00"))
    both.line_items(usd("0", "-2.50"))
    ((_, message),) = both.logged
    assert "Enterprise acme: in 2026-10 " in message
    assert "usage add up to 0 USD gross and -2.5 USD net" in message
    assert "(billing_summary) to 1.2000000000000000000001 USD gross and 30 USD net" in message
    assert "copilot, spark" in message


def test_further_months_of_an_account_are_information(both: Both) -> None:
    for month in (SEPTEMBER, OCTOBER):
        both.line_items(usd("1"), month=month)
        both.total(usd("2"), month=month)
    both.line_items(usd("1"), account=ORGANIZATION)
    both.total(usd("2"), account=ORGANIZATION)
    assert [level for level, _ in both.logged] == [logging.WARNING, logging.INFO, logging.WARNING]


def test_only_an_enterprise_is_told_to_look_for_a_cost_center(both: Both) -> None:
    for account in (ENTERPRISE, ORGANIZATION):
        both.line_items(usd("1"), account=account)
        both.total(usd("2"), account=account)
    assert ["cost center" in message for _, message in both.logged] == [True, False]
