"""Stream `usage`: GitHub's line items, by day, organization, repository, SKU and cost center.

One request for each month and cost center.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage
"""

from collections import Counter
from collections.abc import Iterator, Set
from datetime import date
from functools import partial

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, LineItems, add_up, as_number, fetch_line_items
from source_github_copilot_billing.endpoints.cost_centers import CostCenter, fetch_cost_centers
from source_github_copilot_billing.endpoints.period import day_of, is_final_month, month_of, watched_months
from source_github_copilot_billing.endpoints.spelling import COPILOT, canonical_names
from source_github_copilot_billing.errors import ConnectorError, together
from source_github_copilot_billing.github.http_error import HttpError, may_have_smaller_answer
from source_github_copilot_billing.parallel import side_by_side
from source_github_copilot_billing.streams.billing_summary import (
    BILLING_SUMMARY,
    MonthSums,
    fetch_month_totals,
    month_sum,
    proven_without_cost_centers,
)
from source_github_copilot_billing.streams.left_out import ProductsSeen
from source_github_copilot_billing.sync.slice import Slice, slices_of_months
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream, new_row

NO_COST_CENTER = "no_cost_center"  # in the place of a cost center's id, which is no such word
LIST_REFUSED = (403, 404)  # the account has no cost centers, or the credential may not see them

Key = tuple[date | None, str, str, str, str, str, str]


class _Usage:
    """The line items of one account in one sync.

    A slice is a calendar month, because one request gives all its days. A request for a year gives only months.

    :param memory: of each of the last closed months, GitHub's own total at the time when its line items were read
    """

    def __init__(self, account: Account, context: Context, memory: dict[str, str]) -> None:
        self._memory = memory
        self._account = account
        self._context = context
        self._products = canonical_names(context.products)
        self._seen = context.once(ProductsSeen, context.products)
        self._has_warned = False

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Whole months: one request gives the whole month, even when only some of its days are needed."""
        if since > self._context.start_date:
            self._seen.begin_part()  # which this sync does not read
        yield from self._changed_months(since)
        yield from slices_of_months(since, until, self._context.start_date)

    def _changed_months(self, since: date) -> Iterator[Slice]:
        """The closed months before `since` whose total GitHub has changed after their line items were read."""
        for month in watched_months(self._context.today):
            last = Slice.of_month(month).last
            if last < self._context.start_date or last >= since:
                continue
            total, known = self._total(month), self._memory.get(_key(month))
            if total is None or total == known:
                continue
            if known is not None:
                self._context.logger.warning(
                    f"{self._account.id}: GitHub has changed {month:%Y-%m} since it was read: its own total was "
                    f"{known}, and is {total}. The line items are read again."
                )
            yield Slice(max(month, self._context.start_date), last)

    def _total(self, month: date) -> str | None:
        """GitHub's own total of a closed month, where `billing_summary` is read too; None where it is not known.

        A failure is that of `billing_summary`, which raises it.
        """
        if BILLING_SUMMARY.name not in self._context.streams or month not in watched_months(self._context.today):
            return None
        try:
            totals = self._context.once(fetch_month_totals, self._account, month)
        except ConnectorError:
            return None
        found = month_sum(total for total in totals.values() if total.product_key in self._products)
        return str(found.rounded())

    def read(self, slice: Slice) -> Iterator[Row | Finished]:
        """The rows of a month, all cost centers together.

        :raises ConnectorError: a cost center's usage cannot be read; raised after the rows of the others
        """
        self._seen.begin_part()
        # Before the line items: what GitHub changes in between is found by the next sync.
        total = self._total(slice.first.replace(day=1))
        rows: dict[Key, BillItem] = {}
        failures: list[ConnectorError] = []
        read: list[str] = []
        for cost_center, part in self._parts(slice):
            if isinstance(part, ConnectorError):
                failures.append(part)
            else:
                # A day that began while the sync runs is left to the next sync.
                in_slice = (item for item in part.items if item.day and slice.first <= item.day <= slice.last)
                add_up(in_slice, partial(usage_key, self._account), rows)
                self._seen.add((item.product for item in part.items), part.left_out)
                read.append(cost_center.id if cost_center else NO_COST_CENTER)
        for key, item in rows.items():
            yield usage_row(self._account, key, item)
        if failures:
            # What a cost center that could not be read was charged before must not look withdrawn.
            counts = Counter(item.cost_center.id if item.cost_center else NO_COST_CENTER for item in rows.values())
            for cost_center_id in read:
                yield Finished(slice.first, slice.last, counts[cost_center_id], cost_center_id)
        else:
            yield Finished(slice.first, slice.last, len(rows))
        if failures:
            raise together(failures)
        self._seen.end_part()
        if total is not None:
            self._memory[_key(slice.first)] = total
            for past in self._memory.keys() - {_key(month) for month in watched_months(self._context.today)}:
                del self._memory[past]
        if slice == Slice.of_month(slice.first) and is_final_month(slice.first, self._context.today):
            sums = self._context.once(MonthSums, self._context.products, self._context.logger)
            sums.report_line_items(self._account.id, slice.first, month_sum(rows.values()))

    def _parts(self, slice: Slice) -> Iterator[tuple[CostCenter | None, LineItems | ConnectorError]]:
        """Yield the line items of each cost center, and those without one. Each needs its own request: a
        request that names no cost center gets only the line items without one.

        :raises ConnectorError: the refusal of the list of cost centers, when GitHub's totals do not prove that there is
            no cost center
        """
        try:
            parts = (None, *self._context.once(fetch_cost_centers, self._account))
        except HttpError as refusal:
            if refusal.status not in LIST_REFUSED:
                raise
            found = proven_without_cost_centers(
                self._account, self._context, slice, refusal, lambda days: self._fetch(days, None)
            )
            if not self._has_warned:
                self._has_warned = True
                self._context.logger.warning(
                    f'{self._account.id}: GitHub answered {refusal.status} "{refusal.reason}" to the list of cost '
                    "centers. A month is read without cost centers if its line items without a cost center add up to "
                    "GitHub's own total over all cost centers. Otherwise the month fails."
                )
            yield None, found
            return
        yield from zip(
            parts, side_by_side(partial(self._fetch_part, slice), parts, self._context.num_workers), strict=True
        )

    def _fetch_part(self, slice: Slice, cost_center: CostCenter | None) -> LineItems | ConnectorError:
        """Fetch the line items of one cost center; return the error when only this cost center is concerned.

        :raises ConnectorError: an error that the other cost centers would meet too
        """
        try:
            return self._fetch(slice, cost_center)
        except ConnectorError as error:
            if error.stops_account or cost_center is None:
                raise
            return ConnectorError(error.code, f"{error.sentence} This is the usage{_of(cost_center)}.")

    def _fetch(self, days: Slice, cost_center: CostCenter | None) -> LineItems:
        """Fetch a month, or day by day what GitHub does not give in one answer."""
        try:
            return fetch_line_items(self._account, month_of(days.first), self._products, cost_center)
        except ConnectorError as error:
            if not may_have_smaller_answer(error):
                raise
        self._context.logger.info(
            f"{self._account.id}: GitHub does not give {days}{_of(cost_center)} in one answer. Reading it day by day."
        )
        found = LineItems()
        for day in days.days:
            part = fetch_line_items(self._account, day_of(day), self._products, cost_center)
            found.items += part.items
            found.left_out += part.left_out
        return found


def mode_of(products: Set[str]) -> str | None:
    """The products, as the mode in the state: when they change, the account is read from the start date again. Copilot
    alone is None, because older states, which know no products, have no mode.

    :param products: names in the spelling of `canonical`
    """
    return None if products == {COPILOT} else f"products {', '.join(sorted(products))}"


def _key(day: date) -> str:
    """A month's name in the memory."""
    return f"{day:%Y-%m}"


