"""Reads the stream `usage`: one request for each month and cost center.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.cost_centers import CostCenter
from source_github_copilot_billing.endpoints.period import Period, day_of, first_of_next_month, is_final_month, month_of
from source_github_copilot_billing.endpoints.spelling import COPILOT, canonical_names
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.http_error import HttpError, may_have_smaller_answer
from source_github_copilot_billing.github.request import Params
from source_github_copilot_billing.parallel import side_by_side
from source_github_copilot_billing.streams.month_sums import MonthSum
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.streams.usage.line_item import (
    Key,
    LineItem,
    LineItems,
    add_up,
    line_items,
    usage_row,
)
from source_github_copilot_billing.streams.usage.without_cost_centers import proven_line_items
from source_github_copilot_billing.sync.slice import Slice, columns_of_read, slices_of_months
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec

LIST_REFUSED = (403, 404)  # the account has no cost centers, or the credential may not see them


class Usage:
    spec: ClassVar[StreamSpec] = StreamSpec("usage")

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> "UsageOfAccount":
        return UsageOfAccount(account, self._resources, context)


class UsageOfAccount:
    """A slice is a calendar month, because one request gives all its days. A request for a year gives only months."""

    def __init__(self, account: Account, resources: Resources, context: Context) -> None:
        self._account = account
        self._resources = resources
        self._context = context
        self._products = canonical_names(context.products)
        self._has_warned = False
        self.mode = mode_of(self._products)

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Whole months: one request gives the whole month, even when only some of its days are needed."""
        return slices_of_months(since, until, self._context.start_date)

    def read(self, slice: Slice) -> Iterator[Row]:
        """:raises ConnectorError: a cost center's usage cannot be read; raised after the rows of the others"""
        begun_at = self._context.clock.now()
        rows: dict[Key, LineItem] = {}
        left_out: Counter[str] = Counter()
        failures: list[ConnectorError] = []
        for part in self._parts(slice):
            if isinstance(part, ConnectorError):
                failures.append(part)
            else:
                add_up(self._account, part.items, rows)
                left_out += part.left_out
        # When a cost center is missing, these rows must not say that the month was read: older rows of that cost center
        # would look withdrawn.
        of_the_read = columns_of_read(None, begun_at) if failures else {}
        for key, item in rows.items():
            yield {**usage_row(self._account, key, item), **of_the_read}
        self._log_left_out(slice, left_out)
        if failures:
            raise failures[0]
        if self._is_whole_final_month(slice):
            self._resources.month_sums.report_line_items(
                self._account.id, slice.first, month_sum(rows.values()), self._context.products, self._context.logger
            )

    def _parts(self, slice: Slice) -> Iterator[LineItems | ConnectorError]:
        """Yield the line items of each cost center, and those without one. Each needs its own request: a
        request that names no cost center gets only the line items without one."""
        try:
            parts = (None, *self._resources.cost_centers.of(self._account))
        except HttpError as refusal:
            if refusal.status not in LIST_REFUSED:
                raise
            yield self._proven_without_cost_centers(slice, refusal)
            return
        yield from side_by_side(partial(self._fetch, slice), parts, self._context.num_workers)

    def _proven_without_cost_centers(self, slice: Slice, refusal: HttpError) -> LineItems:
        """Read only line items without a cost center, and check by GitHub's totals that they are the whole bill.

        :raises ConnectorError: the refusal of the list of cost centers, when GitHub's totals do not confirm it
        """

        def fetch(compared: Slice) -> LineItems:
            found = self._fetch(compared, None)
            if isinstance(found, ConnectorError):
                raise found
            return found

        found = proven_line_items(self._account, slice, self._products, self._context.today, refusal, fetch)
        if not self._has_warned:
            self._has_warned = True
            self._context.logger.warning(
                f'{self._account.id}: GitHub answered {refusal.status} "{refusal.reason}" to the list of cost centers. '
                "A month is read without cost centers if its line items without a cost center add up to GitHub's own "
                "total over all cost centers. Otherwise the month fails."
            )
        return found

    def _fetch(self, slice: Slice, cost_center: CostCenter | None) -> LineItems | ConnectorError:
        """Fetch the line items of one cost center; return the error when only this cost center is concerned.

        :raises ConnectorError: an error that the other cost centers would meet too
        """
        try:
            try:
                return self._fetch_period(slice, cost_center, month_of(slice.first))
            except ConnectorError as error:
                if not may_have_smaller_answer(error):
                    raise
            self._context.logger.info(
                f"{self._account.id}: GitHub does not give {slice}{_of(cost_center)} in one answer. "
                "Reading it day by day."
            )
            found = LineItems()
            for day in slice.days:
                found.extend(self._fetch_period(slice, cost_center, day_of(day), day))
            return found
        except ConnectorError as error:
            if error.stops_account or cost_center is None:
                raise
            return ConnectorError(error.code, f"{error.sentence} This is the usage{_of(cost_center)}.")

    def _fetch_period(
        self, slice: Slice, cost_center: CostCenter | None, period: Period, day: date | None = None
    ) -> LineItems:
        params: Params = period if cost_center is None else {**period, "cost_center_id": cost_center.id}
        response = self._account.github.send(self._account.billing("usage", params))
        return line_items(response, self._account, slice, cost_center, self._products, day)

    def _log_left_out(self, slice: Slice, left_out: Counter[str]) -> None:
        if left_out:
            counts = ", ".join(f"{product} ({count})" for product, count in sorted(left_out.items()))
            self._context.logger.info(
                f"{self._account.id}: {slice} has line items of products that are not read: {counts}. To read a "
                "product, add its name to products in the configuration."
            )

    def _is_whole_final_month(self, slice: Slice) -> bool:
        begins_and_ends = slice.first.day == 1 and slice.last == first_of_next_month(slice.first) - timedelta(days=1)
        return begins_and_ends and is_final_month(slice.first, self._context.today)


def mode_of(products: Set[str]) -> str | None:
    """The products, as the mode in the state: when they change, the account is read from the start date again. Copilot
    alone is None, because older states, which know no products, have no mode.

    :param products: names in the spelling of `canonical`
    """
    return None if products == {COPILOT} else f"products {', '.join(sorted(products))}"


def month_sum(items: Iterable[LineItem]) -> MonthSum:
    gross = net = Decimal(0)
    for item in items:
        gross += item.gross_amount
        net += item.net_amount
    return MonthSum(gross, net)


def _of(cost_center: CostCenter | None) -> str:
    return f" of the cost center {cost_center.name}" if cost_center else ""
