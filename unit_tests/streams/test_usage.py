import json
import tracemalloc
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, LineItems, add_up, parse_line_items
from source_github_copilot_billing.endpoints.cost_centers import CostCenter
from source_github_copilot_billing.endpoints.period import Period
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Item, Response, decode
from source_github_copilot_billing.streams.billing_summary import MonthSum, month_sum
from source_github_copilot_billing.streams.usage import mode_of, usage_key, usage_row
from testing.accounts import enterprise, organization

AUGUST = {"year": 2026, "month": 8}
NO_ANSWER = Response(Request("/cost-centers", "Enterprise acme"), {}, {})
ROOMS = CostCenter("2EEB8FFE-6903-4002-A215-8D2E4B5D8F11", "Rooms", Item({}, NO_ANSWER))
COPILOT_ALONE = frozenset({"copilot"})


def answered(**fields: Any) -> dict[str, Any]:
    """A line item as GitHub answers it; a field that is None is left out."""
    item = {
        "date": "2026-08-01",
        "product": "copilot",
        "sku": "copilot_premium_request",
        "unitType": "requests",
        "pricePerUnit": Decimal("0.04"),
        "quantity": 10,
        "grossAmount": Decimal("0.4"),
        "discountAmount": Decimal("0.1"),
        "netAmount": Decimal("0.3"),
    }
    return {name: value for name, value in {**item, **fields}.items() if value is not None}


def read(
    *answers: dict[str, Any],
    account: Account | None = None,
    period: Period = AUGUST,
    cost_center: CostCenter | None = None,
    products: frozenset[str] = COPILOT_ALONE,
) -> LineItems:
    response = Response(Request("/usage", "Enterprise acme"), {"usageItems": list(answers)}, {})
    return parse_line_items(response, account or enterprise(), period, products, cost_center)


def items(*answers: dict[str, Any], **question: Any) -> list[BillItem]:
    return read(*answers, **question).items


def rows(
    *answers: dict[str, Any], account: Account | None = None, cost_center: CostCenter | None = None
) -> list[dict[str, Any]]:
    account = account or enterprise()
    sums = add_up(items(*answers, account=account, cost_center=cost_center), partial(usage_key, account))
    return [usage_row(account, key, item) for key, item in sums.items()]


def test_a_row_of_an_enterprise_says_all_that_the_item_says() -> None:
    (row,) = rows(
        answered(date="2026-08-01T00:00:00Z", organizationName="Acme-Labs", repositoryName="Acme-Labs/Web"),
        cost_center=ROOMS,
    )
    row_id = row.pop("id")
    assert len(row_id) == 32
    assert row == {
        "account_key": "enterprise:acme",
        "account_type": "enterprise",
        "enterprise_slug": "acme",
        "organization_id": None,
        "organization_name": "Acme-Labs",
        "repository_name": "Acme-Labs/Web",
        "cost_center_id": "2EEB8FFE-6903-4002-A215-8D2E4B5D8F11",
        "cost_center_name": "Rooms",
        "date": "2026-08-01",
        "product": "copilot",
        "sku": "copilot_premium_request",
        "unit_type": "requests",
        "product_key": "copilot",
        "sku_key": "copilotpremiumrequest",
        "charge_type": "premium_request",
        "plan_type": None,
        "price_per_unit": 0.04,
        "quantity": 10.0,
        "gross_amount": 0.4,
        "discount_amount": 0.1,
        "net_amount": 0.3,
        "other_fields": None,
    }


def test_a_row_of_an_organization_says_its_own_name_and_number() -> None:
    (row,) = rows(answered(organizationName="ACME-LABS"), account=organization("Acme-Labs", 1001))
    assert (row["account_type"], row["enterprise_slug"]) == ("organization", None)
    assert (row["organization_id"], row["organization_name"]) == (1001, "Acme-Labs")


def test_what_the_item_leaves_out_or_leaves_empty_is_null() -> None:
    (row,) = rows(answered(organizationName="", repositoryName=None))
    assert (row["organization_name"], row["repository_name"]) == (None, None)
    assert (row["cost_center_id"], row["cost_center_name"]) == (None, None)


