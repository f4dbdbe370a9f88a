"""The connector knows what a charge is, however GitHub spells it: no model counts one twice or takes it for another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from integration_tests.support.connector import Sync, sync
from integration_tests.support.staging import Destination
from sandbox import BillShape
from sandbox.charges import AI_CREDIT, Charge, new_charge
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

FIRST_DAY, TODAY = date(2026, 11, 1), date(2026, 11, 22)
# Ten seats: of nine users, and the one that the enterprise grants itself.
SHAPE = BillShape(
    organizations=("acme-data",),
    users_per_organization=9,
    idle_users_per_organization=0,
    users_who_left=0,
    renamed_users=0,
    cost_centers=0,
    first_day=FIRST_DAY,
    other_products=False,
)

PRODUCTS = {
    "copilot": ("Copilot", "copilot"),
    "spark": ("Spark", "SPARK"),
    "codequality": ("Code Quality", "code_quality"),
}
UNITS = {
    "ai_credit": ("ai-credits", "credits", "AI Credits", "AICredits", "ai-units", "AIUnits", "ai_unit"),
    "premium_request": ("requests", "Requests", "request"),
    "seat": ("user-months", "UserMonths", "User Months", "user_month"),
}
# By product, SKU, type and plan as the models have them: how GitHub spells the SKU.
SPELLINGS = {
    ("copilot", "copilotaicredit", "ai_credit", None): (
        *("Copilot AI Credits", "copilot_ai_credits", "Copilot AI Credit", "copilot_ai_unit", "COPILOT_AI_UNITS"),
    ),
    ("copilot", "codingagentaicredit", "ai_credit", None): (
        *("Coding Agent AI Credits", "coding_agent_ai_unit", "Copilot Cloud Agent"),
    ),
    ("copilot", "copilotcloudagentaicredit", "ai_credit", None): (
        *("copilot_cloud_agent_ai_credit", "Copilot Cloud Agent AI Credits"),
    ),
    ("spark", "sparkaicredit", "ai_credit", None): ("Spark AI Credits", "spark_ai_unit"),
    ("codequality", "codequalityaicredit", "ai_credit", None): ("Code Quality AI Credits", "code_quality_ai_unit"),
    ("copilot", "copilotbusiness", "seat", "business"): ("Copilot Business", "Copilot for Business"),
    ("copilot", "copilotenterprise", "seat", "enterprise"): ("Copilot Enterprise", "Copilot for Enterprise"),
    ("copilot", "copilotforindividuals", "seat", "individuals"): ("Copilot for Individuals", "copilot_for_individuals"),
    ("copilot", "copilotpremiumrequest", "premium_request", None): (
        *("Copilot Premium Request", "Copilot Premium Requests", "copilot_premium_requests"),
    ),
    ("copilot", "codingagentpremiumrequest", "premium_request", None): (
        *("coding_agent_premium_request", "Coding Agent Premium Requests"),
    ),
    ("spark", "sparkpremiumrequest", "premium_request", None): ("Spark Premium Requests",),
}


def read(sandbox: Sandbox, streams: Iterable[str], before: Sync | None = None, **config: Any) -> Sync:
    """A sync of the month, or the next one, an hour after it."""
    state, hour = (before.state, 7) if before else (None, 6)
    config = sandbox.enterprise_config(start_date=str(FIRST_DAY), **config)
    done = sync(config, [*streams, "reads"], state, VirtualClock(TODAY, hour))
    assert not done.errors
    return done


def test_copilots_new_units_and_skus_are_billed_once(destination: Destination) -> None:
    streams, new = ("usage", "ai_credit_usage"), {"reviewaicredit": "ai credits", "copilotagentsession": "sessions"}
    shape = replace(SHAPE, credit_products=("coding_agent", "new_unit", "new_sku"))
    with Sandbox(shape, today=TODAY, export_polls=0) as sandbox:
        first = read(sandbox, streams)
        sandbox.bill.change_recent_amounts()
        second = read(sandbox, streams, first)
        billed = {str(sku).replace("_", ""): sums.net for (sku,), sums in sandbox.bill.usage_sums(("sku",)).items()}
    for done in (first, second):
        assert all(new.keys() < {row["sku_key"] for row in done.rows[stream]} for stream in streams)
    sql = """
        select "SkuId", lower("PricingUnit"), sum("BilledCost") from github_copilot__focus_cost_and_usage group by 1, 2
    """
    found = destination.rows(sql, [first.rows, second.rows])
    expected = {(sku, unit, round(billed[sku], 6)) for sku, unit in new.items()}
    assert {(sku, unit, round(net, 6)) for sku, unit, net in found if sku in new} == expected
    assert min(net for *_, net in expected) > 1
    assert abs(sum(net for *_, net in found) - sum(billed.values())) < Decimal("1e-6")


def test_licenses_of_another_product_are_no_seats(destination: Destination) -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox, ["usage"])
        sandbox.bill.add_charges(
            seat._replace(
                product="ghec",
                sku="ghec_licenses",
                quantity=500 * seat.quantity,
                gross=500 * seat.gross,
                net=500 * seat.net,
                holders=(),
            )
            for seat in sandbox.bill.charges
            if seat.holders == (None,)  # the one of the enterprise itself
        )
        second = read(sandbox, ["usage"], first, products=["copilot", "ghec"])
    assert {row["unit_type"].lower() for row in second.rows["usage"] if row["product_key"] == "ghec"} == {"user-months"}
    sql = "select seats, included_credits from github_copilot__month_end_forecast"
    assert destination.rows(sql, [first.rows, second.rows]) == [(10, 19_000)]


def test_spellings_of_one_charge_are_one_charge(destination: Destination) -> None:
    """Each day has one of the spellings, and another one in the second sync."""

    def charges(turn: int) -> Iterable[Charge]:
        for (product, _, charge_type, _), skus in SPELLINGS.items():
            for number in range(len(skus)):
                day = FIRST_DAY + timedelta(days=number)
                charge = new_charge(Random(1), day, "acme-data", None, None, None, "", AI_CREDIT, None, Decimal(100))
                spellings = (PRODUCTS[product], skus, UNITS[charge_type])
                product_now, sku, unit = (names[(number + turn) % len(names)] for names in spellings)
                yield charge._replace(product=product_now, sku=sku, unit_type=unit)

    with Sandbox(replace(SHAPE, active_share=0, seat_charges=False), today=TODAY) as sandbox:
        sandbox.bill.charges = tuple(charges(0))
        first = read(sandbox, ["usage"], products=[*PRODUCTS])
        sandbox.bill.charges = tuple(charges(1))
        second = read(sandbox, ["usage"], first, products=[*PRODUCTS])
    kind = "product_key, sku_key, charge_type, plan_type"
    sql = f"select {kind}, sum(net_amount) from int_github_copilot__charges group by {kind}"  # noqa: S608 - own names
    found = {tuple(key): net for *key, net in destination.rows(sql, [first.rows, second.rows])}
    assert found == {key: len(skus) for key, skus in SPELLINGS.items()}
