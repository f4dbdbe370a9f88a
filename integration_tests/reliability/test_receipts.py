"""What stands after syncs that were killed or failed, and of what GitHub withdrew: the connector's own rows, staged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteStateMessage, Type

from integration_tests.support.ai_credits import BY_USER
from integration_tests.support.connector import Row, Sync, sync
from integration_tests.support.staging import Destination, Rows
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
SHAPE = BillShape(first_day=date(2026, 10, 1), renamed_users=0, users_who_left=0)


class Syncs:
    """Syncs of one stream, one an hour, and the rows that the destination got of them."""

    def __init__(self, sandbox: Sandbox, stream: str, **config: Any) -> None:
        self._sandbox, self._stream, self._config = sandbox, stream, config
        self._hour = 5
        self.state: list[AirbyteStateMessage] = []
        self.rows: list[Rows] = []

    def run(self, **config: Any) -> Sync:
        """A sync to its end, from the state that the one before it left."""
        done = self._read(self.state, config)
        self.state = done.state
        self.rows.append(done.rows)
        return done

    def kill(self, records: int, full_refresh: bool = False, **config: Any) -> None:
        """A sync of which so many records were printed, and the states before them.

        :param full_refresh: from no state; the states that it printed are not kept
        """
        done = self._read([] if full_refresh else self.state, config)
        messages = _until(done, records)
        rows: dict[str, list[Row]] = {}
        for message in messages:
            if message.record is not None:
                rows.setdefault(message.record.stream, []).append(message.record.data)
        self.rows.append(rows)
        if not full_refresh:
            states = {_stream(state): state for state in self.state}
            states |= {_stream(message.state): message.state for message in messages if message.state is not None}
            self.state = list(states.values())

    def _read(self, state: list[AirbyteStateMessage], config: Mapping[str, Any]) -> Sync:
        self._hour += 1
        return sync(
            self._sandbox.enterprise_config(**{**self._config, **config}),
            [self._stream, "reads"],
            state or None,
            VirtualClock(TODAY, self._hour),
        )

    def net(self, destination: Destination) -> dict[str, Decimal]:
        return {day: net for (day,), net in destination.sums(self._stream, ("date",), self.rows).items()}


def _until(done: Sync, records: int) -> list[AirbyteMessage]:
    printed = [
        message for message in done.output.records_and_state_messages if message.type in (Type.RECORD, Type.STATE)
    ]
    places = [place for place, message in enumerate(printed) if message.type == Type.RECORD]
    assert records < len(places)
    return printed[: places[records]]


def _stream(state: AirbyteStateMessage | None) -> str:
    assert state is not None and state.stream is not None
    return str(state.stream.stream_descriptor.name)


def billed(sandbox: Sandbox, stream: str = "usage") -> dict[str, Decimal]:
    sums = (sandbox.bill.usage_sums if stream == "usage" else sandbox.bill.ai_credit_sums)(("day",))
    return {str(day): amounts.net for (day,), amounts in sums.items()}


def same(found: Mapping[str, Decimal], expected: Mapping[str, Decimal]) -> bool:
    return all(
        abs(found.get(day, Decimal(0)) - expected.get(day, Decimal(0))) < Decimal("1e-6")
        for day in found.keys() | expected.keys()
    )


def test_products_that_were_changed_for_a_sync_that_was_killed(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        syncs = Syncs(sandbox, "usage")
        syncs.run()
        syncs.kill(30, products=["copilot", "spark", "code_quality", "ghec"])
        syncs.run()
        syncs.run()
        assert same(syncs.net(destination), billed(sandbox))


def test_full_refresh_that_was_killed_before_a_sync_with_the_old_state(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        syncs = Syncs(sandbox, "usage")
        syncs.run()
        syncs.kill(30, full_refresh=True)
        assert same(syncs.net(destination), billed(sandbox))
        syncs.run()
        assert same(syncs.net(destination), billed(sandbox))


def test_emptied_cost_center_stays_empty_while_its_answer_fails(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        syncs = Syncs(sandbox, "usage", start_date="2026-11-01")
        first = syncs.run()
        center = next(row["cost_center_id"] for row in first.rows["usage"] if row.get("cost_center_id"))
        assert sandbox.bill.withdraw(
            lambda charge: charge.cost_center_id == center and charge.day >= date(2026, 11, 1), 1_000_000
        )
        assert not syncs.run().errors
        sandbox.inject(Fault("status", query={"cost_center_id": center}, times=None, status=504))
        expected = {day: net for day, net in billed(sandbox).items() if day >= "2026-11-01"}
        for _ in range(2):
            assert syncs.run().errors
            assert same(syncs.net(destination), expected)


def test_sync_that_was_killed_in_the_middle_of_a_slice_hides_nothing(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        syncs = Syncs(sandbox, "usage")
        syncs.run()
        syncs.kill(10)
        assert same(syncs.net(destination), billed(sandbox))


@pytest.mark.parametrize("credentials", [{}, BY_USER], ids=["by report", "by user"])
def test_day_whose_last_row_was_withdrawn_is_empty(credentials: Mapping[str, Any], destination: Destination) -> None:
    config = {"credentials": credentials} if credentials else {}
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        syncs = Syncs(sandbox, "ai_credit_usage", start_date="2026-11-19", **config)
        syncs.run()
        before = syncs.net(destination)
        assert before[str(YESTERDAY)]
        is_ai_credit = {id(charge) for charge in sandbox.bill.on_days(YESTERDAY, YESTERDAY)}
        assert sandbox.bill.withdraw(lambda charge: id(charge) in is_ai_credit, 1_000_000)
        assert not syncs.run().errors
        after = syncs.net(destination)
        assert str(YESTERDAY) not in after
        assert same({**after, str(YESTERDAY): before[str(YESTERDAY)]}, before)
        # The rows that are left are of later reads, and it stays empty.
        syncs.run()
        assert same(syncs.net(destination), after)


def test_receipt_without_its_rows_heals_with_the_next_sync(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        syncs = Syncs(sandbox, "usage")
        syncs.run()
        state = syncs.state
        lost = syncs.run()
        # The destination wrote the receipts and died: neither the rows nor the state were kept.
        syncs.rows[-1], syncs.state = {"reads": lost.rows["reads"]}, state
        syncs.run()
        assert same(syncs.net(destination), billed(sandbox))
