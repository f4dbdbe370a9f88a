"""Lists whose length GitHub says, too: what does not add up is read once more, and then logged."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.github.response import Item

T = TypeVar("T")


def stated_length(page: Item, name: str) -> int | None:
    """How many entries a list has by GitHub. None where it does not say it, or in another kind than it documents: then
    nothing is compared."""
    value = page.values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def whole_list(
    account: Account,
    what: str,
    fetch: Callable[[], tuple[Sequence[T], int | None]],
    count: Callable[[Sequence[T]], int],
) -> Sequence[T]:
    """A list that has as many entries as GitHub says.

    It can move while its pages are read, so it is read once more where it has more or fewer. A difference that stays is
    a warning.

    :param what: the list, as messages name it
    :param fetch: the entries, and how many there are by GitHub; None where it does not say it
    :param count: how many there are as GitHub counts them
    """
    entries, stated = fetch()
    if stated is None or count(entries) == stated:
        return entries
    entries, stated = fetch()
    if stated is not None and count(entries) != stated:
        account.github.logger.warning(
            f"{account.id}: GitHub says that there are {stated} {what}, and its list has {count(entries)}, even when "
            "it was read once more. The rows are those of the list."
        )
    return entries
