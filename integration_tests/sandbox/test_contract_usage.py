"""The sandbox keeps GitHub's contract: every path is driven by githubkit, whose models come from GitHub's OpenAPI.

The enterprise's paths and all of Copilot's are in the description of GitHub Enterprise Cloud (`ghec-2026-03-10`), the
organizations' billing paths in that of api.github.com (`2026-03-10`). No path lacks a model.
This file has `usage` and the cost centers; the others are in `test_contract_*.py`. The only deviation here: `quantity`
is an integer in the schema of `usage` and a fraction in reality.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import requests
from githubkit.utils import UNSET
from githubkit_schemas.ghec_v2026_03_10.models import BillingUsageReport
from pydantic import ValidationError

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
from sandbox.truth import Sums

UNSET_NAME = "literal[<UNSET>]"
# Premium requests in May, AI credits from June on; the deleted cost center goes in August.
MAY_TO_JULY = [(2026, 5), (2026, 6), (2026, 7)]


def with_whole_quantities(report: dict[str, Any]) -> dict[str, Any]:
    """The answer without its one deviation from the schema."""
    items = [{**item, "quantity": round(item["quantity"])} for item in report["usageItems"]]
    return {**report, "usageItems": items}


def sums_of(items: Iterable[dict[str, Any]], center: str | None) -> dict[tuple[Any, ...], Sums]:
    """Copilot's items by day, organization, SKU and cost center."""
    found: dict[tuple[Any, ...], Sums] = {}
    for item in items:
        if item["product"].lower() == "copilot":
            day = date.fromisoformat(item["date"][:10])
            key = (day, item["organizationName"].lower(), item["sku"].lower(), center)
            amounts = (item[name] for name in ("quantity", "grossAmount", "discountAmount", "netAmount"))
            found[key] = found.get(key, Sums()) + Sums(*amounts)
    return found