def usage_key(account: Account, item: BillItem) -> Key:
    """By which line items are added up to one row."""
    return (
        item.day,
        (item.organization_name or "").lower() if account.is_enterprise else "",  # else the account says it
        (item.repository_name or "").lower(),
        item.sku_key,
        item.unit_key,
        item.cost_center.id if item.cost_center else "",
        item.other_product,
    )


def usage_row(account: Account, key: Key, item: BillItem) -> Row:
    day, *rest, product = key
    later = (product,) if product else ()
    amounts = item.amounts
    return {
        **new_row("usage", account, str(day), *map(str, rest), *later),
        "organization_name": item.organization_name,
        "repository_name": item.repository_name,
        "cost_center_id": item.cost_center.id if item.cost_center else None,
        "cost_center_name": item.cost_center.name if item.cost_center else None,
        **item.columns,
        "plan_type": item.plan_type,
        "price_per_unit": as_number(item.price_per_unit),
        "quantity": as_number(amounts.gross_quantity),
        "gross_amount": as_number(amounts.gross_amount),
        "discount_amount": as_number(amounts.discount_amount),
        "net_amount": as_number(amounts.net_amount),
        "other_fields": item.other_fields,
    }


def _of(cost_center: CostCenter | None) -> str:
    return f" of the cost center {cost_center.name}" if cost_center else ""


def _open(account: Account, context: Context) -> AccountReader:
    memory: dict[str, str] = {}
    usage = _Usage(account, context, memory)
    return AccountReader(usage.slices, usage.read, mode_of(canonical_names(context.products)), memory)


def _log_products(context: Context) -> None:
    """Once a sync: a line for each month and account would hide the others."""
    seen = context.once(ProductsSeen, context.products)
    if left_out := seen.left_out_sentence():
        context.logger.info(left_out)
    if missing := seen.missing_sentence():
        context.logger.warning(missing)


USAGE = Stream("usage", _open, finish=_log_products)
