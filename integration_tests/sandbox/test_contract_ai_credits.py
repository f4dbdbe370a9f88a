"""The contract of `ai_credit/usage`: driven by githubkit, whose models come from GitHub's OpenAPI."""

from __future__ import annotations

from datetime import date
from typing import Any

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
