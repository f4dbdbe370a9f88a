"""Line items of an enterprise whose list of cost centers GitHub refuses.

A 403 or 404 can mean that there is no cost center, and it can hide what the credential may not see. GitHub's own totals
over all cost centers tell which: the line items without a cost center are believed to be the whole bill only where the
totals have no more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, fetch_totals
from source_github_copilot_billing.endpoints.period import day_of, first_whole_month, month_of
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.month_sums import MonthSum
from source_github_copilot_billing.sync.slice import Slice

ROUNDING = Decimal("0.000001")  # US dollars for each line item: GitHub rounds them and the totals apart

Sums = Mapping[str, MonthSum]  # by product


def days_to_prove(slice: Slice, today: date) -> Slice:
    """The days of which the line items are compared: GitHub adds up whole months, but for the oldest one, of which it
    keeps a part."""
    month = slice.first.replace(day=1)
    return Slice(month, slice.last) if month >= first_whole_month(today) else slice


def fetch_sums(account: Account, days: Slice, products: Set[str], refusal: HttpError) -> Sums:
    """GitHub's own totals of `days_to_prove`.

    :param products: the names of those to compare, as `canonical` makes them
    :raises ConnectorError: the refusal of the list of cost centers, where the totals are refused too: there is no proof
    """
    periods = [month_of(days.first)] if days.first.day == 1 else [day_of(day) for day in days.days]
    try:
        totals = [total for period in periods for total in fetch_totals(account, period).values()]
    except HttpError:
        raise refusal from None
    return sums_by_product(total for total in totals if total.product_key in products)


def sums_by_product(items: Iterable[BillItem]) -> Sums:
    sums: dict[str, MonthSum] = defaultdict(MonthSum)
    for item in items:
        known = sums[item.product_key]
        sums[item.product_key] = MonthSum(known.gross + item.amounts.gross_amount, known.net + item.amounts.net_amount)
    return sums


def missing_of(totals: Sums, line_items: Sums, count: int) -> Sums:
    """Of each product: GitHub's totals less the line items, where the difference is more than rounding.

    Negative where the line items are more than the totals.

    :param count: of line items that were added up; each may be rounded
    """
    nothing = MonthSum()
    differences = {
        product: MonthSum(
            totals.get(product, nothing).gross - line_items.get(product, nothing).gross,
            totals.get(product, nothing).net - line_items.get(product, nothing).net,
        )
        for product in totals.keys() | line_items.keys()
    }
    tolerance = ROUNDING * max(1, count)
    return {
        product: missing
        for product, missing in sorted(differences.items())
        if abs(missing.gross) > tolerance or abs(missing.net) > tolerance
    }


def too_short(refusal: HttpError, days: Slice, missing: Sums) -> ConnectorError:
    """The refusal, with what the bill would lack."""
    amounts = ", ".join(f"{amount} of {product}" for product, amount in missing.items())
    return refusal.with_sentence(
        f"{refusal.sentence} Without the cost centers the bill would be short: of {days}, GitHub's own totals have "
        f"{amounts} more than the line items without a cost center."
    )
