"""Stream `billing_summary`: GitHub's own totals of a month over all cost centers, by product, SKU, unit and price.

They prove that the line items of `usage` are all there. The last closed months are read in each sync, so that a change
after a month was final is found.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections.abc import Iterator
from datetime import date, timedelta

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, TotalKey, as_number
from source_github_copilot_billing.endpoints.period import (
    FINAL_AFTER_DAYS,
    first_whole_month,
    is_final_month,
    watched_months,
)
from source_github_copilot_billing.endpoints.spelling import canonical_names
from source_github_copilot_billing.streams.month_sums import MonthSums, fetch_month_totals, month_sum
from source_github_copilot_billing.sync.slice import Slice, slices_of_months
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream, new_row


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
