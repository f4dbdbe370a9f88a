"""Stream `billing_summary`: GitHub's own totals of a month over all cost centers, by product, SKU, unit and price.

They prove that the line items of `usage` are all there: `MonthSums` compares what two streams say a month has cost. The
last closed months are read in each sync, so that a change after a month was final is found.

Besides, GitHub can refuse the list of an enterprise's cost centers. A 403 or 404 can mean that there is no cost center,
and it can hide what the credential may not see. So the line items without a cost center are believed to be the whole
bill only where the totals over all cost centers have no more.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from source_github_copilot_billing.accounts import Account, AccountId
from source_github_copilot_billing.endpoints.bill import BillItem, LineItems, TotalKey, as_number, fetch_totals
from source_github_copilot_billing.endpoints.period import (
    FINAL_AFTER_DAYS,
    day_of,
    first_whole_month,
    is_final_month,
    month_of,
    watched_months,
)
from source_github_copilot_billing.endpoints.spelling import canonical_names
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.sync.slice import Slice, slices_of_months
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream, new_row

CENT = Decimal("0.01")  # US dollars: what two sums of one month may differ by
ROUNDING = Decimal("0.000001")  # US dollars for each line item: GitHub rounds them and the totals apart


def _open(account: Account, context: Context) -> AccountReader:
    """A slice is a calendar month, whole also where the start date is in the middle of it: GitHub adds up months."""
    products = canonical_names(context.products)

    def slices(since: date, until: date) -> Iterator[Slice]:
        """A month is read once more when it is final, however short the lookback is; the last closed ones always."""
        earliest = max(context.start_date.replace(day=1), first_whole_month(context.today))
        not_final = since - timedelta(days=FINAL_AFTER_DAYS)
        return slices_of_months(max(min(not_final, watched_months(context.today)[0]), earliest), until, earliest)

    def read(slice: Slice) -> Iterator[Row | Finished]:
        month = slice.first
        totals = context.once(fetch_month_totals, account, month)
        is_final = is_final_month(month, context.today)
        for key, total in totals.items():
            yield summary_row(account, month, key, total, is_final)
        yield Finished(slice.first, slice.last, len(totals))
        if is_final:
            found = month_sum(total for total in totals.values() if total.product_key in products)
            context.once(MonthSums, context.products, context.logger).report_total(account.id, month, found)

    return AccountReader(slices, read)


BILLING_SUMMARY = Stream("billing_summary", _open)


def summary_row(account: Account, month: date, key: TotalKey, total: BillItem, is_final: bool) -> Row:
    *names, price = key
    plain_price = f"{price.normalize():f}" if price is not None else ""  # 0.010 is the same price as 0.01
    return {
        **new_row("billing_summary", account, month.isoformat(), *map(str, names), plain_price),
        "is_final": is_final,
        **total.columns,
        "plan_type": total.plan_type,
        "price_per_unit": as_number(total.price_per_unit),
        **total.amounts.as_columns(),
    }


@dataclass(frozen=True)
class MonthSum:
    """US dollars of a calendar month, exactly as GitHub's amounts add up."""

    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)

    def __add__(self, item: BillItem) -> "MonthSum":
        return MonthSum(self.gross + item.amounts.gross_amount, self.net + item.amounts.net_amount)

    def __sub__(self, other: "MonthSum") -> "MonthSum":
        return MonthSum(self.gross - other.gross, self.net - other.net)

    def is_more_than(self, tolerance: Decimal) -> bool:
        return abs(self.gross) > tolerance or abs(self.net) > tolerance

    def rounded(self) -> "MonthSum":
        """For comparing as text: GitHub's amounts are floating point numbers."""
        return MonthSum(round(self.gross, 6), round(self.net, 6))

    def __str__(self) -> str:
        return f"{_plain(self.gross)} USD gross and {_plain(self.net)} USD net"


Sums = Mapping[str, MonthSum]  # by product


def fetch_month_totals(account: Account, month: date) -> dict[TotalKey, BillItem]:
    """GitHub's own totals of a calendar month. Fetched once a sync, for both streams."""
    return fetch_totals(account, month_of(month))


def month_sum(items: Iterable[BillItem]) -> MonthSum:
    """What line items, or GitHub's totals, of a month add up to."""
    total = MonthSum()
    for item in items:
        total += item
    return total


