"""What endpoints have in common where GitHub's answers are not as documented: odd fields, and lists that are not whole.

GitHub's answers change. In a field that carries no key and no money a value of another kind than documented costs that
field alone: it is null then, and what GitHub wrote is kept, as are fields that nobody knows yet.
"""

import json
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import as_text, utc_day, utc_moment
from source_github_copilot_billing.github.response import LARGEST, Item

T = TypeVar("T")


class Fields:
    """One object of an answer, read field by field.

    :param strict: fields with a key or money: read elsewhere, where an odd one is an error
    :ivar odd: the names of the fields whose values could not be read so far
    """

    def __init__(self, item: Item, strict: Collection[str] = ()) -> None:
        self._left = {name: value for name, value in item.values.items() if name not in strict}
        self._response, self._parts = item.response, dict[str, Fields]()
        self.odd: list[str] = []

    def text(self, name: str) -> str | None:
        return self._take(name, lambda value: value if isinstance(value, str) else None)

    def flag(self, name: str) -> bool | None:
        return self._take(name, lambda value: value if isinstance(value, bool) else None)

    def number(self, name: str) -> Decimal | None:
        return self._take(name, _number)

    def count(self, name: str) -> int | None:
        """A whole number."""
        return self._take(name, lambda value: value if type(value) is int else None)

    def day(self, name: str) -> str | None:
        """A UTC day, as YYYY-MM-DD."""
        return self._take(name, _day)

    def moment(self, name: str) -> str | None:
        """A time stamp in UTC, as rows hold it."""
        return self._take(name, _moment)

    def part(self, name: str) -> "Fields":
        """An inner object, whose odd and unknown fields are noted with those of the whole."""
        values = self._take(name, lambda value: value if isinstance(value, dict) else None)
        part = self._parts[name] = Fields(Item(values or {}, self._response))
        part.odd = self.odd
        return part

    def plain_object(self, name: str) -> dict[str, Any] | None:
        """An object as GitHub wrote it; numbers with a fraction as JSON numbers."""
        return self._take(name, lambda value: _plain(value) if isinstance(value, dict) else None)

    def other(self) -> dict[str, Any] | None:
        """All that was not read, as GitHub wrote it; None where everything was. To be called last."""
        inner = {name: left for name, part in self._parts.items() if (left := part.other())}
        return {**{name: _plain(value) for name, value in self._left.items()}, **inner} or None

    def _take(self, name: str, read: Callable[[Any], T | None]) -> T | None:
        """The value of a field; None for what is missing, null or "", and for what cannot be read."""
        value = self._left.get(name)
        found = None if value in (None, "") else read(value)
        if found is None and value not in (None, ""):
            self.odd.append(name)
        else:
            self._left.pop(name, None)
        return found


def whole_list(
    account: Account,
    what: str,
    fetch: Callable[[], tuple[Sequence[T], int | None]],
    count: Callable[[Sequence[T]], int],
) -> Sequence[T]:
    """A list that has as many entries as GitHub says.

    It can move while its pages are read, so it is read once more where it has more or fewer. What stays is a warning.

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


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() and -LARGEST <= number <= LARGEST else None


def _day(value: Any) -> str | None:
    day = utc_day(value) if isinstance(value, str) else None
    return str(day) if day else None


def _moment(value: Any) -> str | None:
    moment = utc_moment(value) if isinstance(value, str) else None
    return as_text(moment) if moment else None


def _plain(value: Any) -> Any:
    """JSON again: the numbers of an answer are exact decimals. What a row cannot hold is written as text."""
    try:
        return json.loads(json.dumps(value, default=float, allow_nan=False))
    except (ValueError, RecursionError):
        return "(a value that cannot be written)"
