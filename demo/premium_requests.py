"""A week of premium requests, which AI credits have replaced, on a bill that begins later."""

from dataclasses import replace
from datetime import date, timedelta

from sandbox import Bill
from sandbox.charges import PREMIUM_REQUEST
from sandbox.shape import AI_CREDITS_BEGIN, HISTORY_MONTHS, months_back

DAYS = 7


def add_premium_requests(bill: Bill) -> date:
    """Adds the last week of premium requests; says the first day of it that GitHub still keeps."""
    last = AI_CREDITS_BEGIN - timedelta(days=1)
    first = max(AI_CREDITS_BEGIN - timedelta(days=DAYS), months_back(bill.today, HISTORY_MONTHS))
    week = Bill(replace(bill.shape, first_day=AI_CREDITS_BEGIN - timedelta(days=DAYS)), last, bill.seed)
    bill.add_charges(
        charge for charge in week.charges if charge.sku == PREMIUM_REQUEST and first <= charge.day < bill.first_day
    )
    return first
