"""Reads usage by user: for each day the total, then one user after another, until they add up to the total."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from itertools import chain

from source_github_copilot_billing.accounts import Account, Capability
from source_github_copilot_billing.endpoints.bill import (
    AnotherUser,
    BillItem,
    Credits,
    add_up,
    credit_key,
    fetch_credits,
)
from source_github_copilot_billing.endpoints.period import day_of, month_of
from source_github_copilot_billing.endpoints.seats import SeatHolder, fetch_grants, seat_holders
from source_github_copilot_billing.endpoints.spelling import Meter
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.parallel import interleaved, side_by_side
from source_github_copilot_billing.streams.ai_credit_usage.attribution import DayShare, record, without_negatives
from source_github_copilot_billing.streams.ai_credit_usage.user_activity import Month, UsageHints, UserActivity
from source_github_copilot_billing.streams.left_out import LeftOut
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context, Finished, Row

REFUSED_SPLIT = "cannot filter usage by user"  # GitHub's 403 on an organization that an enterprise owns
# A longer slice reads more days at the same time, but a killed sync loses more: at most users times days requests.
MOST_DAYS_OF_A_SLICE = 7
USER_DAYS_OF_A_SLICE = 2_000


class _CannotSplit(Exception):
    """GitHub gives only this account's whole usage, not that of a user."""


