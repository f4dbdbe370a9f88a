"""Budgets against the bill, on rows made up for one case each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, credit, item
from source_github_copilot_billing.endpoints.spelling import canonical


def budget(bill: MadeUpBill, key: str, scope: str, skus: str = '["copilot"]', **values: Any) -> None:
    row = {"budget_id": key, "budget_scope": scope, "product_skus": skus, "budget_amount": 10, **values}
    row |= {"product_sku_keys": json.dumps([canonical(name) for name in json.loads(skus)])}
    bill.insert("budgets", **row)


def test_budgets_are_held_against_the_bill_of_their_own_scope(bill: MadeUpBill) -> None:
    item(bill, 1, organization_name="Web", repository_name="web/app", cost_center_id="c1", cost_center_name="Ops")
    item(bill, 2, organization_name="data", unit_type="requests", sku="Copilot Premium Request")
    item(bill, 4, date=DAY - timedelta(days=20))
    credit(bill, 0.5, login="ann")
    budget(bill, "all", "enterprise")
    budget(bill, "organization", "organization", entity_name="web")
    budget(bill, "repository", "repository", entity_name="app")
    budget(bill, "center by id", "cost_center", entity_name="C1")
    budget(bill, "center by name", "cost_center", entity_name="ops")
    budget(bill, "user", "user", login="Ann", skus='["copilot_ai_unit"]')
    budget(bill, "requests", "enterprise", skus='["copilot_premium_request", "other"]')
    budget(bill, "each user", "multi_user_customer", consumed_amount=3)
    budget(bill, "licenses", "enterprise", skus='["copilot_for_business"]')
    budget(bill, "another product", "enterprise", skus='["actions"]')
    rows = bill.rows("select budget_id, spent_amount, budget_unit from budget_status")
    assert {row[0]: row[2] for row in rows if row[2] != "US dollars"} == {"licenses": "licenses"}
    spent = {name: None if amount is None else float(amount) for name, amount, _ in rows}
    assert spent == {
        "all": 3, "organization": 1, "repository": 1, "center by id": 1, "center by name": 1, "user": 0.5,
        "requests": 2, "each user": None, "licenses": None, "another product": None,
    }  # fmt: skip
    ((share,),) = bill.rows("select spent_share from budget_status where budget_id = 'all'")
    assert share == pytest.approx(0.3)


def test_budget_of_a_user_is_not_known_where_no_credits_by_user_are(bill: MadeUpBill) -> None:
    item(bill, 1)
    budget(bill, "user", "user", login="ann")
    assert bill.rows("select spent_amount from budget_status") == [(None,)]


def spent(bill: MadeUpBill) -> dict[str, float | None]:
    rows = bill.rows("select budget_id, spent_amount from budget_status")
    return {name: None if amount is None else float(amount) for name, amount in rows}


def test_budget_of_one_sku_takes_that_sku_alone_and_a_bundle_takes_all_of_its_kind(bill: MadeUpBill) -> None:
    item(bill, 10, sku="copilot_ai_unit")
    item(bill, 1, sku="Coding Agent AI Credit")
    item(bill, 4, sku="copilot_premium_request", unit_type="requests")
    item(bill, 7, sku="coding_agent_premium_request", unit_type="requests")
    budget(bill, "copilot", "enterprise", '["copilot_ai_credit"]')
    budget(bill, "agent", "enterprise", '["coding_agent_ai_credit"]')
    budget(bill, "credits", "enterprise", '["ai_credits"]')
    budget(bill, "agent's requests", "enterprise", '["coding_agent_premium_request"]')
    budget(bill, "requests", "enterprise", '["premium_requests"]')
    # Nothing of Spark is read: what it cost is not known, and not 0.
    budget(bill, "spark", "enterprise", '["spark_ai_credit"]')
    assert spent(bill) == {
        "copilot": 10, "agent": 1, "credits": 11, "agent's requests": 7, "requests": 11, "spark": None,
    }  # fmt: skip


def test_budget_that_excludes_cost_centers_counts_what_has_none(bill: MadeUpBill) -> None:
    item(bill, 7, cost_center_id="c1", cost_center_name="Ops")
    item(bill, 3)
    budget(bill, "all", "enterprise", exclude_cost_center_usage=False)
    budget(bill, "rest", "enterprise", exclude_cost_center_usage=True)
    assert spent(bill) == {"all": 10, "rest": 3}


def test_repository_is_known_with_and_without_its_owner_and_by_its_whole_name(bill: MadeUpBill) -> None:
    item(bill, 10, organization_name="Acme", repository_name="my_app")
    item(bill, 5, organization_name="Acme", repository_name="acme/my-app")
    item(bill, 2, organization_name="Acme", repository_name="acme/tool")
    for entity in ("my_app", "acme/my_app", "My-App", "tool", "other/tool"):
        budget(bill, entity, "repository", entity_name=entity)
    assert spent(bill) == {"my_app": 10, "acme/my_app": 10, "My-App": 5, "tool": 2, "other/tool": 0}


def test_budget_without_a_name_is_its_accounts_or_not_known(bill: MadeUpBill) -> None:
    own: dict[str, Any] = {
        "account_type": "organization",
        "enterprise_slug": None,
        "organization_id": 7,
        "organization_name": "Acme",
    }
    item(bill, 10, **own)
    credit(bill, 4, login="ann", **own)
    budget(bill, "own", "organization", **own)
    budget(bill, "user", "user", entity_name="Ann", **own)
    budget(bill, "some user", "user", **own)
    budget(bill, "some repository", "repository", **own)
    assert spent(bill) == {"own": 10, "user": 4, "some user": None, "some repository": None}