@pytest.mark.parametrize(
    ("account", "fields", "cost_center", "wanted"),
    [
        (
            enterprise(),
            {"sku": "Copilot Business", "unitType": "UserMonths"},
            None,
            "5007d561d02be119d04bb76e7f26e3c4",
        ),
        (
            enterprise(),
            {
                "organizationName": "Acme-Labs",
                "repositoryName": "Acme-Labs/Web",
                "sku": "copilot_ai_credit",
                "unitType": "ai-credits",
            },
            ROOMS,
            "b161462ddd13c0ccf754ce8a684f2891",
        ),
        (
            enterprise(),
            {"organizationName": "acme-labs", "repositoryName": "acme-labs/web"},
            None,
            "6bf5ec4e38388bea6a88acba2ae10b87",
        ),
        (organization("Acme-Labs", 1001), {"organizationName": "x"}, None, "ccc32fbdd7ff213e4364db26719584cf"),
        (organization("Acme-Labs"), {}, None, "e05cbcb6d0e988fa4f58a1f9a5370c9b"),
    ],
    ids=["license", "AI credits of a cost center", "repository", "organization", "organization without number"],
)
def test_ids_that_version_0_1_0_made_stay(
    account: Account, fields: dict[str, Any], cost_center: CostCenter | None, wanted: str
) -> None:
    """Another id would double every row of every warehouse at the next sync."""
    (row,) = rows(answered(**fields), account=account, cost_center=cost_center)
    assert row["id"] == wanted


def test_every_part_of_the_natural_key_makes_another_row() -> None:
    of_one_answer = rows(
        answered(),
        answered(date="2026-08-02"),
        answered(organizationName="acme-labs"),
        answered(repositoryName="acme-labs/web"),
        answered(sku="copilot_for_business"),
        answered(unitType="user-months"),
    )
    others = [*rows(answered(), cost_center=ROOMS), *rows(answered(), account=organization("acme"))]
    ids = {row["id"] for row in (*of_one_answer, *others)}
    assert len(ids) == 8


def test_items_of_one_key_are_added_up_exactly() -> None:
    """0.1 + 0.2 is 0.30000000000000004 as floats."""
    amounts = {"grossAmount": Decimal("0.1"), "discountAmount": Decimal("0.7"), "netAmount": Decimal("-0.6")}
    others = {"grossAmount": Decimal("0.2"), "discountAmount": Decimal("0.1"), "netAmount": Decimal("0.1")}
    (row,) = rows(answered(quantity=Decimal("1.1"), **amounts), answered(quantity=Decimal("2.2"), **others))
    assert (row["quantity"], row["gross_amount"], row["discount_amount"], row["net_amount"]) == (3.3, 0.3, 0.8, -0.5)
    assert row["price_per_unit"] == 0.04


def test_items_of_several_answers_are_added_up() -> None:
    key_of = partial(usage_key, enterprise())
    sums = add_up(items(answered(quantity=1), answered(date="2026-08-02")), key_of)
    add_up(items(answered(quantity=2)), key_of, sums)
    assert [(str(item.day), item.amounts.gross_quantity) for item in sums.values()] == [
        ("2026-08-01", 3),
        ("2026-08-02", 10),
    ]


def test_items_of_several_prices_have_no_price() -> None:
    (row,) = rows(answered(), answered(pricePerUnit=Decimal("0.01")), answered())
    assert row["price_per_unit"] is None
    assert row["quantity"] == 30


@pytest.mark.parametrize("is_turned", [False, True], ids=["as they come", "turned"])
def test_spellings_of_one_key_are_one_row_in_the_first_spelling_of_the_alphabet(is_turned: bool) -> None:
    one = answered(
        organizationName="Acme-Labs",
        repositoryName="acme-labs/web",
        product="Copilot",
        sku="copilot_premium_request",
        unitType="Requests",
    )
    other = answered(
        organizationName="acme-labs",
        repositoryName="Acme-Labs/Web",
        product="copilot",
        sku="Copilot Premium Request",
        unitType="requests",
    )
    (row,) = rows(*((other, one) if is_turned else (one, other)))
    assert (row["organization_name"], row["repository_name"]) == ("Acme-Labs", "Acme-Labs/Web")
    assert (row["product"], row["sku"], row["unit_type"]) == ("Copilot", "Copilot Premium Request", "Requests")
    assert row["net_amount"] == 0.6


def test_other_products_are_left_out() -> None:
    found = items(answered(product="actions"), answered(product="Copilot"), answered(product="COPILOT"))
    assert [item.product for item in found] == ["Copilot", "COPILOT"]


def test_what_is_left_out_is_counted_by_product_and_need_not_be_readable() -> None:
    found = read(answered(), {"product": "Actions"}, answered(product="actions"), answered(product="git_lfs"))
    assert found.left_out == {"actions": 2, "git_lfs": 1}
    assert len(found.items) == 1


