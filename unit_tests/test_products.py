"""The setting `products`."""

from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.config import Config, parse_config
from source_github_copilot_billing.errors import ConnectorError

CREDENTIALS = {"connection_type": "enterprise_pat", "enterprise": "acme", "personal_access_token": "x" * 20}


def parsed(**fields: Any) -> Config:
    return parse_config({"credentials": CREDENTIALS, **fields}, date(2026, 11, 22))


def test_copilot_alone_is_the_default() -> None:
    assert parsed().products == ("copilot",)


def test_products_are_kept_as_they_are_spelled() -> None:
    assert parsed(products=["Copilot", "code_quality", "Git LFS"]).products == ("Copilot", "code_quality", "Git LFS")


@pytest.mark.parametrize(
    "products, complaint",
    [
        ([], "products is empty"),
        ("copilot", "products must be a list"),
        ([5], "products must be text in quotes"),
        (["copilot "], "products has spaces or line breaks around it"),
        (["a/b"], "products must be names of products"),
        ([""], "products must be names of products"),
        (["x" * 101], "products must be names of products"),
    ],
)
def test_what_is_no_list_of_names_is_a_complaint(products: Any, complaint: str) -> None:
    with pytest.raises(ConnectorError, match=complaint):
        parsed(products=products)
