"""Asserts that loaded rows, and the models on them, add up to what the sandbox billed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from demo.comparison import TOLERANCE, differences, loaded_sums
from sandbox import Bill, Sums
from sandbox.truth import Key
from warehouse.load.warehouse import Warehouse, query


def sums_are_equal(
    warehouse: Warehouse, bill: Bill, stream: str, by: tuple[str, ...], organization: str | None = None
) -> None:
    billed = (bill.usage_sums if stream == "usage" else bill.ai_credit_sums)(by, organization)
    found = differences(loaded_sums(warehouse, stream, by, organization), billed)
    assert {key: value for key, value in found.items() if value > TOLERANCE} == {}
    assert billed


def stale_rows_were_dropped(warehouse: Warehouse) -> None:
    """Without the staging model the sums would be wrong: the rows are there, and only that model leaves them out."""
    for stream in ("usage", "ai_credit_usage"):
        (rows, ids), (current,) = (
            query(warehouse, f"select count(*), count(distinct id) from {stream}")[0],  # noqa: S608
            query(warehouse, f"select count(*) from stg_github_copilot__{stream}")[0],  # noqa: S608
        )
        assert current < rows == ids


def models_add_up_to_the_bill(warehouse: Warehouse, bill: Bill) -> None:
    """Every model adds up to the whole bill of each month."""
    usage = _amounts(bill.usage_sums(("month",)))
    credits = _amounts(bill.ai_credit_sums(("month",)))
    models = {
        "cost_by_month": usage,
        "cost_by_organization": usage,
        "cost_by_cost_center": usage,
        "cost_by_user": credits,
        "cost_by_team": credits,
        "cost_by_model": credits,
    }
    for model, billed in models.items():
        rows = query(
            warehouse,
            f"select month, sum(gross_amount), sum(discount_amount), sum(net_amount) from {model} group by month",  # noqa: S608
        )
        # An equal split among teams is a double in DuckDB.
        found = {month: [Decimal(str(amount)) for amount in sums] for month, *sums in rows}
        assert {month: pytest.approx(sums, abs=TOLERANCE) for month, sums in found.items()} == billed, model

    focus = query(
        warehouse,
        'select cast("BillingPeriodStart" as date), sum("ListCost"), sum("BilledCost"), sum("EffectiveCost")'
        " from focus_cost_and_usage group by 1",
    )
    expected = {month: [gross, net, net] for month, (gross, _, net) in usage.items()}
    assert {month: pytest.approx(sums, abs=TOLERANCE) for month, *sums in focus} == expected


def _amounts(sums: dict[Key, Sums]) -> dict[object, list[Decimal]]:
    return {month: [amount.gross, amount.discount, amount.net] for (month,), amount in sums.items()}