class MonthSums:
    """The sums of one sync. A month is compared when both sides have reported it, whichever comes first.

    Only a month that is final and was read whole may be reported: others differ without anything being wrong.

    :param products: those that both sums are of, as the user names them
    """

    def __init__(self, products: Sequence[str], logger: logging.Logger) -> None:
        self._products = products
        self._logger = logger
        self._lock = threading.Lock()
        self._line_items: dict[tuple[AccountId, date], MonthSum] = {}
        self._totals: dict[tuple[AccountId, date], MonthSum] = {}
        self._warned: set[AccountId] = set()

    def report_line_items(self, account: AccountId, month: date, found: MonthSum) -> None:
        """What the rows of `usage` add up to."""
        with self._lock:
            self._line_items[account, month] = found
        self._compare(account, month)

    def report_total(self, account: AccountId, month: date, found: MonthSum) -> None:
        """What GitHub itself adds up over all cost centers."""
        with self._lock:
            self._totals[account, month] = found
        self._compare(account, month)

    def _compare(self, account: AccountId, month: date) -> None:
        """One warning an account: the further months that differ are logged as information."""
        with self._lock:
            line_items, total = self._line_items.get((account, month)), self._totals.get((account, month))
            if line_items is None or total is None or not (line_items - total).is_more_than(CENT):
                return
            is_first = account not in self._warned
            self._warned.add(account)
        sentence = (
            f"{account}: in {month:%Y-%m} the rows of usage add up to {line_items}, GitHub's own totals "
            f"(billing_summary) to {total}, both of the products {', '.join(self._products)}."
        )
        if is_first:
            self._logger.warning(
                f"{sentence} {_where_to_look(account)} Further months that differ are logged at info level."
            )
        else:
            self._logger.info(sentence)


def proven_without_cost_centers(
    account: Account, context: Context, slice: Slice, refusal: HttpError, fetch: Callable[[Slice], LineItems]
) -> LineItems:
    """The line items without a cost center, where GitHub's totals have no more: then they are the whole bill.

    :param refusal: of the list of cost centers
    :param fetch: the line items of some days without a cost center
    :raises ConnectorError: the refusal, where the totals do not confirm that there is no cost center
    """
    products = canonical_names(context.products)
    # GitHub adds up whole months, but for the oldest one, of which it keeps a part.
    month = slice.first.replace(day=1)
    days = Slice(month, slice.last) if month >= first_whole_month(context.today) else slice
    # The totals are fetched again after the line items: GitHub may change the amounts of recent days in between.
    before = _fetch_sums(account, days, products, refusal)
    found = fetch(days)
    sums, count = sums_by_product(item for item in found.items if item.day in set(days.days)), len(found.items)
    if missing_of(before, sums, count):
        after = _fetch_sums(account, days, products, refusal)
        if missing := missing_of(after, sums, count):
            amounts = ", ".join(f"{amount} of {product}" for product, amount in missing.items())
            raise refusal.with_sentence(
                f"{refusal.sentence} Without the cost centers the bill would be short: of {days}, GitHub's own totals "
                f"have {amounts} more than the line items without a cost center."
            )
    return found


def _fetch_sums(account: Account, days: Slice, products: Set[str], refusal: HttpError) -> Sums:
    """GitHub's own totals of a month or, where it is not kept whole, of its days.

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
        sums[item.product_key] += item
    return sums


def missing_of(totals: Sums, line_items: Sums, count: int) -> Sums:
    """Of each product: GitHub's totals less the line items, where the difference is more than rounding.

    Negative where the line items are more than the totals.

    :param count: of line items that were added up; each may be rounded
    """
    nothing, tolerance = MonthSum(), ROUNDING * max(1, count)
    products = sorted(totals.keys() | line_items.keys())
    differences = {product: totals.get(product, nothing) - line_items.get(product, nothing) for product in products}
    return {product: missing for product, missing in differences.items() if missing.is_more_than(tolerance)}


def _where_to_look(account: AccountId) -> str:
    if account.is_enterprise:
        return (
            "GitHub answers usage cost center by cost center: look for a cost center of the enterprise that is not in "
            "the stream cost_centers, or that this credential may not see."
        )
    return (
        "GitHub may have changed the month between the two requests: read both streams from this month again. If they "
        "still differ, ask GitHub's support."
    )


def _plain(amount: Decimal) -> str:
    """All digits, without an exponent and without zeros at the end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
