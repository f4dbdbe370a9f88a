"""What the staging models make of rows that a destination holds: those that stand, and not what was withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from integration_tests.support.connector import Row, merged
from integration_tests.warehouse.made_up_bill import MadeUpBill

Sums = dict[tuple[str, ...], Decimal]
Rows = Mapping[str, Sequence[Row]]


@contextmanager
def loaded(models: Mapping[str, str], reads: Iterable[Rows], append: bool = False) -> Iterator[MadeUpBill]:
    """A warehouse with the rows and the receipts of these syncs, in which a day's row can come again.

    :param reads: the rows of each sync by stream
    :param append: whether a row stays beside the older ones with its id
    """
    warehouse = MadeUpBill(models)
    syncs = list(reads)
    for stream in {name for one in syncs for name in one}:
        given = [one.get(stream, ()) for one in syncs]
        rows = [row for rows in given for row in rows] if append else list(merged(*given).values())
        known = set(warehouse.columns(stream))
        for row in rows:
            warehouse.load(stream, {name: value for name, value in row.items() if name in known})
    yield warehouse
    warehouse.close()


def staged_sums(
    models: Mapping[str, str], stream: str, by: Sequence[str], reads: Iterable[Rows], append: bool = False
) -> Sums:
    """The net amounts of the rows that stand, added up by columns."""
    names = ", ".join(by)
    with loaded(models, reads, append) as warehouse:
        found = warehouse.rows(
            f"select {names}, sum(net_amount) from stg_github_copilot__{stream} group by {names}"  # noqa: S608
        )
    return {tuple(str(part) for part in key): total for *key, total in found}
