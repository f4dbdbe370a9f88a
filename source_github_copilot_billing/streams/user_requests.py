"""AI credits asked user by user: a day's total, then the users who can have used it, until it is used up."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from source_github_copilot_billing.accounts import Account, Once
from source_github_copilot_billing.clock import Clock, today
from source_github_copilot_billing.github.errors import Refused
from source_github_copilot_billing.streams.ai_credit_usage.attribution import DayShare, added_up, without_negatives
from source_github_copilot_billing.streams.ai_credit_usage.row import CreditItem, record
from source_github_copilot_billing.streams.credit_answers import ask_day, ask_month
from source_github_copilot_billing.streams.seats import Evidence, Evidences, Seat, ask_seats
from source_github_copilot_billing.streams.watermark import Window

REFUSED_SPLIT = "cannot filter usage by user"  # GitHub's 403 on an organization that an enterprise owns


class _CannotSplit(Exception):
    """GitHub gives this account's usage as a whole only."""


class UserRequests:
    """One account in one sync."""

    def __init__(self, account: Account, days: Sequence[date], clock: Clock, logger: logging.Logger) -> None:
        self._account = account
        self._clock = clock
        self._logger = logger
        self._evidences: Once[Evidences] = Once()
        self._lock = threading.Lock()
        self._days_to_ask = Counter(day.replace(day=1) for day in days)
        self._cannot_split = False
        self._gone: set[str] = set()

    def read(self, window: Window, read_at: str) -> Iterator[dict[str, Any]]:
        """All rows of one day. They add up to GitHub's total of the day.

        :raises ConnectorError: when any request fails; no row was given then
        """
        day = window.first
        is_filling = day >= today(self._clock)
        total = ask_day(self._account, day)
        if not total:
            self._is_asked(day)
            return
        rows: list[dict[str, Any]]
        try:
            if self._cannot_split:
                raise _CannotSplit
            rows = list(self._shared_out(day, total, is_filling, read_at))
        except _CannotSplit:
            rows = [
                record(self._account, day.isoformat(), None, "account", item, read_at)
                for item in added_up(total).values()
            ]
        self._is_asked(day)
        yield from rows

    def _shared_out(
        self, day: date, total: list[CreditItem], is_filling: bool, read_at: str
    ) -> Iterator[dict[str, Any]]:
        share = DayShare(total)
        evidences = self._evidences.get(lambda: Evidences(ask_seats(self._account)))
        for seat in evidences.likeliest_first():
            if share.is_used_up:
                break
            items = self._ask(evidences, seat, day)
            share.take(items)
            for item in added_up(items).values():
                yield record(self._account, day.isoformat(), seat.login, "user", item, read_at)
        for left in share.remainder():
            kept = without_negatives(left) if is_filling else left
            if kept != left:
                self._logger.debug(
                    f"{self._account.label}, {day}, {left.model}: users have more than the total asked before them; "
                    "the day is still filling, and a later sync reads it again."
                )
            yield record(self._account, day.isoformat(), None, "unattributed", kept, read_at)

    def _ask(self, evidences: Evidences, seat: Seat, day: date) -> list[CreditItem]:
        """One user's items of a day; nothing is asked when the user's month is proven to be empty."""
        login, month = seat.login, day.replace(day=1)
        if evidences.of(login, month) in (Evidence.NONE, Evidence.MISSED):
            with evidences.asking(login, month):
                known = evidences.of(login, month)
                if known in (Evidence.NONE, Evidence.MISSED):
                    if self._is_day_cheaper(evidences, seat, month, known):
                        items = self._user_day(login, day)
                        evidences.learn_day(login, month, bool(items))
                        return items
                    evidences.learn_month(login, month, bool(self._user_month(login, month)))
        if evidences.of(login, month) is Evidence.EMPTY:
            return []
        items = self._user_day(login, day)
        evidences.learn_day(login, month, bool(items))
        return items

    def _is_day_cheaper(self, evidences: Evidences, seat: Seat, month: date, known: Evidence) -> bool:
        """Whether to ask the day at once: it is the month's last to ask, or the user is likely to have used it."""
        with self._lock:
            is_last = self._days_to_ask[month] <= 1
        return is_last or (
            known is Evidence.NONE and evidences.looks_active(seat, month) and evidences.may_guess(month)
        )

    def _user_day(self, login: str, day: date) -> list[CreditItem]:
        return self._user_items(login, day, lambda: ask_day(self._account, day, login))

    def _user_month(self, login: str, month: date) -> list[CreditItem]:
        return self._user_items(login, month, lambda: ask_month(self._account, month, login))

    def _user_items(self, login: str, day: date, ask: Callable[[], list[CreditItem]]) -> list[CreditItem]:
        """Nothing for who was renamed or deleted since the seat list: what they used stays in the remainder."""
        try:
            return ask()
        except Refused as error:
            self._raise_unless_unknown(error)
        if login in self._gone:
            return []
        # GitHub answers 404 as well when the access to the billing was lost: then the total is refused too.
        ask_day(self._account, day)
        try:
            return ask()  # once more, because a 404 that passes would empty the user's month
        except Refused as error:
            self._raise_unless_unknown(error)
        self._tell_of_gone(login)
        return []

    def _tell_of_gone(self, login: str) -> None:
        with self._lock:
            if login in self._gone:
                return
            level = logging.DEBUG if self._gone else logging.WARNING
            self._gone.add(login)
        others = "" if level == logging.DEBUG else " Further ones are named at debug level only."
        self._logger.log(
            level,
            f"{self._account.label}: GitHub does not know the user {login}, who is in its list of seats: renamed or "
            f"deleted since. What they used stands as unattributed.{others}",
        )

    def _raise_unless_unknown(self, error: Refused) -> None:
        """:raises _CannotSplit: when GitHub gives nobody's usage
        :raises Refused: when it is anything else than a user whom GitHub does not know"""
        if error.status == 404:
            return
        if error.status == 403 and REFUSED_SPLIT in error.reason.lower():
            with self._lock:
                is_first = not self._cannot_split
                self._cannot_split = True
            if is_first:
                self._logger.warning(
                    f"{self._account.label}: GitHub does not split the usage of an organization that an enterprise "
                    "owns by user: its days are written as rows of the whole account (attribution: account). "
                    "An enterprise connection gives the users. Rows by user that were read of these days before are "
                    "older: the view current_ai_credit_usage leaves them out."
                )
            raise _CannotSplit from None
        raise error

    def _is_asked(self, day: date) -> None:
        with self._lock:
            self._days_to_ask[day.replace(day=1)] -= 1
