"""Stream `cost_centers`: an enterprise's cost centers and what is charged to them, as they are today.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/cost-centers
"""

from collections.abc import Iterator
from datetime import date, timedelta

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.answers import Fields
from source_github_copilot_billing.endpoints.bill import as_number, fetch_totals
from source_github_copilot_billing.endpoints.cost_centers import CostCenter, fetch_cost_centers, fetch_resources
from source_github_copilot_billing.endpoints.period import month_of
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.streams.left_out import OddValues, log_odd_values
from source_github_copilot_billing.sync.stream import Context, Row, new_row, snapshot

NAME = "cost_centers"


def _rows(account: Account, context: Context) -> Iterator[Row]:
    for cost_center in _listed(account, context):
        resources = {
            (resource.text("type").lower(), resource.text("name").lower()): resource
            for resource in fetch_resources(account, cost_center)
        }
        for resource in resources.values() or [None]:
            yield cost_center_row(account, context.today, cost_center, resource, context.once(OddValues, NAME))


COST_CENTERS = snapshot(NAME, _rows, enterprises_only=True, finish=log_odd_values(NAME))


def _listed(account: Account, context: Context) -> tuple[CostCenter, ...]:
    """The list of cost centers. A 404 is an empty list where GitHub charges nothing to any cost center.

    :raises ConnectorError: the list cannot be fetched
    """
    try:
        return context.once(fetch_cost_centers, account)
    except HttpError as refusal:
        this_month = context.today.replace(day=1)
        months = (this_month, this_month - timedelta(days=1))
        if refusal.status != 404 or any(_is_charged(account, day) for day in months):
            raise
        context.logger.warning(
            f"{account.id}: GitHub answers 404 to the list of cost centers, and charges nothing to any cost center in "
            "this month and the one before. It is taken to have no cost center."
        )
        return ()


def _is_charged(account: Account, day: date) -> bool:
    """Whether anything is charged to a cost center in the month that holds a day."""
    period = month_of(day)
    try:
        before = fetch_totals(account, period)
        without = fetch_totals(account, period, has_no_cost_center=True)
        # Fetched again, because GitHub may change the amounts of recent days in between.
        return before != without and fetch_totals(account, period) != without
    except HttpError:
        return True  # without totals there is no proof


def cost_center_row(account: Account, day: date, cost_center: CostCenter, resource: Item | None, odd: OddValues) -> Row:
    """One thing that is charged to a cost center.

    :param resource: None for a cost center to which nothing is charged
    :raises ConnectorError: unexpected_answer, when a field is missing or unreadable
    """
    resource_type, name = (None, None) if resource is None else (resource.text("type"), resource.text("name"))
    fields = Fields(cost_center.listed, ("id", "name", "resources", "has_next_page"))
    pool = fields.part("ai_credit_pool_state")
    row = {
        **new_row(NAME, account, day.isoformat(), cost_center.id, resource_type, name),
        "cost_center_id": cost_center.id,
        "cost_center_name": cost_center.name,
        "state": fields.text("state"),
        "pool_enabled": fields.flag("ai_credit_pool_enabled"),
        "pool_target": as_number(pool.number("target_amount")),
        "pool_current": as_number(pool.number("current_amount")),
        "azure_subscription": fields.text("azure_subscription"),
        "resource_type": resource_type,
        "resource_name": name,
    }
    odd.note(fields.odd)
    return {**row, "other_fields": fields.other()}
