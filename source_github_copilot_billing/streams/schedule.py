"""Which window a free worker reads next: one that a kill would not waste, and that no limit holds back."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.watermark import AccountKey, Progress, Window, key_of


@dataclass(eq=False)
class _Turns:
    """One account's windows, oldest first.

    :param left: no worker has taken them yet
    :param read_to: what the last printed state says
    :param ahead: of each window that was taken and that no printed state covers, the day it will be read to
    :param is_bound: False once no state can cover what is read
    :param workers: how many read a window of it now
    """

    account: Account
    left: deque[Window]
    read_to: date | None
    ahead: deque[date] = field(default_factory=deque)
    is_bound: bool = True
    workers: int = 0


class Schedule:
    """The windows of one stream that no worker has taken yet.

    A sync that is killed begins again at its last printed state, so that whatever was asked beyond it is asked again.
    A worker takes no window of an account that has as many of them as there are workers: it takes another account's, or
    waits for a state to be printed.

    Each account that has windows left has its share of the workers. Those of an account whose limit is used up wait
    within its windows, and with all of them there nobody would go on with the others.

    :param workers: how many there are; and the most windows of an account that are asked again after a kill, beside the
        lookback
    :param latest: the last finished day, which no state passes
    """

    def __init__(self, workers: int, latest: date) -> None:
        self._workers = workers
        self._latest = latest
        self._changed = threading.Condition()
        self._turns: dict[AccountKey, _Turns] = {}

    def plan(self, account: Account, windows: Sequence[Window], read_to: date | None) -> None:
        """:param read_to: what the state says that the sync began with: windows up to there are the lookback"""
        with self._changed:
            self._turns[key_of(account.partition)] = _Turns(account, deque(windows), read_to)

    def take(self, planned: Account) -> tuple[Account, Window]:
        """A window of the account whose turn it is, or of another one while that account must wait.

        It is called once for each window, so that there is always one left.
        """
        with self._changed:
            while (turns := self._choice(self._turns[key_of(planned.partition)])) is None:
                self._changed.wait()
            window = turns.left.popleft()
            turns.workers += 1
            if not turns.left:
                self._changed.notify_all()  # the others' shares have grown
            read_to = window.reads_to(self._latest)
            if turns.read_to is None or read_to > turns.read_to:
                turns.ahead.append(read_to)
            return turns.account, window

    def printed(self, state: Iterable[Progress]) -> None:
        """A state is printed: what it covers is not asked again."""
        with self._changed:
            for progress in state:
                turns = self._turns.get(key_of(progress.partition))
                if turns is not None and progress.read_to is not None:
                    turns.read_to = progress.read_to
                    while turns.ahead and turns.ahead[0] <= progress.read_to:
                        turns.ahead.popleft()
            self._changed.notify_all()

    def done(self, account: Account, is_read: bool) -> None:
        """A worker is free again.

        :param is_read: False when the window failed or was skipped: no state of this sync covers what is read after it,
            and the next sync asks it again in any case
        """
        with self._changed:
            turns = self._turns[key_of(account.partition)]
            turns.workers -= 1
            turns.is_bound &= is_read
            self._changed.notify_all()

    def let_all_go(self) -> None:
        """Nobody prints any more: no worker may wait for it."""
        with self._changed:
            for turns in self._turns.values():
                turns.is_bound = False
            self._changed.notify_all()

    def _choice(self, planned: _Turns) -> _Turns | None:
        """Whose window is taken; None while no account may have a further one begun."""
        unfinished = [turns for turns in self._turns.values() if turns.left]
        share = -(-self._workers // max(1, len(unfinished)))
        free = [turns for turns in unfinished if turns.workers < share and not self._is_far_ahead(turns)]
        if planned in free and not planned.account.github.must_wait():
            return planned
        ready = (turns for turns in free if not turns.account.github.must_wait())
        # Where all must wait for GitHub, the worker waits with the window in its hands.
        return next(ready, planned if planned in free else next(iter(free), None))

    def _is_far_ahead(self, turns: _Turns) -> bool:
        return turns.is_bound and len(turns.ahead) >= self._workers
