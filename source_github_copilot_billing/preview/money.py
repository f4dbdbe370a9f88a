"""The money and the AI credits of a preview's days."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.endpoints.bill import BillItem
from source_github_copilot_billing.preview.figures import Day
from source_github_copilot_billing.sync.stream import Row


def add_money(days: Sequence[Day], rows: Iterable[Row]) -> None:
    """Add the amounts of rows of `usage` to their days.

    :raises KeyError: a row is of a day that is not among these: no amount is left out
    """
    by_date = {day.date: day for day in days}
    for row in rows:
        day = by_date[date.fromisoformat(row["date"])]
        day.gross_amount += Decimal(repr(row["gross_amount"]))  # the digits that the row is printed with
        day.net_amount += Decimal(repr(row["net_amount"]))


def add_credits(day: Day, items: Iterable[BillItem]) -> None:
    """Add what one account used on a day, before discounts; no items are 0 credits, which is known."""
    used = sum((item.amounts.gross_quantity for item in items), Decimal(0))
    day.ai_credits = used + (day.ai_credits or Decimal(0))
