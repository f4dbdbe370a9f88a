from dataclasses import replace
from decimal import Decimal

from source_github_copilot_billing.endpoints.bill import BillItem, add_up, credit_key
from source_github_copilot_billing.streams.ai_credit_usage.attribution import (
    DayShare,
    Details,
    record,
    without_negatives,
)
from testing.accounts import enterprise, organization
from testing.bill import bill_item


def item(model: str, gross: str, net: str | None = None, price: str = "0.01") -> BillItem:
    quantity, paid = Decimal(gross), Decimal(net if net is not None else gross)
    cent = Decimal(price)
    return bill_item(
        model=model,
        price_per_unit=cent,
        gross_quantity=quantity,
        discount_quantity=quantity - paid,
        net_quantity=paid,
        gross_amount=quantity * cent,
        discount_amount=(quantity - paid) * cent,
        net_amount=paid * cent,
    )


def left(share: DayShare) -> dict[str | None, tuple[Decimal, Decimal]]:
    return {rest.model: (rest.amounts.gross_quantity, rest.amounts.net_amount) for rest in share.remainder()}


def test_a_total_is_used_up_when_every_model_is() -> None:
    share = DayShare([item("a", "3"), item("b", "1.5", "0")])
    share.take([item("a", "3")])
    assert not share.is_used_up
    share.take([item("B", "1.5", "0")])
    assert share.is_used_up
    assert left(share) == {"a": (0, 0), "b": (0, 0)}


def test_a_difference_in_one_model_is_not_made_up_by_another() -> None:
    share = DayShare([item("a", "3"), item("b", "3")])
    share.take([item("a", "6")])
    assert not share.is_used_up
    assert left(share) == {"a": (-3, Decimal("-0.03")), "b": (3, Decimal("0.03"))}


def test_the_net_must_be_used_up_too() -> None:
    share = DayShare([item("a", "3", "2")])
    share.take([item("a", "3", "0")])
    assert not share.is_used_up
    assert left(share) == {"a": (0, Decimal("0.02"))}


def test_a_millionth_is_used_up_and_two_are_not() -> None:
    for rest, is_used_up in (("0.000001", True), ("0.000002", False)):
        share = DayShare([item("a", "1")])
        share.take([item("a", str(1 - Decimal(rest)))])
        assert share.is_used_up is is_used_up


def test_a_users_model_that_the_total_lacks_leaves_a_negative_rest_so_that_the_sum_stays() -> None:
    share = DayShare([item("a", "3")])
    share.take([item("a", "3"), item("new", "2")])
    assert left(share) == {"a": (0, 0), "new": (-2, Decimal("-0.02"))}


def test_parts_of_one_model_are_added_up_and_a_mixed_price_is_none() -> None:
    sums = list(
        add_up([item("A", "1"), item("a", "2"), item("b", "1"), item("b", "1", price="0.02")], credit_key).values()
    )
    assert [(one.model, one.amounts.gross_quantity, one.price_per_unit) for one in sums] == [
        ("A", 3, Decimal("0.01")),
        ("b", 2, None),
    ]


def test_products_that_use_the_same_credits_stay_apart() -> None:
    spark = replace(item("a", "2"), product="spark")
    assert len(add_up([item("a", "1"), spark, replace(spark, product="Spark")], credit_key)) == 2
    share = DayShare([item("a", "3")])
    share.take([spark])
    assert [rest.amounts.gross_quantity for rest in share.remainder()] == [3, -2]


def test_what_is_given_in_stays_as_it_was() -> None:
    total, part = item("a", "3"), item("a", "1")
    DayShare([total]).take([part, part])
    assert (total.amounts.gross_quantity, part.amounts.gross_quantity) == (3, 1)


def test_negatives_of_a_filling_day_become_zero_and_the_rest_stays() -> None:
    rest = without_negatives(item("a", "-2", "1"))
    assert (rest.amounts.gross_quantity, rest.amounts.discount_quantity, rest.amounts.net_quantity) == (0, 0, 1)


def test_what_belongs_to_nobody_and_what_was_not_split_are_different_rows() -> None:
    account = organization("acme", 7)
    rows = [
        record(account, "2026-11-01", "x", "user", item("a", "1")),
        record(account, "2026-11-01", None, "unattributed", item("a", "1")),
        record(account, "2026-11-01", None, "account", item("a", "1")),
    ]
    assert len({row["id"] for row in rows}) == 3


def test_a_renamed_organization_keeps_its_ids() -> None:
    before, after = (organization(name, 7) for name in ("acme", "acme-new"))
    rows = [record(account, "2026-11-01", "x", "user", item("a", "1")) for account in (before, after)]
    assert rows[0]["id"] == rows[1]["id"]
    assert [row["organization_name"] for row in rows] == ["acme", "acme-new"]


def test_every_part_of_the_natural_key_makes_another_row() -> None:
    as_enterprise, as_organization = enterprise(), organization()
    base = Details("web", "Rooms")
    ids = [
        record(account, day, login, "user", item(model, "1"), details)["id"]
        for account, day, login, model, details in (
            (as_enterprise, "2026-11-01", "x", "a", base),
            (as_organization, "2026-11-01", "x", "a", base),
            (as_enterprise, "2026-11-02", "x", "a", base),
            (as_enterprise, "2026-11-01", "y", "a", base),
            (as_enterprise, "2026-11-01", "x", "b", base),
            (as_enterprise, "2026-11-01", "x", "a", Details("app", "Rooms")),
            (as_enterprise, "2026-11-01", "x", "a", Details("web", "Halls")),
            (as_enterprise, "2026-11-01", "x", "a", Details("web", None)),
            (as_enterprise, "2026-11-01", "x", "a", Details("web", "Rooms", "spark")),
        )
    ]
    spark = replace(item("a", "1"), product="Spark")
    ids.append(record(as_enterprise, "2026-11-01", "x", "user", spark, base)["id"])
    assert len(set(ids)) == len(ids)