def test_named_products_are_read_in_any_spelling_and_stay_apart() -> None:
    answers = (answered(product="Code Quality"), answered(product="code_quality"), answered(product="Copilot"))
    found = read(*answers, products=frozenset({"codequality", "copilot"}))
    assert not found.left_out
    sums = add_up(found.items, partial(usage_key, enterprise()))
    made = {row["product"]: row for row in (usage_row(enterprise(), key, item) for key, item in sums.items())}
    assert {name: row["quantity"] for name, row in made.items()} == {"Code Quality": 20.0, "Copilot": 10.0}
    assert len({row["id"] for row in made.values()}) == 2


def test_a_months_sum_is_exact() -> None:
    found = items(answered(grossAmount=Decimal("0.1")), answered(grossAmount=Decimal("0.2"), netAmount=-1))
    assert month_sum(found) == MonthSum(Decimal("0.3"), Decimal("-0.7"))


def test_copilot_alone_is_the_mode_of_states_that_know_of_no_products() -> None:
    assert mode_of(COPILOT_ALONE) is None
    assert mode_of(frozenset({"spark", "copilot"})) == "products copilot, spark"
    assert mode_of(frozenset({"actions"})) == "products actions"


@pytest.mark.parametrize("day", ["2026-07-31", "2026-09-01", "2025-08-01", "2026-08-31T23:30:00-01:00"])
def test_a_day_of_another_month_is_an_error(day: str) -> None:
    with pytest.raises(ConnectorError, match="date is outside the time that was asked for") as caught:
        items(answered(date=day))
    assert caught.value.code is Code.UNEXPECTED_ANSWER


def test_another_day_of_the_month_is_an_error_where_a_day_was_asked_for() -> None:
    with pytest.raises(ConnectorError, match="date is outside the time that was asked for"):
        items(answered(date="2026-08-02"), period={**AUGUST, "day": 1})


@pytest.mark.parametrize(
    "name",
    [
        *("date", "product", "sku", "unitType", "pricePerUnit"),
        *("quantity", "grossAmount", "discountAmount", "netAmount"),
    ],
)
def test_a_field_that_is_missing_is_an_error_and_no_zero(name: str) -> None:
    with pytest.raises(ConnectorError, match=f"an item whose {name} is missing") as caught:
        items(answered(**{name: None}))
    assert caught.value.code is Code.UNEXPECTED_ANSWER


def test_an_answer_without_a_list_of_items_is_an_error() -> None:
    response = Response(Request("/usage", "Enterprise acme"), {"usage": []}, {})
    with pytest.raises(ConnectorError, match="has no list of objects under usageItems"):
        parse_line_items(response, enterprise(), AUGUST, COPILOT_ALONE, None)


def test_fields_that_nobody_knows_yet_are_kept_whatever_the_order_of_the_items() -> None:
    one, other = answered(discountKind="contract", tier=1), answered(discountKind="included", tier=1)
    for items_of in ((one, other), (other, one)):
        (row,) = rows(*items_of, answered())
        assert row["other_fields"] == {"discountKind": ["contract", "included"], "tier": 1}


def test_an_item_takes_little_memory() -> None:
    """A day of a large enterprise has 100,000."""
    count, request = 2_000, Request("/usage", "Enterprise acme")
    many = [
        answered(
            **{"pricePerUnit": 0.04, "grossAmount": 0.4, "discountAmount": 0.1, "netAmount": 0.3},
            quantity=number + 0.5,
            organizationName="acme-data",
            repositoryName=f"acme/repository-{number}",
        )
        for number in range(count)
    ]
    body = json.dumps({"usageItems": many}).encode()
    tracemalloc.start()
    try:
        found = parse_line_items(
            Response(request, decode(body, request), {}), enterprise(), AUGUST, COPILOT_ALONE, None
        )
        assert tracemalloc.get_traced_memory()[0] / len(found.items) < 800
    finally:
        tracemalloc.stop()


def test_products_of_an_answer_are_bounded() -> None:
    many = [answered(product=f"product-{number}") for number in range(1_001)]
    assert len(read(*many[:1_000]).left_out) == 1_000
    for more in (many, [answered(product="copilot" + "-" * number) for number in range(1_001)]):
        with pytest.raises(ConnectorError, match="has more than 1,000 products"):
            read(*more)


def test_a_name_of_an_answer_has_an_end() -> None:
    assert len(items(answered(sku="a" * 4_000))) == 1
    for name in ("sku", "repositoryName"):
        with pytest.raises(ConnectorError, match=f"has an item whose {name} has more than 4,000 characters"):
            read(answered(**{name: "a" * 4_001}))
