"""Who holds a Copilot seat: the users that can be asked for, the likeliest first, and what is known of them.

https://docs.github.com/en/rest/copilot/copilot-user-management
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import Enum

from source_github_copilot_billing.accounts import Account, items_of
from source_github_copilot_billing.github.errors import Refused


@dataclass(frozen=True)
class Seat:
    """:param last_active: the UTC day of last_activity_at: a hint, not a truth (telemetry can be off)"""

    login: str
    last_active: date | None


def ask_seats(account: Account) -> tuple[Seat, ...]:
    """Each user once, the latest active first. GitHub answers one object a grant, and only present seats.

    :raises ConnectorError: the list cannot be had; without it nobody can be asked for
    """
    try:
        return _by_activity(account)
    except Refused as error:
        if error.status not in (403, 404):
            raise
        raise Refused(
            error.code,
            f"{error.internal_message} AI credits by user need the list of Copilot seats: a personal access token "
            "reads it with the scope manage_billing:copilot, a GitHub App with Administration: read.",
            error.status,
            error.reason,
        ) from None


def _by_activity(account: Account) -> tuple[Seat, ...]:
    seats: dict[str, Seat] = {}
    for page in account.github.pages(account.seats_path, {"per_page": 100}):
        for grant in items_of(account.github, page, "seats"):
            assignee = grant.get("assignee")
            if assignee is None:
                continue  # a grant whose user is gone
            if not isinstance(assignee, dict) or not isinstance(assignee.get("login"), str) or not assignee["login"]:
                account.github.unexpected(page, "has a seat whose assignee has no login")
            seat = Seat(assignee["login"], _day(grant.get("last_activity_at")))
            known = seats.get(seat.login.lower())
            if known is None or (known.last_active or date.min) < (seat.last_active or date.min):
                seats[seat.login.lower()] = seat
    return tuple(sorted(seats.values(), key=lambda seat: (seat.last_active or date.min, seat.login), reverse=True))


def _day(time_stamp: object) -> date | None:
    """Only a hint: what cannot be read is as good as none."""
    try:
        return date.fromisoformat(str(time_stamp)[:10])
    except ValueError:
        return None


class Evidence(Enum):
    """What is known of a user's calendar month."""

    NONE = "nothing was asked yet"
    MISSED = "a day was asked, and it was empty"
    USED = "the month, or a day of it, was not empty"
    EMPTY = "the month was asked, and it was empty"


class Evidences:
    """What one sync has learned of an account's users, shared by the days that are read at the same time."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        self._seats = seats
        self._lock = threading.Lock()
        self._known: dict[tuple[str, date], Evidence] = {}
        self._asking: dict[tuple[str, date], threading.Lock] = {}
        self._days_used: Counter[str] = Counter()
        self._spared: Counter[date] = Counter()

    def likeliest_first(self) -> list[Seat]:
        """By the days already read, then by the hint of the seat list."""
        with self._lock:
            return sorted(self._seats, key=lambda seat: -self._days_used[seat.login])

    @contextmanager
    def asking(self, login: str, month: date) -> Iterator[None]:
        """One thread at a time asks for evidence of a user's month; the others wait for its answer."""
        with self._lock:
            lock = self._asking.setdefault((login, month), threading.Lock())
        with lock:
            yield

    def of(self, login: str, month: date) -> Evidence:
        with self._lock:
            return self._known.get((login, month), Evidence.NONE)

    def looks_active(self, seat: Seat, month: date) -> bool:
        with self._lock:
            return self._days_used[seat.login] > 0 or (seat.last_active is not None and seat.last_active >= month)

    def may_guess(self, month: date) -> bool:
        """Whether a day may be asked without knowing that its month is used.

        Each user found active by such a guess spares the request for their month, each empty guess costs one: the
        guesses go on while they do not cost more than they spare, so that a user costs at most one request a month
        beside the days of a month that is used.
        """
        with self._lock:
            return self._spared[month] >= 0

    def learn_day(self, login: str, month: date, is_used: bool) -> None:
        with self._lock:
            before = self._known.get((login, month), Evidence.NONE)
            if is_used:
                self._days_used[login] += 1
                self._known[login, month] = Evidence.USED
                self._spared[month] += before is Evidence.NONE
            elif before is Evidence.NONE:
                self._known[login, month] = Evidence.MISSED
                self._spared[month] -= 1

    def learn_month(self, login: str, month: date, is_used: bool) -> None:
        with self._lock:
            self._known[login, month] = Evidence.USED if is_used else Evidence.EMPTY
