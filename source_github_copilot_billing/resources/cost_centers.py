"""An enterprise's cost centers: the parts that its bill is split into.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/cost-centers
"""

import threading
from dataclasses import dataclass

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.errors import ConnectorError


@dataclass(frozen=True)
class CostCenter:
    """Deleted ones keep what was used before their deletion."""

    id: str
    name: str


class CostCenters:
    """The list of each account, fetched once a sync, whichever stream needs it first.

    A failure is kept too: it stood after all its retries, and every slice that needs the list would spend as many
    again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[Account, threading.Lock] = {}
        self._lists: dict[Account, tuple[CostCenter, ...] | ConnectorError] = {}

    def of(self, account: Account) -> tuple[CostCenter, ...]:
        """Active and deleted ones. An organization's bill is not split by them.

        :raises ConnectorError: the list cannot be fetched; without it the bill would be short
        """
        if not account.is_enterprise:
            return ()
        with self._lock:
            lock = self._locks.setdefault(account, threading.Lock())
        with lock:
            if account not in self._lists:
                try:
                    self._lists[account] = _fetch(account)
                except ConnectorError as error:
                    self._lists[account] = error
            known = self._lists[account]
        if isinstance(known, ConnectorError):
            raise known
        return known


def _fetch(account: Account) -> tuple[CostCenter, ...]:
    found: dict[str, CostCenter] = {}
    for page in account.github.pages(account.billing("cost-centers")):
        for item in page.items("costCenters"):
            cost_center = CostCenter(item.text("id"), item.text("name"))
            # Listed twice, its usage would be added up twice.
            found.setdefault(cost_center.id.lower(), cost_center)
    return tuple(found.values())
