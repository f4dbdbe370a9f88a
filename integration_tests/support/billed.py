"""Compares rows with what the sandbox billed: every sum of every amount, to a millionth."""

from collections.abc import Iterable, Mapping

from demo.comparison import TOLERANCE, differences
from integration_tests.support.connector import Row, exact
from sandbox import Sums
from sandbox.truth import Key

AMOUNTS = ("gross_amount", "discount_amount", "net_amount")


def assert_sums(rows: Iterable[Row], truth: Mapping[Key, Sums], by: Iterable[str], quantity: str) -> None:
    """
    :param truth: the sandbox's sums, by what the columns of `by` hold
    :param by: the rows' columns that are summed up by; text is compared without case, and None is ""
    :param quantity: the rows' column of units
    """
    ours: dict[Key, Sums] = {}
    for row in rows:
        key = tuple(str(row.get(name) or "").lower() for name in by)
        ours[key] = ours.get(key, Sums()) + Sums(*(exact(row[column]) for column in (quantity, *AMOUNTS)))
    theirs: dict[Key, Sums] = {tuple(str(part or "").lower() for part in key): sums for key, sums in truth.items()}
    found = differences(ours, theirs)
    wrong = {key: (ours.get(key), theirs.get(key)) for key, one in found.items() if one > TOLERANCE}
    assert not wrong, f"{len(wrong)} sums differ, such as {next(iter(wrong.items()))}"
