"""Compares what two streams say a month has cost: GitHub's own totals prove that the line items are all there."""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.accounts import Account, AccountId
from source_github_copilot_billing.endpoints.bill import BillItem, TotalKey, fetch_totals
from source_github_copilot_billing.endpoints.period import month_of

CENT = Decimal("0.01")  # US dollars: what two sums of one month may differ by


@dataclass(frozen=True)
class MonthSum:
    """US dollars of a calendar month, exactly as GitHub's amounts add up."""

    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)

    def differs_from(self, other: "MonthSum") -> bool:
        return abs(self.gross - other.gross) > CENT or abs(self.net - other.net) > CENT

    def rounded(self) -> "MonthSum":
        """For comparing as text: GitHub's amounts are floating point numbers."""
        return MonthSum(round(self.gross, 6), round(self.net, 6))

    def __str__(self) -> str:
        return f"{_plain(self.gross)} USD gross and {_plain(self.net)} USD net"


def fetch_month_totals(account: Account, month: date) -> dict[TotalKey, BillItem]:
    """GitHub's own totals of a calendar month. Fetched once a sync, for both streams."""
    return fetch_totals(account, month_of(month))


def month_sum(items: Iterable[BillItem]) -> MonthSum:
    """What line items, or GitHub's totals, of a month add up to."""
    gross = net = Decimal(0)
    for item in items:
        gross += item.amounts.gross_amount
        net += item.amounts.net_amount
    return MonthSum(gross, net)


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
            if line_items is None or total is None or not line_items.differs_from(total):
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
