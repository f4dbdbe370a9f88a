"""The whole cost of Copilot's work: its own lines and the Actions minutes that it causes, each cent once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, charge, item
from sandbox import BillShape
from testing.console import clocked_script
from testing.sandbox import Sandbox
from warehouse.load.connection import Connection
from warehouse.load.warehouse import open_duckdb

MINUTES = "actions_minutes_gross_amount, actions_minutes_net_amount"
WORK = "copilot_work_gross_amount, copilot_work_net_amount"
TODAY = date(2026, 11, 22)


def person(bill: MadeUpBill, amount: float, **values: Any) -> None:
    """A line of the detailed report, half of it discounted."""
    amounts = {"gross_quantity": amount * 100, "gross_amount": amount, "net_amount": amount / 2}
    bill.insert("detailed_usage", **charge({"attribution": "unattributed", **amounts, **values}))


def minutes(bill: MadeUpBill, amount: float, cause: str | None, **values: Any) -> None:
    line = {"product": "actions", "sku": "actions_linux", "unit_type": "minutes", "price_per_unit": 0.006}
    person(bill, amount, **{**line, "copilot_cause": cause, **values})


def amounts(bill: MadeUpBill, columns: str, where: str = "true") -> list[tuple[float | None, ...]]:
    sums = ", ".join(f"sum({column})" for column in columns.split(", "))
    rows = bill.rows(f"select {sums} from github_copilot__cost_by_month where {where} group by month order by month")  # noqa: S608
    return [tuple(None if value is None else float(value) for value in row) for row in rows]


def test_minutes_stand_beside_the_credits_and_every_cent_counts_once(bill: MadeUpBill) -> None:
    actions = {"product": "Actions", "sku": "Actions Linux", "unit_type": "minutes"}
    item(bill, 10, organization_name="acme")
    # Copilot's minutes are a part of it: the connection's products have Actions.
    item(bill, 7, organization_name="acme", **actions)
    person(bill, 10, login="ann", organization_name="acme")
    minutes(bill, 2, "code_review", organization_name="acme")
    minutes(bill, 1, "cloud_agent", organization_name="labs")
    minutes(bill, 4, None, organization_name="acme")
    assert amounts(bill, f"gross_amount, {MINUTES}, {WORK}") == [(17, 3, 1.5, 13, 11.5)]
    rows = bill.rows(
        "select organization, product, sku, quantity, gross_amount, actions_minutes, actions_minutes_net_amount,"
        " copilot_work_net_amount from github_copilot__cost_by_month order by 1, 2, 3"
    )
    assert [tuple(value if isinstance(value, str) else float(value) for value in row) for row in rows] == [
        ("acme", "actions", "actions linux", 700, 7, 0, 0, 0),
        ("acme", "actions", "actions_linux", 0, 0, 200, 1, 1),
        ("acme", "copilot", "copilot_ai_credit", 1000, 10, 0, 0, 10),
        ("labs", "actions", "actions_linux", 0, 0, 100, 0.5, 0.5),
    ]


def test_minutes_of_a_month_that_was_not_read_whole_are_unknown(bill: MadeUpBill) -> None:
    before = DAY.replace(day=1) - timedelta(days=1)
    item(bill, 10, date=before)
    item(bill, 20)
    item(bill, 40, date=DAY + timedelta(days=1))
    item(bill, 80, account_type="organization", enterprise_slug=None, organization_id=1, organization_name="labs")
    minutes(bill, 1, "code_review", date=before)
    minutes(bill, 2, "code_review")
    rows = bill.rows(
        "select account_name, month, actions_minutes_unknown_because, sum(actions_minutes_net_amount), "
        "sum(copilot_work_net_amount)"
        " from github_copilot__cost_by_month group by 1, 2, 3 order by 1, 2"
    )
    november = DAY.replace(day=1)
    assert rows == [
        ("acme", before.replace(day=1), None, 0.5, 10.5),
        ("acme", november, "not_read_whole", None, None),
        ("labs", november, "enterprises_only", None, None),
    ]
    # The day that it lacked.
    bill.read("detailed_usage", DAY + timedelta(days=1), DAY + timedelta(days=1), "2026-11-16 06:30:00")
    assert amounts(bill, "copilot_work_net_amount", "account_name = 'acme'") == [(10.5,), (61,)]


def test_minutes_of_the_running_day_are_known_when_both_streams_were_read_on_it(bill: MadeUpBill) -> None:
    now = {"read_at": f"{DAY} 12:00:00"}
    item(bill, 10, **now)
    assert amounts(bill, "copilot_work_net_amount") == [(None,)]
    minutes(bill, 2, "code_review", **now)
    assert amounts(bill, "copilot_work_net_amount") == [(11,)]
    bill.read("usage", DAY, DAY, f"{DAY + timedelta(days=1)} 06:30:00")
    item(bill, 10, date=DAY, is_read=False)
    assert amounts(bill, "copilot_work_net_amount") == [(None,)]


def test_minutes_are_unknown_where_the_detailed_report_is_not_synced(bill_of_usage_alone: MadeUpBill) -> None:
    item(bill_of_usage_alone, 10)
    item(bill_of_usage_alone, 80, account_type="organization", enterprise_slug=None, organization_name="labs")
    rows = bill_of_usage_alone.rows(
        "select net_amount, actions_minutes, copilot_work_net_amount, actions_minutes_unknown_because"
        " from github_copilot__cost_by_month order by 1"
    )
    assert rows == [(10, None, None, "not_synced"), (80, None, None, "enterprises_only")]


@pytest.mark.parametrize("products", [["copilot"], ["copilot", "actions"]])
def test_whole_cost_of_copilots_work_is_what_was_billed(
    products: list[str], models: Mapping[str, str], tmp_path: Path
) -> None:
    shape = BillShape(first_day=date(2026, 10, 20), users_per_organization=3)
    streams = ["usage", "detailed_usage", "reads"]
    with (
        Sandbox(shape, today=TODAY, export_polls=0) as sandbox,
        open_duckdb(tmp_path / "loaded.duckdb", "enterprise") as loaded,
    ):
        config = sandbox.enterprise_config(products=products)
        Connection(config, lambda _: None, script=clocked_script(sandbox.clock, tmp_path)).sync(loaded, streams)
        caused = sandbox.bill.copilot_minutes(("month",))
        billed = sandbox.bill.usage_sums(("month", "product"), products=None)
    bill = MadeUpBill(models)
    bill.execute(f"attach '{tmp_path}/loaded.duckdb' as loaded")
    for stream in streams:
        bill.execute(f"insert into {stream} by name select * from loaded.enterprise.{stream}")  # noqa: S608 - own names
    months = [date(2026, 10, 1), date(2026, 11, 1)]
    assert all(billed[month, "actions"].gross > caused[month,].gross > 0 for month in months)
    expected = [
        [
            *(caused[month,].gross, caused[month,].net),
            *(billed[month, "copilot"].gross + caused[month,].gross, billed[month, "copilot"].net + caused[month,].net),
        ]
        for month in months
    ]
    found = amounts(bill, f"{MINUTES}, {WORK}")
    assert found == [pytest.approx([float(amount) for amount in row], abs=1e-6) for row in expected]
    # The bill itself is as it was.
    lines = [sum(billed[month, product].gross for product in products) for month in months]
    assert amounts(bill, "gross_amount") == [pytest.approx([float(amount)], abs=1e-6) for amount in lines]
