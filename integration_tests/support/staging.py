"""What the staging models make of rows that a destination holds: those that stand, and not what was withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from integration_tests.support.connector import Row, merged
from integration_tests.warehouse.made_up_bill import MadeUpBill

Sums = dict[tuple[str, ...], Decimal]
# The destination writes null where a row lacks them.
NO_READ = {"window_first": None, "window_last": None}


@contextmanager
def loaded(models: Mapping[str, str], stream: str, *reads: Sequence[Row], append: bool = False) -> Iterator[MadeUpBill]:
    """A warehouse with these reads of an enterprise.

    :param append: whether a row stays beside the older ones with its id
    """
    warehouse = MadeUpBill(models)
    for row in [row for read in reads for row in read] if append else merged(*reads).values():
        values: dict[str, Any] = {**NO_READ, **row}
        warehouse.insert(stream, **values)
    yield warehouse
    warehouse.close()


def staged_sums(
    models: Mapping[str, str], stream: str, by: Sequence[str], reads: Iterable[Sequence[Row]], append: bool = False
) -> Sums:
    """The net amounts of the rows that stand, added up by columns."""
    names = ", ".join(by)
    with loaded(models, stream, *reads, append=append) as warehouse:
        found = warehouse.rows(
            f"select {names}, sum(net_amount) from stg_github_copilot__{stream} group by {names}"  # noqa: S608
        )
    return {tuple(str(part) for part in key): total for *key, total in found}
