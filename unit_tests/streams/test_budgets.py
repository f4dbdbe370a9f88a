from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.endpoints.budgets import product_skus
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.streams.budgets import budget_row
from source_github_copilot_billing.streams.left_out import OddValues
from testing.accounts import enterprise, organization
from unit_tests.streams.answers import answer

ODD = OddValues("budgets")


@pytest.mark.parametrize(
    "fields, skus",
    [
        ({"budget_product_sku": "copilot"}, ["copilot"]),
        ({"budget_product_skus": ["copilot", "spark"]}, ["copilot", "spark"]),
        ({"budget_product_sku": ["copilot"], "budget_product_skus": "spark"}, ["copilot", "spark"]),
        ({"budget_product_sku": "copilot", "budget_product_skus": ["copilot"]}, ["copilot"]),
        ({"budget_product_skus": []}, []),
        ({"budget_product_skus": None}, None),
        ({"budget_product_sku": ""}, None),
        ({}, None),
    ],
)
def test_what_a_budget_applies_to_is_a_list_under_either_name(fields: dict[str, Any], skus: list[str] | None) -> None:
    assert product_skus(answer(fields).fields) == skus


@pytest.mark.parametrize("value", [5, {}, [""], ["copilot", None]])
def test_what_is_no_name_is_an_error(value: Any) -> None:
    with pytest.raises(ConnectorError, match="budget_product_skus"):
        product_skus(answer({"budget_product_skus": value}).fields)


BUDGET = {"id": "b-1", "budget_scope": "enterprise", "budget_amount": 5000, "budget_product_sku": "copilot"}
DAY = date(2026, 11, 20)


def test_id_of_a_budget_stays_the_same_from_version_to_version() -> None:
    assert budget_row(enterprise(), DAY, answer(BUDGET).fields, ODD)["id"] == "aef26a4bf5be4966acb7e170dddc2869"


def test_account_day_and_budget_make_another_row_and_the_amount_does_not() -> None:
    first = budget_row(enterprise(), DAY, answer(BUDGET).fields, ODD)
    raised = budget_row(enterprise(), DAY, answer({**BUDGET, "id": "B-1", "budget_amount": 6000}).fields, ODD)
    assert (raised["id"], raised["budget_amount"]) == (first["id"], 6000.0)
    others = [
        budget_row(enterprise(), date(2026, 11, 21), answer(BUDGET).fields, ODD),
        budget_row(enterprise("other"), DAY, answer(BUDGET).fields, ODD),
        budget_row(organization("acme", 1001), DAY, answer(BUDGET).fields, ODD),
        budget_row(enterprise(), DAY, answer({**BUDGET, "id": "b-2"}).fields, ODD),
    ]
    assert len({first["id"], *(other["id"] for other in others)}) == 5


def test_what_github_does_not_give_of_a_budget_is_unknown() -> None:
    row = budget_row(enterprise(), DAY, answer(BUDGET).fields, ODD)
    assert [row[name] for name in ("consumed_amount", "prevent_further_usage", "expires_at", "login")] == [None] * 4
