"""Budgets against the bill, on rows made up for one case each."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
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
    rows = bill.rows("select budget_id, spent_amount, budget_unit from github_copilot__budget_status")
    assert {row[0]: row[2] for row in rows if row[2] != "US dollars"} == {"licenses": "licenses"}
    spent = {name: None if amount is None else float(amount) for name, amount, _ in rows}
    assert spent == {
        "all": 3, "organization": 1, "repository": 1, "center by id": 1, "center by name": 1, "user": 0.5,
        "requests": 2, "each user": None, "licenses": None, "another product": None,
    }  # fmt: skip
    ((share,),) = bill.rows("select spent_share from github_copilot__budget_status where budget_id = 'all'")
    assert share == pytest.approx(0.3)


def test_budget_of_a_user_is_not_known_where_no_credits_by_user_are(bill: MadeUpBill) -> None:
    item(bill, 1)
    budget(bill, "user", "user", login="ann")
    assert bill.rows("select spent_amount from github_copilot__budget_status") == [(None,)]


def spent(bill: MadeUpBill) -> dict[str, float | None]:
    rows = bill.rows("select budget_id, spent_amount from github_copilot__budget_status")
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


def test_cost_center_has_its_newest_name_whether_the_budget_names_it_by_id_or_by_name(bill: MadeUpBill) -> None:
    item(bill, 1, cost_center_id="C1", cost_center_name="Old", date=DAY - timedelta(days=1))
    item(bill, 1, cost_center_id="c2", cost_center_name="Twin")
    item(bill, 1, cost_center_id="c3", cost_center_name="Twin")
    for day, name in ((DAY - timedelta(days=1), "Old"), (DAY, "Ops")):
        bill.insert("cost_centers", cost_center_id="c1", cost_center_name=name, state="active", date=day)
    for entity in ("c1", "ops", "c2", "twin", "c9"):
        budget(bill, entity, "cost_center", entity_name=entity)
    budget(bill, "all", "enterprise", entity_name="acme")
    names = dict(bill.rows("select budget_id, cost_center_name from github_copilot__budget_status"))
    assert names == {"c1": "Ops", "ops": "Ops", "c2": "Twin", "twin": None, "c9": None, "all": None}


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


def unknown_because(bill: MadeUpBill) -> dict[str, str | None]:
    return dict(bill.rows("select budget_id, unknown_because from github_copilot__budget_status"))


def spark(bill: MadeUpBill, amount: float, **values: Any) -> None:
    credit(bill, amount, product="spark", sku="spark_ai_credit", **values)


def test_ai_credits_of_products_that_usage_leaves_out_count_in_every_budget_of_theirs(bill: MadeUpBill) -> None:
    item(bill, 40)
    credit(bill, 40, login="ann")
    spark(bill, 60, login="ann")
    spark(bill, 80, login=None, attribution="unattributed")
    budget(bill, "credits", "enterprise", '["ai_credits"]')
    budget(bill, "spark", "enterprise", '["spark"]')
    budget(bill, "copilot", "enterprise")
    budget(bill, "ann", "user", '["ai_credits"]', login="ann")
    assert spent(bill) == {"credits": 180, "spark": 140, "copilot": 40, "ann": 100}
    # Where usage reads Spark too, its lines are the same credits.
    item(bill, 140, product="spark", sku="spark_ai_credit")
    assert spent(bill) == {"credits": 180, "spark": 140, "copilot": 40, "ann": 100}


def test_credits_that_name_no_repository_or_organization_leave_its_budget_unknown(bill: MadeUpBill) -> None:
    item(bill, 40, organization_name="web", repository_name="web/app")
    spark(bill, 7, login="ann")
    for scope, entity in (("organization", "web"), ("repository", "web/app")):
        budget(bill, scope, scope, '["ai_credits"]', entity_name=entity)
        budget(bill, f"{scope} copilot", scope, entity_name=entity)
    expected = {"organization": None, "organization copilot": 40, "repository": None, "repository copilot": 40}
    assert spent(bill) == expected
    assert {name for name, reason in unknown_because(bill).items() if reason == "credits_not_placed"} == {
        "organization", "repository",
    }  # fmt: skip


@pytest.mark.parametrize("login", [None, "ann"])
def test_budget_of_a_user_is_not_known_where_credits_have_no_users(login: str | None, bill: MadeUpBill) -> None:
    item(bill, 8)
    credit(bill, 8, login=None, attribution="account")
    # A month that had users does not tell of this one.
    credit(bill, 3, login=login, attribution="user", date=DAY - timedelta(days=30))
    budget(bill, "ann", "user", '["ai_credits"]', login="ann")
    assert spent(bill) == {"ann": None}
    assert unknown_because(bill) == {"ann": "credits_without_users"}


def test_budget_of_a_user_is_0_before_the_first_credit_of_a_month(bill: MadeUpBill) -> None:
    item(bill, 8)
    credit(bill, 3, login="bob", date=DAY - timedelta(days=30))
    budget(bill, "ann", "user", '["ai_credits"]', login="ann")
    assert spent(bill) == {"ann": 0}
    assert unknown_because(bill) == {"ann": None}


def center(bill: MadeUpBill, key: str, name: str, state: str | None = "active") -> None:
    bill.insert("cost_centers", cost_center_id=key, cost_center_name=name, state=state)


def test_budget_of_a_cost_center_takes_the_one_that_is_meant_and_not_its_predecessor(bill: MadeUpBill) -> None:
    item(bill, 70, cost_center_id="c1", cost_center_name="Ops")
    item(bill, 5, cost_center_id="c2", cost_center_name="Ops")
    budget(bill, "by name", "cost_center", entity_name="Ops")
    budget(bill, "by id", "cost_center", entity_name="C1")
    assert spent(bill) == {"by name": None, "by id": 70}
    assert unknown_because(bill) == {"by name": "several_cost_centers", "by id": None}
    # The list knows which one is left.
    center(bill, "c1", "Ops", "deleted")
    center(bill, "c2", "Ops")
    assert spent(bill) == {"by name": 5, "by id": 70}
    center(bill, "c3", "ops")
    assert spent(bill) == {"by name": None, "by id": 70}


def test_renamed_cost_center_keeps_what_it_spent_under_its_old_name(bill: MadeUpBill) -> None:
    item(bill, 7, cost_center_id="c1", cost_center_name="Old")
    center(bill, "c1", "New")
    budget(bill, "center", "cost_center", entity_name="new")
    assert spent(bill) == {"center": 7}


def test_exclusion_takes_out_cost_centers_whose_name_two_have(bill: MadeUpBill) -> None:
    # GitHub's report has names alone: a name that two cost centers have gets no id.
    spark(bill, 40, login="ann", cost_center_name="Ops")
    spark(bill, 2, login="ann")
    budget(bill, "rest", "enterprise", '["spark"]', exclude_cost_center_usage=True)
    budget(bill, "rest of ann", "user", '["spark"]', login="ann", exclude_cost_center_usage=True)
    budget(bill, "ops", "cost_center", '["spark"]', entity_name="ops")
    assert spent(bill) == {"rest": 2, "rest of ann": 2, "ops": None}
    assert unknown_because(bill)["ops"] == "credits_not_placed"


def test_credits_read_by_user_requests_have_no_cost_center_and_exclude_nothing(bill: MadeUpBill) -> None:
    item(bill, 1, cost_center_id="c1", cost_center_name="Ops")
    spark(bill, 42, login="ann")
    budget(bill, "all", "enterprise", '["ai_credits"]')
    budget(bill, "rest", "enterprise", '["ai_credits"]', exclude_cost_center_usage=True)
    budget(bill, "ops", "cost_center", '["ai_credits"]', entity_name="c1")
    assert spent(bill) == {"all": 43, "rest": None, "ops": None}


def user_state(bill: MadeUpBill, login: str | None, spent_amount: float, amount: float = 10, **values: Any) -> None:
    row = {"budget_id": "all", "budget_scope": "multi_user_customer", "login": login, **values}
    bill.insert("budget_users", consumed_amount=spent_amount, target_amount=amount, **row)


def test_computed_budget_of_a_user_counts_included_and_paid_credits_and_others_the_paid_ones(bill: MadeUpBill) -> None:
    item(bill, 8, net_amount=3, discount_amount=5)
    credit(bill, 8, net_amount=3, discount_amount=5, login="ann")
    budget(bill, "ann", "user", login="Ann")
    budget(bill, "all", "enterprise")
    assert spent(bill) == {"ann": 8, "all": 3}
    assert bill.rows("select distinct spent_by from github_copilot__budget_status") == [("bill",)]


def test_what_github_states_of_a_users_budget_goes_before_what_is_computed(bill: MadeUpBill) -> None:
    item(bill, 8)
    credit(bill, 8, login="ann")
    budget(bill, "ann", "user", login="ann", consumed_amount=7)
    budget(bill, "other product", "user", '["spark_ai_credit"]', login="bob", consumed_amount=2)
    assert spent(bill) == {"ann": 7, "other product": 2}
    # The states of the same day; of another day they are older or newer than the list.
    user_state(bill, "ann", 6, override_budget_id="ann", date=DAY - timedelta(days=1))
    assert spent(bill)["ann"] == 7
    user_state(bill, "ann", 7.5, override_budget_id="ann")
    assert spent(bill)["ann"] == 7.5
    rows = bill.rows("select budget_id, spent_by, unknown_because from github_copilot__budget_status order by 1")
    assert rows == [("ann", "github", None), ("other product", "github", None)]


@pytest.mark.parametrize(
    ("amount", "band"),
    [(0, "under_50"), (4.99, "under_50"), (5, "from_50"), (7.5, "from_75"), (9, "from_90"), (10, "from_100"),
     (12, "from_100")],
)  # fmt: skip
def test_headroom_is_told_in_the_steps_at_which_github_alerts(amount: float, band: str, bill: MadeUpBill) -> None:
    item(bill, amount)
    user_state(bill, "ann", amount)
    budget(bill, "all", "enterprise")
    for model in ("github_copilot__budget_status", "github_copilot__budget_users"):
        assert bill.rows(f"select headroom_band from {model}") == [(band,)]  # noqa: S608 - own names


def test_budget_that_is_not_known_has_no_band_and_one_of_0_is_used_up(bill: MadeUpBill) -> None:
    item(bill, 1)
    budget(bill, "unknown", "user", login="ann")
    budget(bill, "nothing", "enterprise", budget_amount=0)
    rows = bill.rows("select budget_id, headroom_band, spent_share from github_copilot__budget_status order by 1")
    assert rows == [("nothing", "from_100", None), ("unknown", None, None)]


def users(bill: MadeUpBill) -> dict[str | None, tuple[Any, ...]]:
    rows = bill.rows(
        "select login, budget_id, spent_amount, budget_amount, round(amount_at_month_end, 4), is_blocked, blocked_on"
        " from github_copilot__budget_users"
    )
    return {login: tuple(float(one) if isinstance(one, Decimal) else one for one in row) for login, *row in rows}


def test_who_is_blocked_and_who_will_be_before_the_month_ends(bill: MadeUpBill) -> None:
    # 13 of 30 days are over on the 14th.
    user_state(bill, "Ann", 10)
    user_state(bill, "bob", 6.5, override_budget_id="own", amount=8)
    user_state(bill, "cid", 6.5, amount=15)
    user_state(bill, None, 6.5, amount=8)
    assert users(bill) == {
        "ann": ("all", 10, 10, round(10 * 30 / 13, 4), True, DAY),
        # 50 cents a day: 1.50 are used up after three days.
        "bob": ("own", 6.5, 8, 15, False, DAY + timedelta(days=3)),
        "cid": ("all", 6.5, 15, 15, False, None),
        # Whose account is gone spends no more.
        None: ("all", 6.5, 8, 6.5, False, None),
    }


def test_budgets_of_a_users_own_that_stand_in_for_no_other_one_are_there_too(bill: MadeUpBill) -> None:
    item(bill, 1)
    user_state(bill, "ann", 4, override_budget_id="of ann")
    budget(bill, "of ann", "user", login="ann", consumed_amount=4)
    budget(bill, "of bob", "user", login="Bob", consumed_amount=5)
    budget(bill, "of cid", "user", login="cid")
    found = {login: row[:3] for login, row in users(bill).items()}
    assert found == {"ann": ("of ann", 4, 10), "bob": ("of bob", 5, 10), "cid": ("of cid", None, 10)}


def test_nobody_is_forecast_on_the_first_day_and_an_empty_month_has_nobody(bill: MadeUpBill) -> None:
    first = DAY.replace(day=1)
    user_state(bill, "ann", 4, date=first)
    assert users(bill) == {"ann": ("all", 4, 10, None, False, None)}
    bill.read("budget_users", DAY, DAY, f"{DAY} 06:30:00")
    assert users(bill) == {}
