"""The bill in the columns of FOCUS: sums, unit prices, and what a row says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.warehouse.compiled import compiled
from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, credit, item


def focus(bill: MadeUpBill, *columns: str) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{column}"' for column in columns)
    return bill.rows(f"select {names} from github_copilot__focus_cost_and_usage order by {names}")  # noqa: S608 - own names


def test_ai_credits_come_from_one_stream_only(bill: MadeUpBill) -> None:
    item(bill, 5)
    credit(bill, 5, login="ann", model="auto")
    item(bill, 7, unit_type="UserMonths", sku="Copilot Business", quantity=0.5, price_per_unit=14)
    # Spark uses AI credits too, and usage leaves that product out.
    credit(bill, 2, product="spark", sku="spark_ai_credit")
    rows = focus(bill, "ServiceName", "ConsumedUnit", "BilledCost", "x_Model")
    assert [(service, unit, float(cost), model) for service, unit, cost, model in rows] == [
        ("GitHub Copilot", "AI Credits", 5, "auto"),
        ("GitHub Copilot", "User-Months", 7, None),
        ("GitHub Spark", "AI Credits", 2, None),
    ]


def test_day_that_the_credit_stream_read_before_it_was_over_comes_from_usage(bill: MadeUpBill) -> None:
    item(bill, 9)
    noon = {"read_at": f"{DAY} 12:00:00"}
    credit(bill, 6, login="ann", model="auto", **noon)
    # Usage leaves this product out: the part that was read is all there is.
    credit(bill, 2, product="spark", sku="spark_ai_credit", **noon)
    # Usage was not read since: the part that was read is not dropped.
    tomorrow = DAY + timedelta(days=1)
    credit(bill, 4, login="ann", model="auto", date=tomorrow, read_at=f"{tomorrow} 12:00:00")
    rows = focus(bill, "ServiceName", "BilledCost", "x_Model")
    assert sorted((service, float(cost), model or "") for service, cost, model in rows) == [
        ("GitHub Copilot", 4, "auto"),
        ("GitHub Copilot", 9, ""),
        ("GitHub Spark", 2, ""),
    ]


def test_ai_credits_of_an_account_or_day_that_the_credit_stream_lacks_come_from_usage(bill: MadeUpBill) -> None:
    item(bill, 5)
    credit(bill, 5, login="ann", model="auto")
    item(bill, 3, date=DAY + timedelta(days=1))
    item(bill, 2, enterprise_slug="beta")
    rows = focus(bill, "BillingAccountId", "ChargePeriodStart", "BilledCost", "x_Model")
    assert [(account, start.day, float(cost), model) for account, start, cost, model in rows] == [
        ("acme", DAY.day, 5, "auto"),
        ("acme", DAY.day + 1, 3, None),
        ("beta", DAY.day, 2, None),
    ]


def test_product_whose_credits_the_credit_stream_lacks_on_a_day_comes_from_usage(bill: MadeUpBill) -> None:
    item(bill, 5)
    credit(bill, 2, product="spark", sku="spark_ai_credit")
    assert sorted(float(cost) for (cost,) in focus(bill, "BilledCost")) == [2, 5]


def test_bill_without_the_credit_stream_is_still_whole(bill_of_usage_alone: MadeUpBill) -> None:
    item(bill_of_usage_alone, 5)
    item(bill_of_usage_alone, 7, unit_type="user-months")
    assert sum(cost for (cost,) in focus(bill_of_usage_alone, "BilledCost")) == 12


@pytest.mark.parametrize(
    ("values", "price"),
    [
        ({"quantity": 10, "gross_amount": 40, "price_per_unit": 4}, 4),
        ({"quantity": 10, "gross_amount": 45, "price_per_unit": None}, 4.5),
        ({"quantity": 10, "gross_amount": 45, "price_per_unit": 4}, 4.5),
        ({"quantity": 0, "gross_amount": 0, "price_per_unit": 4}, 4),
    ],
)
def test_unit_price_times_quantity_is_the_list_cost(
    values: Mapping[str, float | None], price: float, bill: MadeUpBill
) -> None:
    item(bill, 1, unit_type="requests", **values)
    columns = ("ListUnitPrice", "ContractedUnitPrice", "PricingQuantity", "ListCost", "ContractedCost")
    ((listed, contracted, quantity, list_cost, contracted_cost),) = focus(bill, *columns)
    assert float(listed) == float(contracted) == price
    assert float(listed) * float(quantity) == pytest.approx(float(list_cost), abs=1e-6)
    assert float(contracted_cost) == float(list_cost) == values["gross_amount"]


def test_row_says_its_day_month_account_and_cost_center(bill: MadeUpBill) -> None:
    name = 'Pilot "2025" \\ other'
    item(bill, 1, organization_name="Web", cost_center_id="c1", cost_center_name=name, unit_type="requests")
    periods = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd")
    day = datetime(DAY.year, DAY.month, DAY.day)
    assert focus(bill, *periods) == [
        (day, day.replace(day=15), day.replace(day=1), day.replace(month=12, day=1)),
    ]
    names = ("BillingAccountId", "BillingAccountType", "SubAccountId", "SubAccountType", "InvoiceIssuerName", "Tags")
    ((*account, tags),) = focus(bill, *names)
    assert account == ["acme", "Enterprise", "web", "Organization", "GitHub"]
    assert json.loads(tags) == {"cost_center": name}


def test_login_is_left_out_unless_asked_for(bill: MadeUpBill, tmp_path: Path) -> None:
    asked_for = MadeUpBill(compiled("duckdb", tmp_path, github_copilot_focus_logins=True))
    for held, login in ((bill, None), (asked_for, "ann")):
        credit(held, 1, login="Ann")
        assert focus(held, "x_Login") == [(login,)]
    asked_for.close()


@pytest.mark.parametrize(
    ("amount", "quantity", "kind"),
    [(5, 2, ("Usage", None, 2)), (-5, -2, ("Usage", "Correction", -2)), (-5, 0, ("Credit", None, None))],
)
def test_refund_is_a_correction_and_a_negative_amount_without_quantity_a_credit(
    amount: float, quantity: float, kind: tuple[Any, ...], bill: MadeUpBill
) -> None:
    item(bill, amount, quantity=quantity, unit_type="requests", price_per_unit=2.5)
    assert focus(bill, "ChargeCategory", "ChargeClass", "ConsumedQuantity") == [kind]
    assert [float(cost) for (cost,) in focus(bill, "BilledCost")] == [amount]


def test_sku_at_one_price_is_one_id_in_whatever_way_it_is_spelt_and_priced(bill: MadeUpBill) -> None:
    item(bill, 1, quantity=100, price_per_unit=0.01)
    credit(bill, 2, gross_quantity=200, price_per_unit="0.0100", sku="Copilot AI Credit", product="spark")
    # Cut to nine decimals, and of an amount that was rounded.
    for seats in (3, 70_001):
        quantity = round(seats / 30, 9)
        seat = {"sku": "Copilot Business", "unit_type": "user-months", "price_per_unit": 19}
        item(bill, round(seats * 19 / 30, 6), quantity=quantity, **seat)
    # Rows of two prices were added up.
    item(bill, 3, quantity=2, price_per_unit=None, sku="other", unit_type="requests")
    rows = bill.rows('select distinct "SkuId", "SkuPriceId" from github_copilot__focus_cost_and_usage order by 1')
    assert rows == [
        ("copilotaicredit", "copilotaicredit:10000000"),
        ("copilotbusiness", "copilotbusiness:19000000000"),
        ("other", "other:several"),
    ]
