"""The contract of summaries, premium requests, budgets and cost centers: driven by githubkit's models."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import requests

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_installation,
    as_owner,
    exact,
    raw,
    refused,
    undocumented,
)
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape
from sandbox.truth import Sums

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def sums_of(response: Any, *names: str) -> dict[tuple[str, ...], Sums]:
    found: dict[tuple[str, ...], Sums] = {}
    for item in exact(response)["usageItems"]:
        key = tuple(item[name].lower() for name in names)
        amounts = (item[name] for name in ("grossQuantity", "grossAmount", "discountAmount", "netAmount"))
        # A quantity is an amount divided by a price, and need not be a finite decimal.
        assert abs(item["discountQuantity"] * item["pricePerUnit"] - item["discountAmount"]) < Decimal("1e-20")
        found[key] = found.get(key, Sums()) + Sums(*amounts)
    return found


def in_month(truth: dict[Any, Sums], month: date) -> dict[Any, Sums]:
    return {key[1:]: sums for key, sums in truth.items() if key[0] == month}


# Summaries


def test_a_summary_is_the_whole_bill_of_a_month(sandbox: Sandbox) -> None:
    ask = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_usage_summary_report_ghe
    for month in (MAY, JUNE):
        response = ask(ENTERPRISE, year=month.year, month=month.month)
        assert undocumented(raw(response), response.parsed_data) == set()
        assert response.parsed_data.enterprise == ENTERPRISE
        assert response.parsed_data.time_period.month == month.month
        truth = in_month(sandbox.bill.summary_sums(("month", "product", "sku")), month)
        assert sums_of(response, "product", "sku") == truth
        by_usage = in_month(sandbox.bill.usage_sums(("month", "product"), products=None), month)
        assert {key[0]: one.net for key, one in sums_of(response, "product").items()} == {
            key[0]: one.net for key, one in by_usage.items()
        }
    names = {item["sku"] for item in raw(ask(ENTERPRISE, year=2026, month=6))["usageItems"]}
    assert names == {
        "copilot_for_business",
        "copilot_ai_unit",
        "actions_linux",
        "actions_linux_16_core",
        "actions_storage",
    }


def test_a_summary_can_be_filtered(sandbox: Sandbox) -> None:
    ask = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_usage_summary_report_ghe
    month: dict[str, Any] = {"year": 2026, "month": 6}
    center = sandbox.bill.cost_centers[0]
    by_center = in_month(sandbox.bill.summary_sums(("month", "cost_center", "sku")), JUNE)
    one = ask(ENTERPRISE, **month, cost_center_id=center.id)
    assert one.parsed_data.cost_center
    assert one.parsed_data.cost_center.name == center.name
    assert sums_of(one, "sku") == {key[1:]: sums for key, sums in by_center.items() if key[0] == center.id}
    without = ask(ENTERPRISE, **month, cost_center_id="none")
    assert sums_of(without, "sku") == {key[1:]: sums for key, sums in by_center.items() if key[0] is None}
    own = ask(ENTERPRISE, **month, organization="ACME-data")
    assert own.parsed_data.organization == "acme-data"
    assert sums_of(own, "sku") == in_month(sandbox.bill.summary_sums(("month", "sku"), "acme-data"), JUNE)
    copilot = ask(ENTERPRISE, **month, product="Copilot", sku="copilot_ai_unit")
    assert set(sums_of(copilot, "product", "sku")) == {("copilot", "copilot_ai_unit")}
    day = sums_of(ask(ENTERPRISE, **month, day=3), "sku")[("copilot_ai_unit",)]
    assert day == sandbox.bill.ai_credit_day_totals()[date(2026, 6, 3)]
    for wrong in ({"year": 2026, "month": 13}, {"year": 2024, "month": 10}, {"year": 2026, "month": 2, "day": 30}):
        assert refused(ask, ENTERPRISE, **wrong) == (400, "Invalid date specified.")


def test_a_summary_of_an_organization(sandbox: Sandbox) -> None:
    for rest in (as_installation(sandbox, ORGANIZATION), as_owner(sandbox, sandbox.organization_token)):
        ask = rest.rest("2026-03-10").billing.get_github_billing_usage_summary_report_org
        response = ask(ORGANIZATION, year=2026, month=6)
        assert undocumented(raw(response), response.parsed_data) == set()
        assert response.parsed_data.organization == ORGANIZATION
        assert sums_of(response, "sku") == in_month(sandbox.bill.summary_sums(("month", "sku"), ORGANIZATION), JUNE)


def test_other_products_are_in_usage_and_summary() -> None:
    shape = BillShape(first_day=JUNE, credit_products=("spark", "code_quality", "coding_agent"), sandbox_minutes=True)
    with Sandbox(shape, TODAY) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        usage = raw(billing.get_github_billing_usage_report_ghe(ENTERPRISE, year=2026, month=6))["usageItems"]
        assert {item["product"].lower() for item in usage} == {"copilot", "actions", "sandbox", "spark", "code quality"}
        summary = billing.get_github_billing_usage_summary_report_ghe(ENTERPRISE, year=2026, month=6)
        assert {("copilot", "coding_agent_ai_unit"), ("spark", "spark_ai_unit"), ("sandbox", "sandbox_linux")} < set(
            sums_of(summary, "product", "sku")
        )


def test_an_enterprises_seats_have_two_prices() -> None:
    shape = BillShape(first_day=date(2026, 6, 1), enterprise_plans=("acme-data",))
    with Sandbox(shape, TODAY) as sandbox:
        ask = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_usage_summary_report_ghe
        prices = {item["sku"]: item["pricePerUnit"] for item in raw(ask(ENTERPRISE, year=2026, month=6))["usageItems"]}
        assert (prices["copilot_for_business"], prices["copilot_enterprise"]) == (19, 39)


# Premium requests


def test_premium_requests_are_asked_as_ai_credits_are(sandbox: Sandbox) -> None:
    ask = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_premium_request_usage_report_ghe
    charges = [charge for charge in sandbox.bill.charges if charge.sku == "copilot_premium_request"]
    response = ask(ENTERPRISE, year=2026, month=5)
    assert undocumented(raw(response), response.parsed_data) == set()
    assert {(item.sku.lower(), item.unit_type, item.price_per_unit) for item in response.parsed_data.usage_items} == {
        ("copilot premium request", "requests", 0.04)
    }
    assert sums_of(response)[()].gross == sum(charge.gross for charge in charges) > 0
    own = ask(ENTERPRISE, year=2026, month=5, user="USER-001")
    assert own.parsed_data.user == "USER-001"
    assert sums_of(own)[()].gross == sum(charge.gross for charge in charges if charge.user == "user-001")
    assert raw(ask(ENTERPRISE, year=2026, month=6))["usageItems"] == []
    assert refused(ask, ENTERPRISE, year=2026, month=5, user="who-001") == (404, "Not Found")

    billing = as_installation(sandbox, ORGANIZATION).rest("2026-03-10").billing
    report = billing.get_github_billing_premium_request_usage_report_org(ORGANIZATION, year=2026, month=5)
    assert undocumented(raw(report), report.parsed_data) == set()
    truth = sum(charge.gross for charge in charges if charge.organization == ORGANIZATION)
    assert sums_of(report)[()].gross == truth


def test_an_export_of_premium_requests_has_nothing_else() -> None:
    with Sandbox(SHAPE, TODAY, export_polls=1) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        order: dict[str, Any] = {"start_date": date(2026, 5, 15), "end_date": date(2026, 6, 14), "send_email": False}
        created = billing.create_usage_report_export(ENTERPRISE, report_type="premium_request", **order).parsed_data
        found = billing.get_usage_report_export(ENTERPRISE, created.id).parsed_data
        assert (found.status, found.report_type) == ("completed", "premium_request")
        assert isinstance(found.download_urls, list)
        text = requests.get(found.download_urls[0], timeout=5).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    ordered = [
        one for one in sandbox.bill.charges if one.sku == "copilot_premium_request" and one.day >= date(2026, 5, 15)
    ]
    assert {row["sku"] for row in rows} == {"copilot_premium_request"}
    assert sum(Decimal(row["gross_amount"]) for row in rows) == sum(charge.gross for charge in ordered)
    # As in one real file: what the month includes is discounted whole, and what exceeds it is paid whole.
    discounted = {
        (row["exceeds_quota"], Decimal(row["discount_amount"]) / Decimal(row["gross_amount"])) for row in rows
    }
    assert discounted == {("False", 1), ("True", 0)}
    assert "input" not in rows[0]


# Budgets


def budget_pages(call: Any, account: str, per_page: int) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    while True:
        response = call(account, page=len(pages) + 1, per_page=per_page)
        assert undocumented(raw(response), response.parsed_data) == set()
        assert "link" not in response.headers
        pages.append(raw(response)["budgets"])
        if not raw(response)["has_next_page"]:
            assert sum(len(page) for page in pages) == raw(response)["total_count"]
            return pages


def test_budgets_come_in_pages_that_say_whether_there_are_more(sandbox: Sandbox) -> None:
    enterprise = as_owner(sandbox).rest("ghec-2026-03-10").billing
    organization = as_installation(sandbox, ORGANIZATION).rest("2026-03-10").billing
    pages = budget_pages(enterprise.get_all_budgets, ENTERPRISE, 12)
    assert {len(page) for page in pages[:-1]} == {12}
    own = budget_pages(organization.get_all_budgets_org, ORGANIZATION, 100)
    assert [len(page) for page in own[:-1]] == [10]
    budgets = [budget for page in pages for budget in page]
    assert len({budget["id"] for budget in budgets}) == len(budgets)
    assert {budget["budget_scope"] for budget in budgets} == {
        "enterprise",
        "organization",
        "repository",
        "cost_center",
        "multi_user_customer",
        "multi_user_cost_center",
        "user",
    }
    centers = [one["budget_entity_name"] for one in budgets if one["budget_scope"] == "cost_center"]
    known = sandbox.bill.cost_centers
    assert centers == [known[0].id, known[1].name, known[2].id]
    consumed = {one["user"]: one["consumed_amount"] for one in budgets if one["budget_scope"] == "user"}
    november = in_month(sandbox.bill.ai_credit_sums(("month", "user")), date(2026, 11, 1))
    assert Decimal(str(consumed["user-003"])) == november[("user-003",)].gross
    assert {"expires_at" in one for one in budgets} == {True, False}
    assert len(raw(enterprise.get_all_budgets(ENTERPRISE, scope="cost_center"))["budgets"]) == 3
    assert raw(organization.get_all_budgets_org(ORGANIZATION, scope="organization"))["budgets"] == []
    assert [one["user"] for one in raw(enterprise.get_all_budgets(ENTERPRISE, user="user-003"))["budgets"]] == [
        "user-003"
    ]


def test_budgets_can_name_lists_of_skus() -> None:
    with Sandbox(SHAPE, TODAY, budgets_as_in_examples=True) as sandbox:
        budgets = raw(as_owner(sandbox).rest("ghec-2026-03-10").billing.get_all_budgets(ENTERPRISE))["budgets"]
        assert {("budget_product_sku" in one, "budget_product_skus" in one) for one in budgets} == {
            (True, False),
            (False, True),
        }
        assert budgets[0]["budget_product_skus"] == ["copilot"]
        # In no description of GitHub's, and seen in one of its answers.
        assert [one["budget_thresholds"] for one in budgets if "budget_thresholds" in one][:2] == [
            {"75": True, "90": True, "100": True},
            {},
        ]


# Cost centers


def test_cost_centers_have_resources_and_pools(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    response = billing.get_all_cost_centers(ENTERPRISE)
    assert undocumented(raw(response), response.parsed_data) == set()
    pooled, plain, deleted = raw(response)["costCenters"]
    november = in_month(sandbox.bill.ai_credit_sums(("month", "cost_center")), date(2026, 11, 1))
    used = float(november[(pooled["id"],)].quantity)
    assert pooled["ai_credit_pool_state"] == {"target_amount": SHAPE.pool_target, "current_amount": used}
    assert (plain["ai_credit_pool_enabled"], "ai_credit_pool_enabled" in deleted) == (False, False)
    assert [one["type"] for one in pooled["resources"] + plain["resources"]] == ["User", "Team", "User", "Org", "Repo"]
    assert deleted["resources"] == []
    assert response.parsed_data.cost_centers and response.parsed_data.cost_centers[0].azure_subscription
    assert ["azure_subscription" in one for one in (pooled, plain, deleted)] == [True, False, False]
    pages = [billing.get_cost_center(ENTERPRISE, plain["id"], page=page, per_page=2) for page in (1, 2)]
    assert all(undocumented(raw(page), page.parsed_data) == set() for page in pages)
    assert [(len(raw(page)["resources"]), raw(page)["has_next_page"]) for page in pages] == [(2, True), (1, False)]


def test_a_hidden_cost_center_is_billed_all_the_same() -> None:
    with Sandbox(SHAPE, TODAY, hidden_cost_centers=("Control Rooms",)) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        names = [center["name"] for center in raw(billing.get_all_cost_centers(ENTERPRISE))["costCenters"]]
        assert names == ["Platform, shared", 'Pilot "2025"']
        summary = billing.get_github_billing_usage_summary_report_ghe(ENTERPRISE, year=2026, month=6)
        assert sums_of(summary, "product", "sku") == in_month(sandbox.bill.summary_sums(), JUNE)
        hidden = sandbox.bill.cost_centers[0].id
        usage = billing.get_github_billing_usage_report_ghe(ENTERPRISE, year=2026, month=6, cost_center_id=hidden)
        assert raw(usage)["usageItems"]
