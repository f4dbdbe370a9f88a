"""Compares rows with what the sandbox billed: every sum of every amount, to a millionth."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from integration_tests.support.connector import Row, sums
from sandbox import Sums as Truth

TOLERANCE = Decimal("1e-6")  # credits, units or US dollars


def assert_sums(
    rows: Iterable[Row], truth: Mapping[Any, Truth], by: Mapping[str, str], amounts: Mapping[str, str]
) -> None:
    """:param truth: the sandbox's sums by the keys of `by`, in their order
    :param by: the sandbox's names of what is summed up by, and the rows' columns for them
    :param amounts: the rows' columns of amounts, and the sandbox's names for them"""
    rows = list(rows)
    for column, name in amounts.items():
        ours = sums(rows, list(by.values()), column)
        theirs = {
            tuple(str(part or "").lower() for part in key): total
            for key, sums_ in truth.items()
            if (total := getattr(sums_, name))
        }
        differences = {
            key: (ours.get(key), theirs.get(key))
            for key in ours.keys() | theirs.keys()
            if abs(ours.get(key, Decimal(0)) - theirs.get(key, Decimal(0))) > TOLERANCE
        }
        assert not differences, f"{column}: {len(differences)} differ, such as {next(iter(differences.items()))}"
