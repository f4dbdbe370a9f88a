"""Which window a free worker reads next, so that no worker waits for one account's limit while another could go on."""

import threading
from collections import deque
from collections.abc import Sequence

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.watermark import Window


class Schedule:
    """The windows of one stream that no worker has taken yet, oldest first for each account."""

    def __init__(self, plans: Sequence[tuple[Account, Sequence[Window]]]) -> None:
        self._lock = threading.Lock()
        self._left = {account: deque(windows) for account, windows in plans if windows}

    def take(self, planned: Account) -> tuple[Account, Window]:
        """A window of the account whose turn it is; of another one while that account's credential must wait.

        It is called once for each window, so that there is always one left.
        """
        with self._lock:
            chosen = planned
            if planned not in self._left or planned.github.must_wait():
                ready = (account for account in self._left if not account.github.must_wait())
                chosen = next(ready, planned if planned in self._left else next(iter(self._left)))
            windows = self._left[chosen]
            window = windows.popleft()
            if not windows:
                del self._left[chosen]
            return chosen, window
