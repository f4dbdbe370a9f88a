"""An enterprise's cost centers: the parts that its bill is split into.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/cost-centers
"""

from dataclasses import dataclass

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.resources.once import Once


@dataclass(frozen=True)
class CostCenter:
    """Deleted ones keep what was used before their deletion."""

    id: str
    name: str


class CostCenters:
    """The list of each account."""

    def __init__(self) -> None:
        self._lists: Once[Account, tuple[CostCenter, ...]] = Once()

    def of(self, account: Account) -> tuple[CostCenter, ...]:
        """Active and deleted ones. An organization's bill is not split by them.

        :raises ConnectorError: the list cannot be fetched; without it the bill would be short
        """
        if not account.is_enterprise:
            return ()
        return self._lists.get(account, lambda: _fetch(account))


def _fetch(account: Account) -> tuple[CostCenter, ...]:
    found: dict[str, CostCenter] = {}
    for page in account.github.pages(account.billing("cost-centers")):
        for item in page.items("costCenters"):
            cost_center = CostCenter(item.text("id"), item.text("name"))
            # Listed twice, its usage would be added up twice.
            found.setdefault(cost_center.id.lower(), cost_center)
    return tuple(found.values())
