"""A day's total shared out over users; no network of its own."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

from source_github_copilot_billing.streams.ai_credit_usage.row import Amounts, CreditItem, ItemKey

USED_UP = Decimal("0.000001")  # credits or US dollars: GitHub rounds a user's share and the total apart from each other
ZERO = Decimal(0)


def added_up(items: Iterable[CreditItem]) -> dict[ItemKey, CreditItem]:
    """One item for each model, SKU and unit: GitHub may answer one of them in parts."""
    sums: dict[ItemKey, CreditItem] = {}
    for item in items:
        if item.key in sums:
            sums[item.key].add(item)
        else:
            sums[item.key] = deepcopy(item)
    return sums


class DayShare:
    """What of a day's total is not yet given to a user."""

    def __init__(self, total: Iterable[CreditItem]) -> None:
        self._left = added_up(total)

    def take(self, items: Iterable[CreditItem]) -> None:
        """Give a user's items their part. What exceeds the total leaves a negative rest: the sum stays GitHub's."""
        for item in items:
            if item.key in self._left:
                self._left[item.key].amounts.add(_negative(item.amounts))
            else:
                self._left[item.key] = replace(item, amounts=_negative(item.amounts))

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

    def remainder(self) -> list[CreditItem]:
        """One item for each model and SKU of the day, also where nothing is left.

        A row of 0 overwrites what a later read finds attributed; without it the old remainder would count twice.
        """
        return list(self._left.values())


def without_negatives(item: CreditItem) -> CreditItem:
    """For a day that is still filling: users were asked after the total, so that their parts can exceed it."""
    amounts = item.amounts
    return replace(
        item,
        amounts=Amounts(
            max(amounts.gross_quantity, ZERO),
            None if amounts.discount_quantity is None else max(amounts.discount_quantity, ZERO),
            None if amounts.net_quantity is None else max(amounts.net_quantity, ZERO),
            max(amounts.gross_amount, ZERO),
            max(amounts.discount_amount, ZERO),
            max(amounts.net_amount, ZERO),
        ),
    )


def _negative(amounts: Amounts) -> Amounts:
    return Amounts(
        -amounts.gross_quantity,
        None if amounts.discount_quantity is None else -amounts.discount_quantity,
        None if amounts.net_quantity is None else -amounts.net_quantity,
        -amounts.gross_amount,
        -amounts.discount_amount,
        -amounts.net_amount,
    )
