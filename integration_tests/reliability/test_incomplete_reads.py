"""A read that breaks off withdraws nothing: what stood before it stands after it, by the rule of the staging models."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integration_tests.support.ai_credits import BY_USER
from integration_tests.support.connector import Sync, sync
from integration_tests.support.staging import Destination, Sums
from sandbox import BillShape, Fault
from testing.answers import line_item
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
SHAPE = BillShape(first_day=date(2026, 10, 1), renamed_users=0, users_who_left=0)
ACME = ("enterprise", "acme")


def read(sandbox: Sandbox, stream: str, today: date = TODAY, before: Sync | None = None, **config: Any) -> Sync:
    return sync(
        sandbox.enterprise_config(**config), [stream, "reads"], before.state if before else None, VirtualClock(today)
    )


def until_yesterday(sums: Sums) -> Sums:
    """The first key is the day: the first sync of these tests has read until yesterday."""
    return {key: total for key, total in sums.items() if key[0] <= YESTERDAY.isoformat()}


def test_what_the_other_cost_centers_lost_stays_gone_while_one_cost_center_fails(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        failing = next(center.id for center in sandbox.bill.cost_centers if center.state == "deleted")
        hours = iter(range(8, 20))

        def next_read(before: Sync | None = None) -> Sync:
            config = sandbox.enterprise_config(start_date="2026-11-01")  # the month that every sync reads again
            return sync(config, ["usage", "reads"], before.state if before else None, VirtualClock(TODAY, next(hours)))

        def total(*reads: Sync) -> Decimal:
            return sum(
                destination.sums("usage", ("date",), [one.rows for one in reads]).values(),
                Decimal(0),
            )

        first = next_read()
        # Withdrawn, and then moved into a cost center that is new; a whole read has seen the first of both.
        assert sandbox.bill.withdraw(lambda charge: charge.day == YESTERDAY and charge.cost_center_id is None, 100)
        second = next_read(first)
        sandbox.bill.add_cost_center("Research", 7)
        billed = total(next_read())
        sandbox.inject(Fault("status", query={"cost_center_id": failing}, times=None, status=504))
        third = next_read(second)
        assert third.failure_type == "transient_error"
        assert abs(total(first) - billed) > 1
        assert abs(total(first, second, third) - billed) < Decimal("1e-6")


def test_bill_without_one_cost_center_leaves_the_bill_as_it_stood(destination: Destination) -> None:
    by = ("date", "cost_center_id")
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, "usage", YESTERDAY)
        expected = destination.sums("usage", by, [first.rows])
        center = next(row["cost_center_id"] for row in first.rows["usage"] if row.get("cost_center_id"))
        assert any(key[1] == center and key[0] >= "2026-11-01" for key in expected)
        sandbox.inject(Fault("status", query={"cost_center_id": center}, times=None, status=504))
        second = read(sandbox, "usage", before=first)
        periods = {request.query.keys() & {"month", "day"} == {"month", "day"} for request in sandbox.requests}
        assert periods == {False, True}  # the month was tried, and then its days
        assert second.failure_type == "transient_error" and "of the cost center" in second.errors[0]
        rows = second.rows["usage"]
        assert rows and center not in {row.get("cost_center_id") for row in rows}
        parts = {receipt.get("part") for receipt in second.rows["reads"] if receipt["last_day"] > "2026-11-01"}
        assert "no_cost_center" in parts and not parts & {center, None}
        assert len({row["read_at"] for row in rows}) == 1 and rows[0]["read_at"] > first.rows["usage"][0]["read_at"]
        assert second.state_of("usage") == first.state_of("usage")
        reads = [first.rows, second.rows]
        assert until_yesterday(destination.sums("usage", by, reads)) == expected
        sandbox.clear_faults()
        third = read(sandbox, "usage", TOMORROW, second)
        assert not third.errors and "part" not in third.rows["reads"][-1]
        whole = destination.sums("usage", by, [read(sandbox, "usage", TOMORROW).rows])
        assert destination.sums("usage", by, [*reads, third.rows]) == whole


def test_day_of_credits_that_breaks_off_among_its_users_stands_as_it_was(destination: Destination) -> None:
    stream, by, broken = "ai_credit_usage", ("date",), "2026-11-18"
    config: dict[str, Any] = {"credentials": BY_USER, "start_date": "2026-11-10"}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, stream, YESTERDAY, **config)
        before = destination.sums(stream, by, [first.rows])
        sandbox.bill.change_recent_amounts()
        # Two users of the day are answered, and no further one.
        sandbox.inject(Fault("status", path="ai_credit/usage.*day=18.*user=", nth=3, times=None, status=502))
        second = read(sandbox, stream, before=first, **config)
        assert second.failure_type == "transient_error"
        days = {row["date"] for row in second.rows[stream]}
        assert broken not in days and {"2026-11-17", "2026-11-19", TODAY.isoformat()} <= days
        assert second.state_of(stream) == first.state_of(stream)
        after = destination.sums(stream, by, [first.rows, second.rows])
        assert after[broken,] == before[broken,]
        sandbox.clear_faults()
        whole = destination.sums(stream, by, [read(sandbox, stream, **config).rows])
        assert whole[broken,] != before[broken,]
        assert {**after, (broken,): 0} == {**whole, (broken,): 0}


def test_budgets_without_their_second_page_are_no_budgets() -> None:
    with Sandbox(SHAPE, today=TODAY, page_size_max=10) as sandbox:
        sandbox.inject(Fault("status", path="budgets.*[?&]page=2", times=None, status=502))
        result = read(sandbox, "budgets")
        assert result.failure_type == "transient_error" and not result.rows["budgets"]
        assert {request.query["page"] for request in sandbox.requests if "/budgets" in request.path} == {"1", "2"}


def test_cost_centers_without_the_resources_of_one_are_no_cost_centers() -> None:
    whole = {"id": "center-1", "name": "Research", "resources": [{"type": "User", "name": "a"}]}
    cut = {**whole, "id": "center-2", "has_next_page": True}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="cost-centers$", times=None, json={"costCenters": [whole, cut]}))
        sandbox.inject(Fault("status", path="cost-centers/center-2", times=None, status=502))
        result = read(sandbox, "cost_centers")
        assert result.failure_type == "transient_error" and not result.rows["cost_centers"]


def test_day_that_is_answered_with_another_day_is_refused() -> None:
    """The other day's own answer would have the item too: the money would stand there twice."""
    usage = r"settings/billing/usage\?"
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="cost-centers$", times=None, json={"costCenters": []}))
        sandbox.inject(Fault("status", path=usage, period="month", times=None, status=504))
        sandbox.inject(Fault("json", path=usage, query={"day": "5"}, times=None, json={"usageItems": [line_item()]}))
        sandbox.inject(Fault("json", path=usage, times=None, json={"usageItems": []}))
        result = read(sandbox, "usage", start_date="2026-11-01")
        assert "date is outside the time that was asked for" in result.errors[0]
        assert not result.rows["usage"] and "cursor" not in result.state_of("usage")[ACME]
