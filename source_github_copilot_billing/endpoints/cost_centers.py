"""An enterprise's cost centers: the parts that its bill is split into.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/cost-centers
"""

from dataclasses import dataclass, field
from itertools import count
from urllib.parse import quote

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.github.response import Item

RESOURCES_A_PAGE = 100


@dataclass(frozen=True)
class CostCenter:
    """Deleted ones keep what was used before their deletion.

    :param listed: all that the list says of it
    """

    id: str
    name: str
    listed: Item = field(repr=False, compare=False)


def fetch_cost_centers(account: Account) -> tuple[CostCenter, ...]:
    """Active and deleted ones. An organization's bill is not split by them: it has an empty list.

    :raises ConnectorError: the list cannot be fetched; without it the bill would be short
    """
    if not account.is_enterprise:
        return ()
    found: dict[str, CostCenter] = {}
    for page in account.github.pages(account.billing("cost-centers")):
        for item in page.items("costCenters"):
            cost_center = CostCenter(item.text("id"), item.text("name"), item)
            # Listed twice, its usage would be added up twice.
            found.setdefault(cost_center.id.lower(), cost_center)
    return tuple(found.values())


def fetch_resources(account: Account, cost_center: CostCenter) -> list[Item]:
    """What is charged to a cost center. The list holds it; only where the list is cut, it is fetched page by page.

    :raises ConnectorError: unexpected_answer, when there is no list of resources
    """
    if not _has_more(cost_center.listed):
        return cost_center.listed.items("resources")
    resources: dict[tuple[str, str], Item] = {}
    for page in count(1):
        answered = _fetch_page(account, cost_center, page)
        before = len(resources)
        for resource in answered.items("resources"):
            resources.setdefault((resource.text("type"), resource.text("name")), resource)
        if not _has_more(answered):
            break
        if len(resources) == before:
            answered.response.refuse("has no further resource, and says that more follow")
    return list(resources.values())


def _fetch_page(account: Account, cost_center: CostCenter, page: int) -> Item:
    path = f"cost-centers/{quote(cost_center.id, safe='')}"
    response = account.github.send(account.billing(path, {"per_page": RESOURCES_A_PAGE, "page": page}))
    if response.fields.text("id").lower() != cost_center.id.lower():
        response.refuse("is about another cost center than the one that was asked for")
    return response.fields


def _has_more(cost_center: Item) -> bool:
    return cost_center.optional_flag("has_next_page") is True