def test_usage_validates_but_for_fractional_quantities(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    response = billing.get_github_billing_usage_report_ghe(ENTERPRISE, year=2026, month=6)
    with pytest.raises(ValidationError) as invalid:
        _ = response.parsed_data
    # Each item also complains that the list could have been left out instead: GitHub's schema does not require it.
    errors = {(error["loc"][-1], error["type"]) for error in invalid.value.errors() if error["loc"][-1] != UNSET_NAME}
    assert errors == {("quantity", "int_from_float")}

    answer = with_whole_quantities(raw(response))
    report = BillingUsageReport.model_validate(answer)
    assert undocumented(answer, report) == set()
    assert isinstance(report.usage_items, list)
    assert {item.product.lower() for item in report.usage_items} == {"copilot", "actions"}
    credits = [item for item in report.usage_items if item.sku.lower() == "copilot_ai_credit"]
    assert {item.price_per_unit for item in credits} == {0.01}
    assert {item.unit_type.lower() for item in credits} == {"ai-credits"}
    assert {item.organization_name.lower() for item in credits} == {"acme-platform", "acme-data", "acme-labs"}


def test_usage_without_and_with_each_cost_center_is_the_whole_bill(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    centers: list[str | None] = [None, *(center.id for center in sandbox.bill.cost_centers)]
    found: dict[tuple[Any, ...], Sums] = {}
    for year, month in MAY_TO_JULY:
        for center in centers:
            response = billing.get_github_billing_usage_report_ghe(
                ENTERPRISE, year=year, month=month, cost_center_id=UNSET if center is None else center
            )
            found.update(sums_of(exact(response)["usageItems"], center))
    truth = {key: sums for key, sums in sandbox.bill.usage_sums().items() if str(key[0]) < "2026-08-01"}
    assert {key[3] for key in found} == set(centers)
    assert found == truth


def test_usage_splits_keys_into_items_with_time_stamps(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    items = exact(billing.get_github_billing_usage_report_ghe(ENTERPRISE, year=2026, month=7))["usageItems"]
    keys = [
        (item["date"][:10], item["organizationName"].lower(), item.get("repositoryName") or None, item["sku"].lower())
        for item in items
    ]
    assert len(set(keys)) < len(keys)
    stamped = [item["date"] for item in items if len(item["date"]) > 10]
    assert all(re.fullmatch(r"2026-07-\d\dT\d\d:\d\d:\d\dZ", stamp) for stamp in stamped)
    assert 0 < len(stamped) < len(items)
    assert {item.get("repositoryName", "missing") for item in items} >= {"", "missing"}
    assert all(item["grossAmount"] - item["discountAmount"] == item["netAmount"] for item in items)
    assert any(item["organizationName"] == "ACME-PLATFORM" for item in items)


def test_gross_less_discount_need_not_be_net() -> None:
    with Sandbox(replace(SHAPE, first_day=date(2026, 7, 1), odd_discounts=True), TODAY) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        items = exact(billing.get_github_billing_usage_report_ghe(ENTERPRISE, year=2026, month=7))["usageItems"]
        assert any(item["grossAmount"] - item["discountAmount"] != item["netAmount"] for item in items)
        assert any(item["netAmount"] < 0 for item in items)


def test_usage_of_a_year_has_months_instead_of_days(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    items = exact(billing.get_github_billing_usage_report_ghe(ENTERPRISE, year=2026))["usageItems"]
    assert {item["date"] for item in items} == {f"2026-{month:02}-01" for month in range(5, 12)}
    keys = [
        (i["date"], i["organizationName"].lower(), (i.get("repositoryName") or "").lower(), i["sku"]) for i in items
    ]
    assert len(set(keys)) == len(keys)
    by = ("month", "organization", "sku", "cost_center")
    truth = {key: sums for key, sums in sandbox.bill.usage_sums(by).items() if key[3] is None}
    assert sums_of(items, None) == truth


def test_usage_of_an_organization_is_all_of_it(sandbox: Sandbox) -> None:
    billing = as_installation(sandbox, ORGANIZATION).rest("2026-03-10").billing
    found: dict[tuple[Any, ...], Sums] = {}
    for year, month in MAY_TO_JULY:
        response = billing.get_github_billing_usage_report_org(ORGANIZATION, year=year, month=month)
        answer = with_whole_quantities(raw(response))
        assert undocumented(answer, BillingUsageReport.model_validate(answer)) == set()
        found.update(sums_of(exact(response)["usageItems"], None))
    truth = sandbox.bill.usage_sums(("day", "organization", "sku"), account=ORGANIZATION)
    assert {key[:3]: sums for key, sums in found.items()} == {
        key: sums for key, sums in truth.items() if str(key[0]) < "2026-08-01"
    }


@pytest.mark.parametrize("query", ["month=13", "month=June", "year=26", "month=2&day=30", "day=0"])
def test_bad_dates_are_refused(sandbox: Sandbox, query: str) -> None:
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    for path in ("usage", "ai_credit/usage"):
        url = f"{sandbox.url}/enterprises/{ENTERPRISE}/settings/billing/{path}?{query}"
        assert requests.get(url, headers=headers, timeout=5).status_code == 400


def test_cost_centers(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    response = billing.get_all_cost_centers(ENTERPRISE)
    assert undocumented(raw(response), response.parsed_data) == set()
    centers = response.parsed_data.cost_centers
    assert isinstance(centers, list)
    names = [("Control Rooms", "active"), ("Platform, shared", "active"), ('Pilot "2025"', "deleted")]
    assert [(center.name, center.state) for center in centers] == names
    deleted = billing.get_all_cost_centers(ENTERPRISE, state="deleted").parsed_data.cost_centers
    assert isinstance(deleted, list)
    assert [center.id for center in deleted] == [centers[2].id]
    unknown = {"year": 2026, "month": 7, "cost_center_id": "00000000-0000-4000-8000-000000000000"}
    assert refused(billing.get_github_billing_usage_report_ghe, ENTERPRISE, **unknown) == (404, "Not Found")
