"""Line items of an enterprise whose list of cost centers GitHub refuses: believed to be all only where its own totals
say so."""

from collections.abc import Callable, Set
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.period import day_of, month_of
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.streams.totals import fetch_totals, first_whole_month
from source_github_copilot_billing.streams.usage.line_item import LineItem, LineItems
from source_github_copilot_billing.streams.usage.shortfall import Sums, missing_of, sums_by_product
from source_github_copilot_billing.sync.slice import Slice


def proven_line_items(
    account: Account,
    slice: Slice,
    products: Set[str],
    today: date,
    refusal: HttpError,
    fetch: Callable[[Slice], LineItems],
) -> LineItems:
    """The line items without a cost center, of the slice's days alone, where they are all that GitHub billed.

    :param products: the names of those to compare, as `canonical` makes them
    :param refusal: GitHub's answer to the list of cost centers
    :param fetch: the line items without a cost center of some days of one month
    :raises ConnectorError: the refusal, when GitHub's totals are more than these line items, or are refused too
    """
    # GitHub adds up whole months, but for the one of which it keeps a part.
    month = slice.first.replace(day=1)
    compared = Slice(month, slice.last) if month >= first_whole_month(today) else slice
    # The totals are asked again after the line items: GitHub may change the amounts of recent days in between.
    before = _totals(account, compared, products, refusal)
    found = fetch(compared)
    sums = sums_by_product((canonical(item.product), item.gross_amount, item.net_amount) for item in found.items)
    count = max(1, len(found.items))
    if missing_of(before, sums, count):
        missing = missing_of(_totals(account, compared, products, refusal), sums, count)
        if missing:
            raise _too_short(refusal, compared, missing)
    return LineItems([item for item in found.items if _is_within(item, slice)], found.left_out)


def _totals(account: Account, compared: Slice, products: Set[str], refusal: HttpError) -> Sums:
    is_month = compared.first.day == 1
    periods = [month_of(compared.first)] if is_month else [day_of(day) for day in compared.days]
    try:
        totals = [total for period in periods for total in fetch_totals(account, period).values()]
    except HttpError:
        raise refusal from None  # without totals there is no proof
    return sums_by_product(
        (product, total.amounts.gross_amount, total.amounts.net_amount)
        for total in totals
        if (product := canonical(total.product)) in products
    )


def _too_short(refusal: HttpError, compared: Slice, missing: Sums) -> ConnectorError:
    amounts = ", ".join(f"{amount} of {product}" for product, amount in missing.items())
    return refusal.with_sentence(
        f"{refusal.sentence} Without the cost centers the bill would be short: of {compared}, GitHub's own totals have "
        f"{amounts} more than the line items without a cost center."
    )


def _is_within(item: LineItem, slice: Slice) -> bool:
    return slice.first <= item.date <= slice.last
