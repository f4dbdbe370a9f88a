"""Which products GitHub's line items are of: what is not read, and what is to be read and is not there."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from source_github_copilot_billing.endpoints.spelling import canonical

ALIKE = 0.7  # of 1: copliot is copilot, spark is not sandbox


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
        """A part that was begun is read."""
        with self._lock:
            self._ended += 1

    def add(self, read: Iterable[str], left_out: Mapping[str, int]) -> None:
        """Line items of a part.

        :param read: GitHub's names of the products that are read
        :param left_out: how many line items there are of each other product
        """
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
