"""Stream `cost_centers`: an enterprise's cost centers and what is charged to them, as they are today.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/cost-centers
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.cost_centers import CostCenter, CostCenters, fetch_resources
from source_github_copilot_billing.endpoints.period import month_of
from source_github_copilot_billing.endpoints.spelling import row_id
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.account_columns import account_columns
from source_github_copilot_billing.streams.shared import Resources
from source_github_copilot_billing.streams.totals import fetch_totals
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context, Row, StreamSpec


class CostCentersStream:
    spec: ClassVar[StreamSpec] = StreamSpec("cost_centers", is_snapshot=True)

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def open(self, account: Account, context: Context) -> "CostCentersOfEnterprise | None":
        """None for an organization: cost centers are an enterprise's."""
        return (
            CostCentersOfEnterprise(account, self._resources.cost_centers, context) if account.is_enterprise else None
        )


class CostCentersOfEnterprise:
    mode: str | None = None

    def __init__(self, account: Account, cost_centers: CostCenters, context: Context) -> None:
        self._account = account
        self._cost_centers = cost_centers
        self._context = context

    def slices(self, since: date, until: date) -> Iterator[Slice]:
        yield Slice(since, until)

    def read(self, slice: Slice) -> Iterator[Row]:
        # All of them before the first row: a part of a list would look like the list.
        yield from [row for cost_center in self._listed() for row in self._rows(slice.last, cost_center)]

    def _listed(self) -> tuple[CostCenter, ...]:
        """:raises ConnectorError: the list cannot be fetched; a 404 is an empty list where GitHub charges nothing to
        any cost center
        """
        try:
            return self._cost_centers.of(self._account)
        except HttpError as refusal:
            if refusal.status != 404 or self._are_in_use():
                raise
            self._context.logger.warning(
                f"{self._account.id}: GitHub answers 404 to the list of cost centers, and charges nothing to any cost "
                "center in this month and the one before. It is taken to have no cost center."
            )
            return ()

    def _are_in_use(self) -> bool:
        """Whether anything is charged to a cost center in this month or the one before."""
        this_month = self._context.today.replace(day=1)
        return any(map(self._is_charged, (this_month, this_month - timedelta(days=1))))

    def _is_charged(self, day: date) -> bool:
        period = month_of(day)
        try:
            before = fetch_totals(self._account, period)
            without = fetch_totals(self._account, period, has_no_cost_center=True)
            # Asked again, because GitHub may change the amounts of recent days in between.
            return before != without and fetch_totals(self._account, period) != without
        except HttpError:
            return True  # without totals there is no proof

    def _rows(self, day: date, cost_center: CostCenter) -> Iterator[Row]:
        resources = {
            (resource.text("type").lower(), resource.text("name").lower()): resource
            for resource in fetch_resources(self._account, cost_center)
        }
        for resource in resources.values() or [None]:
            yield cost_center_row(self._account, day, cost_center, resource)


def cost_center_row(account: Account, day: date, cost_center: CostCenter, resource: Item | None) -> Row:
    """:param resource: what is charged to the cost center; None for one without any
    :raises ConnectorError: unexpected_answer, when a field is missing or unreadable
    """
    kind, name = (None, None) if resource is None else (resource.text("type"), resource.text("name"))
    return {
        "id": row_id(
            "cost_centers",
            account.id.account_type,
            account.id.key,
            day.isoformat(),
            cost_center.id,
            kind,
            name,
        ),
        **account_columns(account),
        "date": day.isoformat(),
        "cost_center_id": cost_center.id,
        "cost_center_name": cost_center.name,
        "state": cost_center.listed.optional_text("state"),
        **_pool(cost_center.listed).as_columns(),
        "resource_type": kind,
        "resource_name": name,
    }


@dataclass(frozen=True)
class Pool:
    """A cost center's share of the included AI credits; None for what GitHub does not give."""

    enabled: bool | None
    target: Decimal | None
    current: Decimal | None

    def as_columns(self) -> dict[str, Any]:
        return {
            "pool_enabled": self.enabled,
            "pool_target": None if self.target is None else float(self.target),
            "pool_current": None if self.current is None else float(self.current),
        }


def _pool(cost_center: Item) -> Pool:
    state = Item(cost_center.optional_object("ai_credit_pool_state") or {}, cost_center.response)
    return Pool(
        cost_center.optional_flag("ai_credit_pool_enabled"),
        state.optional_number("target_amount"),
        state.optional_number("current_amount"),
    )