class CreditsByUser:
    """One account in one sync.

    :param meter: what is counted: AI credits, or premium requests before them
    """

    def __init__(
        self, account: Account, context: Context, meter: Meter = Meter.AI_CREDITS, stream: str = "ai_credit_usage"
    ) -> None:
        self._account = account
        self._context = context
        self._credits_of = partial(fetch_credits, account, meter=meter)
        self._counted = meter.value
        self._record = partial(record, account, stream=stream)
        self._stream = stream
        self._hints = UsageHints(account, context)
        self._lock = threading.Lock()
        self._fetching_users = threading.Lock()
        self._activity: UserActivity | None = None
        self._days_to_read: Counter[date] = Counter()
        self._cannot_split = False
        self._filter_is_proven = False
        self._gone: set[str] = set()

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        """Up to a week: the more users, the fewer days. The number of users is known only after the first day with
        credits was read. So the first slice is one day; as long as no day has credits, each day costs one request."""
        days = Slice(since, until).days
        self._days_to_read.update(day.replace(day=1) for day in days)
        length = 1
        while days:
            yield Slice(days[0], days[:length][-1])
            days = days[length:]
            users = len(self._activity) if self._activity is not None else 0
            length = max(1, min(MOST_DAYS_OF_A_SLICE, USER_DAYS_OF_A_SLICE // max(1, users)))

    def read(self, slice: Slice) -> Iterator[Row | Finished]:
        """Each day's rows add up to GitHub's total of the day. They are yielded day by day, as each is complete.

        :raises ConnectorError: when any request fails
        """
        users_at_once = -(-self._context.num_workers // len(slice.days))
        tasks = [partial(self._read_day, day, users_at_once) for day in slice.days]
        yield from interleaved(tasks, self._context.num_workers)

    def _read_day(self, day: date, users_at_once: int) -> Iterator[Row | Finished]:
        """The rows of one day, yielded only when the day is complete: new rows of half a day, beside older rows of the
        other half, would add up to a wrong total. Other days of the slice can fail: the day is finished by itself."""
        rows = self._rows_of_day(day, users_at_once)
        yield from rows
        yield Finished(day, day, len(rows))

    def _rows_of_day(self, day: date, users_at_once: int) -> list[Row]:
        credits = self._credits_of(day_of(day))
        total = credits.items
        for item in credits.left_out:
            left_out = self._context.once(LeftOut, self._stream)
            left_out.add(item.product, item.sku, item.unit_type, item.amounts.gross_amount)
        try:
            if self._cannot_split:
                raise _CannotSplit
            rows = self._shared_out(day, total, users_at_once) if total else []
        except _CannotSplit:
            rows = [self._record(day.isoformat(), None, "account", item) for item in add_up(total, credit_key).values()]
        with self._lock:
            self._days_to_read[day.replace(day=1)] -= 1
        return rows

    def _shared_out(self, day: date, total: list[BillItem], users_at_once: int) -> list[Row]:
        share = DayShare(total)
        is_filling = day >= self._context.today
        activity = self._users()
        hinted, others = self._by_hint(activity, day)

        def not_used_up(holders: Iterable[SeatHolder]) -> Iterator[SeatHolder]:
            is_one_more = False
            for holder in holders:
                if share.is_used_up:
                    # If GitHub ignored the filter by user, the first user would get everybody's credits, and the total
                    # would be used up. Fetching one more user's shows whether it did.
                    if is_one_more or self._filter_is_proven:
                        return
                    is_one_more = True
                yield holder

        def fetch_hinted(holder: SeatHolder) -> tuple[SeatHolder, Credits]:
            return holder, self._fetch_day(activity, holder.login, day)

        def fetch(holder: SeatHolder) -> tuple[SeatHolder, Credits]:
            return holder, self._fetch(activity, holder, day)

        # The others are begun only after all hinted users have answered: by then the total may be used up.
        fetched = chain(
            side_by_side(fetch_hinted, not_used_up(hinted), users_at_once),
            side_by_side(fetch, not_used_up(others), users_at_once),
        )
        rows: list[Row] = []
        is_proven = True
        for holder, credits in fetched:
            share.take(credits.items)
            # A user without credits on a day on which the account has some proves that the filter works.
            self._filter_is_proven |= credits.names_user or not credits.items
            is_proven &= credits.names_user
            for item in add_up(credits.items, credit_key).values():
                rows.append(self._record(day.isoformat(), holder.login, "user", item))
        if share.is_overdrawn and not is_proven and not is_filling:
            raise ConnectorError(
                Code.UNEXPECTED_ANSWER,
                f"{self._account.id}: the {self._counted} of the users on {day} are more than the day's total, and "
                "GitHub does not say whose they are: it ignored the filter by user. No row of the day was written.",
            )
        for left in share.remainder():
            kept = without_negatives(left) if is_filling else left
            if kept != left:
                self._context.logger.debug(
                    f"{self._account.id}, {day}, {left.model}: the users have more than the day's total, which was "
                    "read before them. The day is not over; a later sync reads it again."
                )
            rows.append(self._record(day.isoformat(), None, "unattributed", kept))
        return rows

    def _by_hint(self, activity: UserActivity, day: date) -> tuple[list[SeatHolder], list[SeatHolder]]:
        """First the users whom the metrics name for a day, with or without a seat; then all other holders of seats."""
        holders = {holder.login.lower(): holder for holder in activity.likeliest_first()}
        named = self._hints.users_of(day) or []
        hinted = [holders.pop(login.lower(), SeatHolder(login, None)) for login in named]
        return hinted, list(holders.values())

    def _users(self) -> UserActivity:
        with self._fetching_users:
            if self._activity is None:
                self._activity = UserActivity(self._fetch_users())
            return self._activity

    def _fetch_users(self) -> tuple[SeatHolder, ...]:
        """The holders of seats; empty for an organization that no longer has Copilot, and so no list of seats."""
        try:
            return seat_holders(self._context.once(fetch_grants, self._account))
        except HttpError as error:
            if self._account.is_enterprise or error.status not in (404, 422):
                raise
            self._context.logger.warning(
                f"{self._account.id}: GitHub has {self._counted} of this account, but no list of seats ({error.status} "
                f'"{error.reason}"): it no longer has Copilot, or the credential may not see the seats. They '
                f"are written as unattributed. {self._account.advice(Capability.SEATS)}"
            )
            return ()

    def _fetch(self, activity: UserActivity, holder: SeatHolder, day: date) -> Credits:
        """One user's credits of a day, without a request when the user's month is known to be empty."""
        login, month = holder.login, day.replace(day=1)
        if activity.month(login, month) in (Month.UNKNOWN, Month.MISSED):
            with activity.fetching(login, month):
                known = activity.month(login, month)
                if known in (Month.UNKNOWN, Month.MISSED):
                    if self._is_day_cheaper(activity, holder, month, known):
                        return self._fetch_day(activity, login, day)
                    found = self._of_user(login, day, lambda: self._credits_of(month_of(month), login))
                    activity.learn_month(login, month, bool(found.items))
        if activity.month(login, month) is Month.EMPTY:
            return Credits([], names_user=True)
        return self._fetch_day(activity, login, day)

    def _fetch_day(self, activity: UserActivity, login: str, day: date) -> Credits:
        credits = self._of_user(login, day, lambda: self._credits_of(day_of(day), login))
        activity.learn_day(login, day.replace(day=1), bool(credits.items))
        return credits

    def _is_day_cheaper(self, activity: UserActivity, holder: SeatHolder, month: date, known: Month) -> bool:
        """Whether to request the day without its month first: it is the month's last day to read, or the user has
        probably used credits."""
        with self._lock:
            is_last = self._days_to_read[month] <= 1
        return is_last or (
            known is Month.UNKNOWN and activity.looks_active(holder, month) and activity.may_guess(month)
        )

    def _of_user(self, login: str, day: date, fetch: Callable[[], Credits]) -> Credits:
        """Fetch a user's credits; empty for a renamed or deleted user, whose credits become unattributed."""
        nothing = Credits([], names_user=True)
        try:
            return fetch()
        except HttpError as error:
            self._raise_unless_unknown(error)
        except AnotherUser:
            # The metrics of an old day can name a user's former login, which another user has now. That user is read
            # under this login only if they hold a seat.
            if login.lower() in self._users().logins:
                raise
            return nothing
        if login in self._gone:
            return nothing
        # GitHub also answers 404 when the credential has lost its access to billing. Then this request fails too.
        self._credits_of(day_of(day))
        try:
            return fetch()  # once more: after a 404 by accident the user's month would count as empty
        except HttpError as error:
            self._raise_unless_unknown(error)
        self._log_gone(login)
        return nothing

    def _log_gone(self, login: str) -> None:
        with self._lock:
            if login in self._gone:
                return
            level = logging.DEBUG if self._gone else logging.WARNING
            self._gone.add(login)
        others = "" if level == logging.DEBUG else " Further such users are logged at debug level only."
        self._context.logger.log(
            level,
            f"{self._account.id}: GitHub does not know the user {self._context.names.in_messages(login)}, who is in "
            f"its list of seats or its metrics: renamed or deleted since. Their {self._counted} are written as "
            f"unattributed.{others}",
        )

    def _raise_unless_unknown(self, error: HttpError) -> None:
        """Return if GitHub does not know the user.

        :raises _CannotSplit: when GitHub does not give this account's usage by user at all
        :raises HttpError: any other error
        """
        if error.status == 404:
            return
        if error.status == 403 and REFUSED_SPLIT in error.reason.lower():
            with self._lock:
                is_first = not self._cannot_split
                self._cannot_split = True
            if is_first:
                self._context.logger.warning(
                    f"{self._account.id}: an enterprise owns this organization, and GitHub does not give its usage by "
                    "user. Its days are written as rows of the whole account (attribution: account). To get the users, "
                    "connect the enterprise. Older rows by user of these days stay in the table; the staging models "
                    "of warehouse/dbt leave them out."
                )
            raise _CannotSplit from None
        raise error
