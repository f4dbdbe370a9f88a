"""Asserts that loaded rows add up to what the sandbox billed; the models' own tests hold the models against them."""

from __future__ import annotations

from demo.comparison import TOLERANCE, differences, loaded_sums
from sandbox import Bill
from warehouse.load.warehouse import Warehouse


def sums_are_equal(
    warehouse: Warehouse, bill: Bill, stream: str, by: tuple[str, ...], organization: str | None = None
) -> None:
    if stream == "detailed_usage":
        billed = bill.detailed_sums(by, ("copilot",))
    else:
        billed = (bill.usage_sums if stream == "usage" else bill.ai_credit_sums)(by, organization)
    found = differences(loaded_sums(warehouse, stream, by, organization), billed)
    assert {key: value for key, value in found.items() if value > TOLERANCE} == {}
    assert billed


def stale_rows_were_dropped(warehouse: Warehouse) -> None:
    """Without the staging model the sums would be wrong: the rows are there, and only that model leaves them out."""
    for stream in ("usage", "ai_credit_usage"):
        (rows, ids), (current,) = (
            warehouse.rows(f"select count(*), count(distinct id) from {stream}")[0],  # noqa: S608
            warehouse.rows(f"select count(*) from stg_github_copilot__{stream}")[0],  # noqa: S608
        )
        assert current < rows == ids
