"""The setting `products`: which line items the stream `usage` reads, and what the log says of the others."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from integration_tests.support.connector import Sync, exact, merged, sync
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 9, 1))


def read(sandbox: Sandbox, state: Sync | None = None, streams: tuple[str, ...] = ("usage",), **config: Any) -> Sync:
    clock = VirtualClock(sandbox.bill.today)
    return sync(sandbox.enterprise_config(**config), streams, state.state if state else None, clock)


def net_by_product(result: Sync) -> dict[str, Decimal]:
    added: dict[str, Decimal] = {}
    for row in result.rows["usage"]:
        product = row["product"].lower()
        added[product] = added.get(product, Decimal(0)) + exact(row["net_amount"])
    return added


def billed_net(sandbox: Sandbox) -> dict[str, Decimal]:
    """By product, in the spelling of the totals."""
    return {str(key[0]): total.net for key, total in sandbox.bill.summary_sums(by=("product",)).items()}


def left_out(result: Sync) -> Counter[str]:
    counted: Counter[str] = Counter()
    for log in result.logs:
        if "products that are not read" in log:
            counted.update({product: int(count) for product, count in re.findall(r"(\w+) \((\d+)\)", log)})
    return counted


def test_every_named_product_is_read_whole_whatever_its_case_and_spelling() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        billed = billed_net(sandbox)
        assert len(billed) > 1
        result = read(sandbox, products=[name.upper().replace("_", "-") for name in billed])
        assert not result.errors and not left_out(result)
        assert net_by_product(result).keys() == billed.keys()
        for product, net in net_by_product(result).items():
            assert abs(net - billed[product]) < Decimal("1e-6")
        assert len({row["id"] for row in result.rows["usage"]}) == len(result.rows["usage"])


def test_what_is_left_out_is_counted_by_product() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        others = set(billed_net(sandbox)) - {"copilot"}
        copilot, everything = read(sandbox), read(sandbox, products=["copilot", *others])
        assert net_by_product(copilot).keys() == {"copilot"}
        counted = left_out(copilot)
        assert counted.keys() == others
        rows = Counter(row["product"].lower() for row in everything.rows["usage"])
        # One row is one item or several.
        assert all(counted[product] >= rows[product] > 0 for product in others)
        infos = [entry.log for entry in copilot.output.logs if entry.log and "not read" in entry.log.message]
        assert [log.level.value for log in infos] == ["INFO"]  # one for all three months


def test_another_product_is_read_from_the_start_date_and_copilots_rows_keep_their_ids() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox)
        assert "mode" not in first.state_of("usage")["enterprise", "acme"]
        other = next(name for name in billed_net(sandbox) if name != "copilot")
        second = read(sandbox, first, products=[other, "copilot"])
        assert any("it was read by the default before and is read by products " in log for log in second.logs)
        rows = merged(first.rows["usage"], second.rows["usage"])
        assert {row["id"] for row in first.rows["usage"]} < rows.keys() == {row["id"] for row in second.rows["usage"]}
        third = read(sandbox, second, products=["Copilot", other.upper()])
        assert {row["date"][:7] for row in third.rows["usage"]} == {"2026-11"}


def test_the_sums_of_all_named_products_agree_with_the_totals() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        both = ("usage", "billing_summary")
        assert not [
            log for log in read(sandbox, None, both, products=[*billed_net(sandbox)]).logs if "add up to" in log
        ]
    with Sandbox(SHAPE, today=TODAY, hidden_cost_centers=("Control Rooms",)) as sandbox:
        assert [log for log in read(sandbox, None, both, products=[*billed_net(sandbox)]).logs if "add up to" in log]


def warnings_of_products(result: Sync) -> list[str]:
    warned = [entry.log for entry in result.output.logs if entry.log and "No line item is of" in entry.log.message]
    assert {log.level.value for log in warned} <= {"WARN"}
    return [log.message for log in warned]


def test_product_that_is_misspelled_is_warned_of_in_each_sync() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, products=["copliot"])
        second = read(sandbox, first, products=["copliot"])
    for result in (first, second):
        assert not result.errors and not result.rows["usage"]
        (warning,) = warnings_of_products(result)
        assert warning.startswith("No line item is of the product copliot. Did you mean copilot?")


def test_product_that_nobody_used_is_warned_of_once_its_whole_history_was_read() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, products=["copilot", "pages"])
        second = read(sandbox, first, products=["copilot", "pages"])
        (warning,) = warnings_of_products(first)
        assert warning.startswith("No line item is of the product pages. There are: ")
        assert first.rows["usage"] and second.rows["usage"] and not warnings_of_products(second)
        sandbox.inject(Fault("status", path=r"billing/usage\?.*month=10", times=None, status=502))
        failed = read(sandbox, products=["copilot", "pages"])
        assert failed.failure_type == "transient_error" and not warnings_of_products(failed)


def test_all_accounts_have_one_line() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        others = set(billed_net(sandbox)) - {"copilot"}
        config = sandbox.organization_pat_config(products=["copilot", "copliot"])
        result = sync(config, ("usage",), clock=VirtualClock(TODAY))
        assert len({row["organization_name"] for row in result.rows["usage"]}) == 3
        assert len(warnings_of_products(result)) == 1
        assert len([line for line in result.logs if "products that are not read" in line]) == 1
        assert left_out(result).keys() == others
