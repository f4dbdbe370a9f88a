"""Which window is read next: one that a kill would not waste, and that no limit holds back."""

import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.watermark import AccountKey, Progress, Window, key_of

# A limit ends by itself, and nobody tells: so often is it asked whether it has.
SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Plan:
    """What is to be read of one account in one stream.

    :param windows: oldest first
    :param read_to: what the state says that the sync began with: windows up to there are the lookback
    """

    account: Account
    windows: Sequence[Window]
    read_to: date | None


@dataclass(eq=False)
class _Turns:
    """One account's windows in one stream, oldest first.

    :param place: the stream's, in the order of streams
    :param left: they are not begun yet
    :param read_to: what the last printed state says
    :param ahead: of each window that was begun and that no printed state covers, the day it will be read to
    :param is_bound: False once no state can cover what is read
    """

    place: int
    key: AccountKey
    account: Account
    left: deque[Window]
    read_to: date | None
    begun: int = 0
    ahead: deque[date] = field(default_factory=deque)
    is_bound: bool = True


class Schedule:
    """The windows of a sync that are not begun yet, and who is free to read them.

    There are never more windows begun than workers, and no worker makes two requests at once.

    A sync that is killed begins again at its last printed state, so that whatever was asked beyond it is asked again.
    No window of an account is begun that has as many of them as there are workers: another account's is, or none until
    a state is printed.

    A window of an account whose limit is used up would hold its worker until the limit ends. It is begun only when
    there is nothing else to read, and no account has more than its share of the workers: those that were begun before
    the limit was known must not hold up all others.

    :param workers: how many there are; and the most windows of an account that are asked again after a kill, beside the
        lookback
    :param latest: the last finished day, which no state passes
    :param streams: their names; an earlier one goes before a later one where both can go on
    """

    def __init__(self, workers: int, latest: date, streams: Iterable[str]) -> None:
        self._workers = workers
        self._latest = latest
        self._places = {name: place for place, name in enumerate(streams)}
        self._unplanned = set(self._places)
        self._turns: dict[tuple[str, AccountKey], _Turns] = {}
        self._unfinished: dict[tuple[str, AccountKey], _Turns] = {}  # those with windows left
        self._busy: Counter[AccountKey] = Counter()  # workers, by whose window they read
        self._is_over = False
        self._changed = threading.Condition()

    def plan(self, stream: str, plans: Iterable[Plan]) -> None:
        """Nothing is begun before each stream has its plan, even if it is an empty one."""
        with self._changed:
            for plan in plans:
                key = key_of(plan.account.partition)
                turns = _Turns(self._places[stream], key, plan.account, deque(plan.windows), plan.read_to)
                self._turns[stream, key] = turns
                if turns.left:
                    self._unfinished[stream, key] = turns
            self._unplanned.discard(stream)
            self._changed.notify_all()

    def next(self, stream: str) -> tuple[Account, Window] | None:
        """Wait until a window of a stream may begin; the caller has it read, and then calls `done`.

        :return: None when there is none left
        """
        with self._changed:
            while not self._is_over and self._has_left(stream):
                turns = self._choice()
                if turns is not None and turns.place == self._places[stream]:
                    return turns.account, self._begin(stream, turns)
                self._changed.wait(SECONDS_BETWEEN_LOOKS)
            return None

    def printed(self, stream: str, state: Iterable[Progress]) -> None:
        """A state of a stream is printed: what it covers is not asked again."""
        with self._changed:
            for progress in state:
                turns = self._turns.get((stream, key_of(progress.partition)))
                if turns is not None and progress.read_to is not None:
                    turns.read_to = progress.read_to
                    while turns.ahead and turns.ahead[0] <= progress.read_to:
                        turns.ahead.popleft()
            self._changed.notify_all()

    def done(self, stream: str, account: Account, is_read: bool) -> None:
        """A worker is free again.

        :param is_read: False when the window failed or was skipped: no state of this sync covers what is read after it,
            and the next sync asks it again in any case
        """
        with self._changed:
            key = key_of(account.partition)
            self._busy[key] -= 1
            self._turns[stream, key].is_bound &= is_read
            self._changed.notify_all()

    def drop(self, stream: str, account: Account) -> None:
        """No further window of an account is begun: each would fail like the one before."""
        with self._changed:
            key = key_of(account.partition)
            self._turns[stream, key].left.clear()
            self._unfinished.pop((stream, key), None)
            self._changed.notify_all()

    def end(self) -> None:
        """Nobody prints any more: nothing further is begun."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _has_left(self, stream: str) -> bool:
        return stream in self._unplanned or any(name == stream for name, _ in self._unfinished)

    def _choice(self) -> _Turns | None:
        """Whose window is begun next; None while none may be."""
        if self._unplanned or self._busy.total() >= self._workers:
            return None
        unfinished = self._unfinished.values()
        share = -(-self._workers // max(1, len({key for _, key in self._unfinished})))
        free = [turns for turns in unfinished if self._busy[turns.key] < share and not self._is_far_ahead(turns)]
        # Of one stream the oldest windows of all accounts first: each account's watermark moves early.
        free.sort(key=attrgetter("place", "begun"))
        for turns in free:
            if not turns.account.github.must_wait():
                return turns
        if any(not turns.account.github.must_wait() for turns in unfinished):
            return None
        # All that is left waits for GitHub, and so does the worker, with the window in its hands.
        return next(iter(free), None)

    def _begin(self, stream: str, turns: _Turns) -> Window:
        window = turns.left.popleft()
        if not turns.left:
            del self._unfinished[stream, turns.key]
        turns.begun += 1
        self._busy[turns.key] += 1
        read_to = window.reads_to(self._latest)
        if turns.read_to is None or read_to > turns.read_to:
            turns.ahead.append(read_to)
        self._changed.notify_all()
        return window

    def _is_far_ahead(self, turns: _Turns) -> bool:
        return turns.is_bound and len(turns.ahead) >= self._workers
