from typing import Any

import pytest

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.streams.budgets import product_skus
from unit_tests.streams.answers import answer


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
