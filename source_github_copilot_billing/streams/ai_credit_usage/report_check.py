"""Compares what a report adds up to with GitHub's own totals: a file that it lacks must not look like less usage."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, is_billed
from source_github_copilot_billing.endpoints.period import FINAL_AFTER_DAYS, Period, day_of, first_whole_month, month_of
from source_github_copilot_billing.endpoints.spelling import COPILOT
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.http_error import HttpError, may_have_smaller_answer
from source_github_copilot_billing.parallel import side_by_side
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context

CENT = Decimal("0.01")  # US dollars
ROUNDING = Decimal("0.000001")  # of a total: GitHub cuts the amount of each line, and a report may have millions


@dataclass(frozen=True)
class ReportCheck:
    """Of one enterprise in one sync.

    It compares gross amounts: what was used has one price in both answers, while GitHub moves discounts from line to
    line and its totals contradict themselves there (gross - discount is not always net).

    It compares only days that are final. A day that is still filling is not the same in a report and in a total that
    was made minutes later; the lookback reads it again, and it is compared then.

    :param totals: GitHub's own totals of what the report counts, of a UTC day or calendar month
    :param counted: what that is, as messages name it
    """

    account: Account
    totals: Callable[[Account, Period], Iterable[BillItem]]
    counted: str
    context: Context
    _warned: set[str] = field(default_factory=set)

    def difference(self, slice: Slice, found: Mapping[tuple[str, str], float]) -> str | None:
        """How a report differs from GitHub's totals, as the end of a sentence; None where it does not.

        A whole month costs one request, and so does each other day.

        :param found: the report's gross amounts in US dollars, by day and `product_key`; nothing for an empty report
        :raises ConnectorError: GitHub does not answer
        """
        if not found:
            return None if self._is_empty(slice) else f"it is empty, but GitHub billed {self.counted} in that time"
        periods = list(self._periods(slice))
        try:
            totals = side_by_side(self._total, periods, self.context.num_workers)
            for days, total in zip(periods, totals, strict=True):
                if difference := self._compare(days, found, total):
                    return difference
        except HttpError as refusal:
            if refusal.status not in (403, 404):
                raise
            self._warn("refused", f"reports are not compared with GitHub's own totals: {refusal.sentence.rstrip('.')}")
        return None

    def _is_empty(self, slice: Slice) -> bool:
        """Whether GitHub's totals of a slice are empty too. Only today's may be newer than a report, and GitHub has no
        totals of a month that it does not keep whole."""
        first, last = first_whole_month(self.context.today), self.context.yesterday
        days = [day for day in slice.days if first <= day <= last]
        months = {day.replace(day=1) for day in days}
        billed = {month for month in months if is_billed(self.totals(self.account, month_of(month)))}
        return not any(
            day.replace(day=1) in billed and is_billed(self.totals(self.account, day_of(day))) for day in days
        )

    def _periods(self, slice: Slice) -> Iterator[Slice]:
        """The final days of a slice: whole months, and each other day."""
        today = self.context.today
        first = max(slice.first, first_whole_month(today))
        last = min(slice.last, today - timedelta(days=FINAL_AFTER_DAYS + 1))
        while first <= last:
            end = Slice.of_month(first).last
            if first.day > 1 or end > last:
                end = first
            yield Slice(first, end)
            first = end + timedelta(days=1)

    def _total(self, days: Slice) -> dict[str, Decimal]:
        """Gross amounts in US dollars, by `product_key`."""
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for item in self._items(days):
            sums[item.product_key] += item.amounts.gross_amount
        return sums

    def _items(self, days: Slice) -> list[BillItem]:
        """Those of a day or of a whole month: day by day where GitHub does not give it in one answer."""
        if days.first < days.last:
            try:
                return list(self.totals(self.account, month_of(days.first)))
            except ConnectorError as error:
                if not may_have_smaller_answer(error):
                    raise
        return [item for day in days.days for item in self.totals(self.account, day_of(day))]

    def _compare(self, days: Slice, found: Mapping[tuple[str, str], float], total: Mapping[str, Decimal]) -> str | None:
        """The first difference of a product. A product other than Copilot that the report does not have at all is only
        warned of: nobody knows that the two answers cover the same products."""
        ours: defaultdict[str, Decimal] = defaultdict(Decimal)
        for (day, product), amount in found.items():
            if days.first.isoformat() <= day <= days.last.isoformat():
                ours[product] += Decimal(amount)
        for product in sorted({COPILOT, *total}):
            own, billed = ours.get(product), total.get(product, Decimal(0))
            if abs((own or 0) - billed) <= max(CENT, abs(billed) * ROUNDING):
                continue
            if own is None and product != COPILOT:
                self._warn(
                    product,
                    f"of {days} GitHub billed {billed:.2f} US dollars of {product[:60]}, and reports have "
                    "no line of that product",
                )
                continue
            return (
                f"of {days} its lines of {product[:60]} add up to {own or 0:.2f} US dollars gross, and GitHub's own "
                f"total is {billed:.2f}"
            )
        return None

    def _warn(self, what: str, sentence: str) -> None:
        """Once a sync for each thing."""
        if what not in self._warned:
            self._warned.add(what)
            self.context.logger.warning(f"{self.account.id}, {self.counted}: {sentence}.")
