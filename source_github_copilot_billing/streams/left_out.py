"""What of GitHub's answers a stream leaves out, or cannot read: counted, and logged once a sync."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches

from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.sync.stream import Context

ALIKE = 0.7  # of 1: copliot is copilot, spark is not sandbox


class LeftOut:
    """Lines of a report or answer that are not of one stream, by product, SKU and unit."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._gross_amounts: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)

    def add(self, product: str, sku: str, unit_type: str, gross_amount: Decimal, count: int = 1) -> None:
        with self._lock:
            self._counts[product, sku, unit_type] += count
            self._gross_amounts[product, sku, unit_type] += gross_amount

    def sentences(self) -> list[str]:
        return [
            f"Stream {self._stream}: {self._counts[key]} line(s) of product {key[0][:60]}, SKU {key[1][:60]}, unit "
            f"{key[2][:60]}, {gross_amount:f} US dollars gross, are not of this stream and were left out."
            for key, gross_amount in sorted(self._gross_amounts.items())
        ]

    def sentence_by_product(self) -> str | None:
        """For what the user has not chosen; None where nothing was left out."""
        counts: Counter[str] = Counter()
        for (product, _, _), count in self._counts.items():
            counts[product.lower()[:60]] += count
        named = ", ".join(f"{product} ({count})" for product, count in sorted(counts.items()))
        return f"Stream {self._stream}: lines of products that are not read: {named}." if counts else None


def log_left_out(stream: str) -> Callable[[Context], None]:
    """For the end of a stream."""

    def log(context: Context) -> None:
        for sentence in context.once(LeftOut, stream).sentences():
            context.logger.warning(sentence)

    return log


class OddValues:
    """Values of one stream that could not be read, and cost their field alone."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, fields: Iterable[str]) -> None:
        """Count the fields of one object whose values could not be read."""
        with self._lock:
            self._counts.update(fields)

    def sentence(self) -> str | None:
        """What to log; None where every value could be read."""
        if not self._counts:
            return None
        counts = ", ".join(f"{name} ({count})" for name, count in sorted(self._counts.items()))
        return (
            f"Stream {self._stream}: GitHub gave values of another kind than it documents: {counts}. The columns of "
            "these are null, and what GitHub wrote stands in other_fields."
        )


def log_odd_values(stream: str) -> Callable[[Context], None]:
    """For the end of a stream."""

    def log(context: Context) -> None:
        if sentence := context.once(OddValues, stream).sentence():
            context.logger.warning(sentence)

    return log


class ProductsSeen:
    """The products of all line items that a sync was given.

    Those of all accounts together: an account without a product that another one has is no mistake.

    :param wanted: the names of the products to read, as the user spells them
    """

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = wanted
        self._lock = threading.Lock()
        self._read: set[str] = set()
        self._left_out: Counter[str] = Counter()
        self._begun = self._ended = 0

    def begin_part(self) -> None:
        """A part of an account's history is to be read. One that is never ended may hold what is not there."""
        with self._lock:
            self._begun += 1

    def end_part(self) -> None:
        with self._lock:
            self._ended += 1

    def add(self, read: Iterable[str], left_out: Mapping[str, int]) -> None:
        with self._lock:
            self._read.update(read)
            self._left_out.update(left_out)

    def left_out_sentence(self) -> str | None:
        """What was not read, added up; None where all was."""
        if not self._left_out:
            return None
        counts = ", ".join(f"{product} ({count})" for product, count in sorted(self._left_out.items()))
        return (
            f"Line items of products that are not read: {counts}. To read a product, add its name to products in the "
            "configuration."
        )

    def missing_sentence(self) -> str | None:
        """What is to be read and is not there; None where nothing is wrong."""
        is_whole = self._begun == self._ended > 0
        return missing_sentence(self._wanted, {*self._read, *self._left_out}, is_whole)


def missing_sentence(wanted: Sequence[str], seen: Iterable[str], is_whole: bool) -> str | None:
    """Names of products that no line item has; None where nothing is wrong.

    A product that is used now and then is not in every month. So where not the whole history was read, only a name that
    is much like another one is taken for a mistake.

    :param wanted: names as the user spells them
    :param seen: names as GitHub spells them
    """
    spellings = {canonical(name): name for name in sorted(seen)}
    sentences = []
    for name in wanted:
        if canonical(name) in spellings:
            continue
        alike = get_close_matches(canonical(name), spellings, n=1, cutoff=ALIKE)
        if alike:
            sentences.append(f"No line item is of the product {name}. Did you mean {spellings[alike[0]]}?")
        elif is_whole:
            there = f"There are: {', '.join(sorted(spellings.values()))}." if spellings else "There is no line item."
            sentences.append(f"No line item is of the product {name}. {there}")
    if not sentences:
        return None
    return f"{' '.join(sentences)} Correct products in the configuration, if the name is wrong."
