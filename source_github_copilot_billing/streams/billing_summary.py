"""Stream `billing_summary`: GitHub's own totals of a month over all cost centers, by product, SKU, unit and price.

They prove that the line items of `usage` are all there.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.period import FINAL_AFTER_DAYS, is_final_month, month_of
from source_github_copilot_billing.endpoints.spelling import canonical_names, row_id
from source_github_copilot_billing.streams.account_columns import account_columns
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.streams.totals import Key, Total, fetch_totals, first_whole_month, month_sum
from source_github_copilot_billing.sync.slice import Slice, slices_of_months
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec


class BillingSummary:
    spec: ClassVar[StreamSpec] = StreamSpec("billing_summary")

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> "SummaryOfAccount":
        return SummaryOfAccount(account, self._resources, context)


class SummaryOfAccount:
    """A slice is a calendar month, whole also where the start date is in the middle of it: GitHub adds up months."""

    mode: str | None = None

    def __init__(self, account: Account, resources: Resources, context: Context) -> None:
        self._account = account
        self._resources = resources
        self._context = context
        self._products = canonical_names(context.products)

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """A month is read once more when it is final, however short the lookback is."""
        earliest = max(self._context.start_date.replace(day=1), first_whole_month(self._context.today))
        not_final = since - timedelta(days=FINAL_AFTER_DAYS)
        return slices_of_months(max(not_final, earliest), until, earliest)

    def read(self, slice: Slice) -> Iterator[Row]:
        month = slice.first
        totals = fetch_totals(self._account, month_of(month))
        is_final = is_final_month(month, self._context.today)
        for key, total in totals.items():
            yield summary_row(self._account, month, key, total, is_final)
        if is_final:
            self._resources.month_sums.report_total(
                self._account.id,
                month,
                month_sum(totals.values(), self._products),
                self._context.products,
                self._context.logger,
            )


def summary_row(account: Account, month: date, key: Key, total: Total, is_final: bool) -> Row:
    *names, price = key
    plain_price = f"{price.normalize():f}"  # 0.010 is the same price as 0.01
    return {
        "id": row_id(
            "billing_summary", account.id.account_type, account.id.key, month.isoformat(), *names, plain_price
        ),
        **account_columns(account),
        "date": month.isoformat(),
        "is_final": is_final,
        "product": total.product,
        "sku": total.sku,
        "unit_type": total.unit_type,
        # The sums are exact decimals until here; a JSON number holds the nearest double, 15 to 17 digits of them.
        "price_per_unit": float(total.price_per_unit),
        **{amount.name: float(getattr(total.amounts, amount.name)) for amount in fields(total.amounts)},
    }
