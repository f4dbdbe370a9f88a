"""Compares what two streams say a month has cost: GitHub's own totals prove that the line items are all there."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.accounts import AccountId

TOLERANCE = Decimal("0.01")  # US dollars


@dataclass(frozen=True)
class MonthSum:
    """US dollars of a calendar month, exactly as GitHub's amounts add up."""

    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)

    def differs_from(self, other: "MonthSum") -> bool:
        return abs(self.gross - other.gross) > TOLERANCE or abs(self.net - other.net) > TOLERANCE

    def __str__(self) -> str:
        return f"{_plain(self.gross)} USD gross and {_plain(self.net)} USD net"


class MonthSums:
    """The sums of one sync. A month is compared when both sides have reported it, whichever comes first.

    Only a month that is final and was read whole may be reported: others differ without anything being wrong.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line_items: dict[tuple[AccountId, date], MonthSum] = {}
        self._totals: dict[tuple[AccountId, date], MonthSum] = {}
        self._warned: set[AccountId] = set()

    def report_line_items(
        self, account: AccountId, month: date, found: MonthSum, products: Sequence[str], logger: logging.Logger
    ) -> None:
        """What the rows of `usage` add up to.

        :param products: those that both sums are of, as the user names them
        """
        with self._lock:
            self._line_items[account, month] = found
        self._compare(account, month, products, logger)

    def report_total(
        self, account: AccountId, month: date, found: MonthSum, products: Sequence[str], logger: logging.Logger
    ) -> None:
        """What GitHub itself adds up over all cost centers."""
        with self._lock:
            self._totals[account, month] = found
        self._compare(account, month, products, logger)

    def _compare(self, account: AccountId, month: date, products: Sequence[str], logger: logging.Logger) -> None:
        """One warning an account: the further months that differ are logged as information."""
        with self._lock:
            line_items, total = self._line_items.get((account, month)), self._totals.get((account, month))
            if line_items is None or total is None or not line_items.differs_from(total):
                return
            is_first = account not in self._warned
            self._warned.add(account)
        sentence = (
            f"{account}: in {month:%Y-%m} the rows of usage add up to {line_items}, GitHub's own totals "
            f"(billing_summary) to {total}, both of the products {', '.join(products)}."
        )
        if is_first:
            logger.warning(f"{sentence} {_where_to_look(account)} Further months that differ are logged at info level.")
        else:
            logger.info(sentence)


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
