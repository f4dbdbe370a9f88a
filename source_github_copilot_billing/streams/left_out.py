"""Lines of a report or answer that a reader leaves out: counted with their amounts, logged once a sync."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from source_github_copilot_billing.sync.stream import Context


@dataclass
class _Lines:
    count: int = 0
    gross_amount: Decimal = Decimal(0)


class LeftOut:
    """Those of one stream in one sync, by product, SKU and unit.

    :param stream: its name
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._lines: dict[tuple[str, str, str], _Lines] = {}

    def add(self, product: str, sku: str, unit_type: str, gross_amount: Decimal, count: int = 1) -> None:
        with self._lock:
            lines = self._lines.setdefault((product, sku, unit_type), _Lines())
            lines.count += count
            lines.gross_amount += gross_amount

    def sentences(self) -> list[str]:
        return [
            f"Stream {self._stream}: {lines.count} line(s) of product {product[:60]}, SKU {sku[:60]}, unit "
            f"{unit_type[:60]}, {lines.gross_amount:f} US dollars gross, are not of this stream and were left out."
            for (product, sku, unit_type), lines in sorted(self._lines.items())
        ]

    def sentence_by_product(self) -> str | None:
        """For what the user has not chosen; None where nothing was left out."""
        counts: Counter[str] = Counter()
        for (product, _, _), lines in self._lines.items():
            counts[product.lower()[:60]] += lines.count
        named = ", ".join(f"{product} ({count})" for product, count in sorted(counts.items()))
        return f"Stream {self._stream}: lines of products that are not read: {named}." if counts else None


def log_left_out(stream: str) -> Callable[[Context], None]:
    """For the end of a stream."""

    def log(context: Context) -> None:
        for sentence in context.once(LeftOut, stream).sentences():
            context.logger.warning(sentence)

    return log
