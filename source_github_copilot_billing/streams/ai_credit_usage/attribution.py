"""A day's total shared out over users; no network of its own."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from operator import neg

from source_github_copilot_billing.endpoints.bill import ZERO, BillItem, add_up, credit_key

USED_UP = Decimal("0.000001")  # credits or US dollars: GitHub rounds a user's share and the total apart from each other


class DayShare:
    """What of a day's total is not yet given to a user."""

    def __init__(self, total: Iterable[BillItem]) -> None:
        self._left = add_up(total, credit_key)

    def take(self, items: Iterable[BillItem]) -> None:
        """Give a user's items their part. What exceeds the total leaves a negative rest: the sum stays GitHub's."""
        for item in items:
            taken = replace(item, amounts=item.amounts.each(neg))
            key = credit_key(item)
            known = self._left.get(key)
            # The rest keeps the total's own names and price.
            self._left[key] = taken if known is None else replace(known, amounts=known.amounts + taken.amounts)

    @property
    def is_used_up(self) -> bool:
        """Whether every model's gross and net are given away."""
        return all(
            abs(value or ZERO) <= USED_UP
            for item in self._left.values()
            for value in (
                item.amounts.gross_quantity,
                item.amounts.net_quantity,
                item.amounts.gross_amount,
                item.amounts.net_amount,
            )
        )

    @property
    def is_overdrawn(self) -> bool:
        """Whether users have more than the total."""
        return any(
            min(item.amounts.gross_quantity, item.amounts.gross_amount) < -USED_UP for item in self._left.values()
        )

    def remainder(self) -> list[BillItem]:
        """One item for each model and SKU of the day, also where nothing is left.

        A row of 0 overwrites what a later read finds attributed; without it the old remainder would count twice.
        """
        return list(self._left.values())


def without_negatives(item: BillItem) -> BillItem:
    """For a day that is still filling: users are fetched after the total, so that their parts can exceed it."""
    return replace(item, amounts=item.amounts.each(lambda value: max(value, ZERO)))
