"""The sandbox keeps GitHub's contract: every path is driven by githubkit, whose models come from GitHub's OpenAPI.

The enterprise's paths and the seats are in the description of GitHub Enterprise Cloud (`ghec-2026-03-10`), the
organizations' billing paths in that of api.github.com (`2026-03-10`). No path lacks a model. The only deviation:
`quantity` is an integer in the schema of `usage` and a fraction in reality.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from githubkit.utils import UNSET
from githubkit_schemas.ghec_v2026_03_10.models import BillingUsageReport, SimpleUser
from pydantic import ValidationError

from integration_tests.sandbox import Sandbox, Sums
from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_app,
    as_installation,
    as_owner,
    exact,
    raw,
    refused,
    undocumented,
)

UNSET_NAME = "literal[<UNSET>]"
# Premium requests in May, AI credits from June on; the deleted cost center goes in August.
MAY_TO_JULY = [(2026, 5), (2026, 6), (2026, 7)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY, quota=100_000) as running:
        yield running


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


# Usage


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
    assert any(item["grossAmount"] - item["discountAmount"] != item["netAmount"] for item in items)
    assert any(item["netAmount"] < 0 for item in items)
    assert any(item["organizationName"] == "ACME-PLATFORM" for item in items)


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


# AI credits


def test_ai_credits_of_users_and_nobody_are_the_days_total(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    day = next(day for (day, user), _ in sandbox.bill.ai_credit_sums(("day", "user")).items() if user is None)
    assert isinstance(day, date)
    asked: dict[str, Any] = {"year": day.year, "month": day.month, "day": day.day}
    response = billing.get_github_billing_ai_credit_usage_report_ghe(ENTERPRISE, **asked)
    report = response.parsed_data
    assert undocumented(raw(response), report) == set()
    assert (report.enterprise, report.time_period.year, report.time_period.month, report.time_period.day) == (
        ENTERPRISE,
        day.year,
        day.month,
        day.day,
    )
    assert {item.model for item in report.usage_items} <= set(SHAPE.models)
    assert {item.price_per_unit for item in report.usage_items} == {0.01}
    total = _ai_total(exact(response))
    assert total == sandbox.bill.ai_credit_day_totals()[day]

    users = {member.login for member in sandbox.bill.members if not member.renamed}
    attributed = Sums()
    for login in users:
        answer = billing.get_github_billing_ai_credit_usage_report_ghe(ENTERPRISE, **asked, user=login.upper())
        assert answer.parsed_data.user == login.upper()
        attributed += _ai_total(exact(answer))
    nobody = sandbox.bill.ai_credit_sums(("day", "user"))[(day, None)]
    assert nobody.quantity > 0
    assert attributed + nobody == total


def test_ai_credits_can_be_filtered(sandbox: Sandbox) -> None:
    ask = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_ai_credit_usage_report_ghe
    month: dict[str, Any] = {"year": 2026, "month": 6}
    center = sandbox.bill.cost_centers[2]
    by = ("month", "cost_center", "organization", "model")
    truth = {key[1:]: sums for key, sums in sandbox.bill.ai_credit_sums(by).items() if key[0] == date(2026, 6, 1)}

    def total(**wanted: str | None) -> Sums:
        names = ("cost_center", "organization", "model")
        picked = [
            sums
            for key, sums in truth.items()
            if all(key[names.index(name)] == value for name, value in wanted.items())
        ]
        return sum(picked, Sums())

    deleted = ask(ENTERPRISE, **month, cost_center_id=center.id)
    assert deleted.parsed_data.cost_center
    assert (deleted.parsed_data.cost_center.id, deleted.parsed_data.cost_center.name) == (center.id, center.name)
    assert _ai_total(exact(deleted)) == total(cost_center=center.id) != Sums()
    assert _ai_total(exact(ask(ENTERPRISE, **month, cost_center_id="none"))) == total(cost_center=None)
    assert _ai_total(exact(ask(ENTERPRISE, **month, organization="ACME-DATA"))) == total(organization="acme-data")
    assert _ai_total(exact(ask(ENTERPRISE, **month, model="gpt-5, preview"))) == total(model="gpt-5, preview")
    assert _ai_total(exact(ask(ENTERPRISE, **month))) == total()
    assert exact(ask(ENTERPRISE, **month, product="actions"))["usageItems"] == []
    assert exact(ask(ENTERPRISE, year=2026, month=5))["usageItems"] == []
    default = ask(ENTERPRISE).parsed_data.time_period
    assert (default.year, default.month) == (2026, 11)


def test_ai_credits_of_an_organization(sandbox: Sandbox) -> None:
    billing = as_installation(sandbox, ORGANIZATION).rest("2026-03-10").billing
    response = billing.get_github_billing_ai_credit_usage_report_org(ORGANIZATION, year=2026, month=6)
    assert undocumented(raw(response), response.parsed_data) == set()
    assert response.parsed_data.organization == ORGANIZATION
    truth = sandbox.bill.ai_credit_sums(("month",), account=ORGANIZATION)
    assert _ai_total(exact(response)) == truth[(date(2026, 6, 1),)]


def test_users_that_cannot_be_asked_for(sandbox: Sandbox) -> None:
    ask = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_ai_credit_usage_report_ghe
    month: dict[str, Any] = {"year": 2026, "month": 6}
    assert refused(ask, ENTERPRISE, **month, user="who-001") == (404, "Not Found")
    assert refused(ask, ENTERPRISE, **month, user="renamed-001") == (404, "Not Found")
    assert _ai_total(exact(ask(ENTERPRISE, **month, user="left-001"))) != Sums()
    with Sandbox(SHAPE, TODAY, enterprise_owned=("ACME-data",)) as owned:
        billing = as_installation(owned, "acme-data").rest("2026-03-10").billing
        ask_organization = billing.get_github_billing_ai_credit_usage_report_org
        message = "Organization admins for enterprise owned organizations cannot filter usage by user"
        assert refused(ask_organization, "acme-data", **month, user="user-008") == (403, message)
        assert _ai_total(exact(ask_organization("acme-data", **month))) != Sums()


def _ai_total(report: dict[str, Any]) -> Sums:
    total = Sums()
    for item in report["usageItems"]:
        assert item["discountQuantity"] * item["pricePerUnit"] == item["discountAmount"]
        assert item["netQuantity"] * item["pricePerUnit"] == item["netAmount"]
        total += Sums(item["grossQuantity"], item["grossAmount"], item["discountAmount"], item["netAmount"])
    return total


# Report exports


@pytest.mark.parametrize("style", ["plain", "quoted", "wrapped", "wrapped_quoted"])
def test_an_export_holds_all_ai_credits(style: str) -> None:
    with Sandbox(SHAPE, TODAY, csv_style=style, export_files=2, export_polls=2) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        days: dict[str, Any] = {"start_date": date(2026, 5, 25), "end_date": date(2026, 6, 24)}
        created = billing.create_usage_report_export(ENTERPRISE, report_type="ai_credit", send_email=False, **days)
        assert created.status_code == 202
        assert (created.parsed_data.status, created.parsed_data.report_type) == ("processing", "ai_credit")
        running = billing.get_usage_report_export(ENTERPRISE, created.parsed_data.id)
        finished = billing.get_usage_report_export(ENTERPRISE, created.parsed_data.id)
        assert (running.parsed_data.status, finished.parsed_data.status) == ("processing", "completed")
        assert undocumented(raw(running), running.parsed_data) == set()
        assert undocumented(raw(finished), finished.parsed_data) == set()
        assert (finished.parsed_data.start_date, finished.parsed_data.end_date) == tuple(days.values())
        urls = finished.parsed_data.download_urls
        assert isinstance(urls, list)
        assert len(urls) == 2
        rows = [row for url in urls for row in _rows(requests.get(url, timeout=5).content, style)]
        listed = billing.list_usage_report_exports(ENTERPRISE)
        assert undocumented(raw(listed), listed.parsed_data) == set()
        assert [one.id for one in listed.parsed_data.usage_report_exports] == [created.parsed_data.id]

        assert {row["sku"] for row in rows if row["date"] < "2026-06-01"} == {"copilot_premium_request"}
        found: dict[tuple[Any, ...], Sums] = {}
        for row in rows:
            if row["sku"] == "copilot_ai_credit":
                user, day = row["username"].lower() or None, date.fromisoformat(row["date"])
                key = (day, row["organization"].lower(), user, row["model"].lower(), row["cost_center_name"])
                names = ("quantity", "gross_amount", "discount_amount", "net_amount")
                found[key] = found.get(key, Sums()) + Sums(*(Decimal(row[name]) for name in names))
        centers = {center.id: center.name for center in sandbox.bill.cost_centers}
        by = ("day", "organization", "user", "model", "cost_center")
        truth = {
            (*key[:4], centers.get(str(key[4]), "")): sums
            for key, sums in sandbox.bill.ai_credit_sums(by).items()
            if str(key[0]) <= "2026-06-24"
        }
        assert found == truth
        assert {row["input"] for row in rows if row["sku"] == "copilot_premium_request"} == {""}
        assert all(int(row["input"]) > 0 for row in rows if row["sku"] == "copilot_ai_credit")


def _rows(content: bytes, style: str) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf") == (style == "quoted")
    assert (b"\r\n" in content) == (style != "plain")
    if style.startswith("wrapped"):
        lines = text.splitlines()
        assert all(line[0] == line[-1] == '"' for line in lines)
        text = "\n".join(line[1:-1].replace('""', '"') for line in lines)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_export_at_a_time() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        foreign = sandbox.start_foreign_export("detailed", date(2026, 6, 1), date(2026, 6, 2), polls=2)
        days = {"start_date": date(2026, 6, 1), "end_date": date(2026, 7, 1)}
        order: dict[str, Any] = {"report_type": "ai_credit", "send_email": False, **days}
        busy = (409, "A usage report export is already in progress for this enterprise")
        assert refused(billing.create_usage_report_export, ENTERPRISE, **order) == busy
        listed = billing.list_usage_report_exports(ENTERPRISE).parsed_data.usage_report_exports
        assert [(one.id, one.status, one.actor) for one in listed] == [(foreign, "completed", "somebody-else")]
        assert billing.create_usage_report_export(ENTERPRISE, **order).parsed_data.status == "processing"
        assert refused(billing.create_usage_report_export, ENTERPRISE, **order) == busy


# Seats


def test_seats_come_in_pages(sandbox: Sandbox) -> None:
    copilot = as_owner(sandbox).rest("ghec-2026-03-10").copilot
    whole = copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=100).parsed_data
    assert isinstance(whole.seats, list)
    logins = [seat.assignee.login if seat.assignee else None for seat in whole.seats]
    assert logins == [grant.login for grant in sandbox.bill.grants]
    assert logins.count(None) == 1
    assert (whole.total_seats, len(logins)) == (len(set(logins)), len(set(logins)) + 4)
    assert not {login for login in logins if login and login.startswith("left-")}

    paged, page, response = [], 1, copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=10)
    while True:
        assert undocumented(raw(response), response.parsed_data) == set()
        assert isinstance(response.parsed_data.seats, list)
        paged += [seat.assignee.login if seat.assignee else None for seat in response.parsed_data.seats]
        if 'rel="next"' not in response.raw_response.headers.get("link", ""):
            break
        page += 1
        following = f"{sandbox.url}/enterprises/{ENTERPRISE}/copilot/billing/seats?page={page}&per_page=10"
        assert response.raw_response.links["next"]["url"] == following
        response = copilot.list_copilot_seats_for_enterprise(ENTERPRISE, per_page=10, page=page)
    assert (paged, page) == (logins, -(-len(logins) // 10))


def test_seats_of_an_organization(sandbox: Sandbox) -> None:
    copilot = as_installation(sandbox, "acme-data").rest("ghec-2026-03-10").copilot
    response = copilot.list_copilot_seats("ACME-data")
    assert undocumented(raw(response), response.parsed_data) == set()
    seats = response.parsed_data.seats
    assert isinstance(seats, list)
    logins = {seat.assignee.login for seat in seats if seat.assignee}
    assert logins == {m.login for m in sandbox.bill.members if "acme-data" in m.organizations and m.left_on is None}
    assert "user-001" in logins  # a member of two organizations
    assert {seat.last_activity_at is None for seat in seats} == {True, False}
    assert {seat.plan_type for seat in seats} == {"business"}
    assert {seat.organization.id for seat in seats if seat.organization} == {sandbox.bill.organization_id("acme-data")}


# The App


def test_installations_come_in_pages() -> None:
    with Sandbox(SHAPE, TODAY, page_size_max=2, enterprise_installation=True) as sandbox:
        apps = as_app(sandbox).rest("ghec-2026-03-10").apps
        found = []
        for page in (1, 2, 3):
            response = apps.list_installations(per_page=100, page=page)
            assert undocumented(raw(response), response.parsed_data) == set()
            assert ('rel="next"' in response.raw_response.headers.get("link", "")) == (page < 3)
            found += response.parsed_data
    names = [one.account.login if isinstance(one.account, SimpleUser) else one.account for one in found]
    assert names[:5] == ["acme-platform", "acme-data", "Acme-Labs", "user-001", "acme-archive"]
    assert [one.target_type for one in found] == ["Organization"] * 3 + ["User", "Organization", "Enterprise"]
    assert [one.suspended_at is not None for one in found] == [False] * 4 + [True, False]
    assert {one.app_id for one in found} == {int(sandbox.app_id)}
    assert [one.target_id for one in found[:3]] == [sandbox.bill.organization_id(name) for name in SHAPE.organizations]


def test_installation_tokens_are_long_and_serve_their_own_organization(sandbox: Sandbox) -> None:
    rest = as_app(sandbox).rest("ghec-2026-03-10")
    own = rest.apps.list_installations().parsed_data[0]
    created = rest.apps.create_installation_access_token(own.id)
    assert created.status_code == 201
    assert undocumented(raw(created), created.parsed_data) == set()
    assert len(created.parsed_data.token) == 420
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created.parsed_data.expires_at)

    mine = as_owner(sandbox, created.parsed_data.token)
    ask = mine.rest("2026-03-10").billing.get_github_billing_ai_credit_usage_report_org
    assert ask(ORGANIZATION.upper(), year=2026, month=6).parsed_data.organization == ORGANIZATION
    assert refused(ask, "acme-data", year=2026, month=6) == (404, "Not Found")
    enterprise = mine.rest("ghec-2026-03-10").billing.get_all_cost_centers
    assert refused(enterprise, ENTERPRISE) == (404, "Not Found")
