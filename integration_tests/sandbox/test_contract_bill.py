"""The rules by which GitHub bills, with numbers computed by hand: what is included, what is paid, what a seat costs.

https://docs.github.com/copilot/concepts/billing
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any

from integration_tests.sandbox.contract import ENTERPRISE, TODAY, as_owner, exact, refused
from sandbox.bill import Bill
from sandbox.charges import AI_CREDIT, AI_CREDITS, PREMIUM_REQUEST, Charge, new_charge
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape
from sandbox.truth import Sums

ORGANIZATION, USERS = "acme-platform", ("user-001", "user-002")
CENT = Decimal("0.01")
# Two seats of one organization that is billed by itself, and nothing used: 3,800 credits a month.
TWO_SEATS = BillShape(
    organizations=(ORGANIZATION,),
    users_per_organization=2,
    idle_users_per_organization=0,
    users_who_left=0,
    shared_users=0,
    renamed_users=0,
    cost_centers=0,
    active_share=0,
    other_products=False,
    standalone=True,
    first_day=date(2026, 8, 1),
)


def used(day: date, hour: int, quantity: str, user: str | None = "user-001", **fields: Any) -> Charge:
    """A charge that the test adds to a bill, of AI credits if it does not say otherwise."""
    of = {"organization": ORGANIZATION, "repository": None, "center": None, "product": "copilot", "sku": AI_CREDIT}
    of |= fields
    charge = new_charge(Random(1), day, user=user, model="GPT-5", quantity=Decimal(quantity), **of)  # type: ignore[arg-type]
    return charge._replace(at=datetime(day.year, day.month, day.day, hour, tzinfo=timezone.utc))


def amounts(charges: Iterable[Charge]) -> list[tuple[str, str, str]]:
    """Gross, discount and net of each charge, in the order of time."""
    return [
        tuple(f"{amount.normalize():f}" for amount in (charge.gross, charge.discount, charge.net))  # type: ignore[misc]
        for charge in sorted(charges, key=lambda charge: charge.at)
    ]


def bill_of(shape: BillShape, *charges: Charge, today: date = TODAY) -> Bill:
    bill = Bill(shape, today, seed=1)
    bill.add_charges(charges)
    return bill


def credits_of(bill: Bill) -> list[Charge]:
    return [charge for charge in bill.charges if charge.sku in AI_CREDITS]


# The pool


def test_credits_cost_nothing_until_the_pool_is_empty_and_the_charge_of_that_moment_is_split() -> None:
    bill = bill_of(
        TWO_SEATS,
        used(date(2026, 11, 6), 9, "10"),
        used(date(2026, 11, 5), 18, "100", "user-002"),
        used(date(2026, 11, 5), 7, "2500", "user-002"),
        used(date(2026, 11, 3), 12, "2000"),
    )
    # 3,800 credits less the 2,000 of the 3rd leave 1,800 of the 2,500 of the morning of the 5th.
    assert amounts(credits_of(bill)) == [("20", "20", "0"), ("25", "18", "7"), ("1", "0", "1"), ("0.1", "0", "0.1")]
    assert bill.included_credits(date(2026, 11, 6), ORGANIZATION) == 3_800


def test_a_pool_begins_anew_with_each_month_and_was_larger_until_august() -> None:
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1)]
    bill = bill_of(TWO_SEATS, *(used(day, 0, "6500") for day in days))
    # 2 x 3,000 in August, 2 x 1,900 since; nothing is left for the end of September.
    assert amounts(credits_of(bill)) == [("65", "60", "5"), ("65", "38", "27"), ("65", "0", "65"), ("65", "38", "27")]


def test_enterprise_seats_include_3900_credits_and_spark_draws_on_the_same_pool() -> None:
    shape = replace(TWO_SEATS, enterprise_plans=(ORGANIZATION,))
    spark = {"product": "spark", "sku": "spark_ai_credit"}
    bill = bill_of(
        shape, used(date(2026, 11, 2), 1, "7000", **spark), used(date(2026, 11, 2), 2, "900"), used(TODAY, 3, "1")
    )
    assert amounts(credits_of(bill)) == [("70", "70", "0"), ("9", "8", "1"), ("0.01", "0", "0.01")]


def test_an_enterprise_has_one_pool_and_standalone_organizations_have_one_each() -> None:
    day = date(2026, 11, 2)
    charges = [used(day, 1, "5000"), used(day, 2, "5000", "user-003", organization="acme-data")]
    two = replace(TWO_SEATS, organizations=(ORGANIZATION, "acme-data"))
    assert amounts(credits_of(bill_of(two, *charges))) == [("50", "38", "12"), ("50", "38", "12")]
    # Four users, and the seat that the enterprise grants itself: 5 x 1,900.
    together = bill_of(replace(two, standalone=False), *charges)
    assert amounts(credits_of(together)) == [("50", "50", "0"), ("50", "45", "5")]
    with Sandbox(two, TODAY) as sandbox:
        usage = as_owner(sandbox).rest("ghec-2026-03-10").billing.get_github_billing_usage_report_ghe
        assert refused(usage, ENTERPRISE, year=2026) == (404, "Not Found")


def test_a_seat_that_is_added_brings_its_credits_on_its_day() -> None:
    shape = replace(TWO_SEATS, joiners=((date(2026, 11, 16), 1),))
    bill = bill_of(shape, *(used(date(2026, 11, day), 0, "3000") for day in (2, 15, 16)))
    assert amounts(credits_of(bill)) == [("30", "30", "0"), ("30", "8", "22"), ("30", "19", "11")]


def test_the_seat_of_somebody_who_left_includes_credits_to_the_end_of_the_month() -> None:
    shape = replace(TWO_SEATS, users_who_left=1, first_day=date(2026, 10, 1))
    bill = bill_of(
        shape, used(date(2026, 11, 30), 0, "9000"), used(date(2026, 12, 1), 0, "9000"), today=date(2026, 12, 1)
    )
    left = bill.member("left-001")
    assert left is not None and left.left_on == date(2026, 11, 10)
    assert amounts(credits_of(bill)) == [("90", "57", "33"), ("90", "38", "52")]


def test_what_is_outside_the_pool_is_paid_from_the_first_credit() -> None:
    outside = used(date(2026, 11, 2), 0, "100", None, outside_pool=True)
    bill = bill_of(TWO_SEATS, outside, used(date(2026, 11, 3), 0, "3800"))
    assert amounts(credits_of(bill)) == [("1", "0", "1"), ("38", "38", "0")]
    nobody = BillShape(share_without_user=0.2, share_outside_pool=1, first_day=date(2026, 11, 1))
    found = [charge for charge in Bill(nobody, TODAY, 1).charges if charge.sku == AI_CREDIT and charge.user is None]
    assert found and all((charge.discount, charge.net) == (0, charge.gross) for charge in found)


def test_a_cost_center_with_a_pool_of_its_own_pays_for_what_lies_above_it() -> None:
    shape = replace(TWO_SEATS, cost_centers=2, pool_target=1_000)
    center = Bill(shape, TODAY, 1).cost_centers[0].id
    days = [date(2026, 11, 2), date(2026, 11, 3)]
    bill = bill_of(shape, *(used(day, 0, "800", center=center) for day in days), used(TODAY, 0, "3000"))
    # 200 of the second 800, and then 2,800 of the 3,800 are left for all others.
    assert amounts(credits_of(bill)) == [("8", "8", "0"), ("8", "2", "6"), ("30", "28", "2")]


def test_a_correction_says_itself_what_it_comes_to() -> None:
    back = used(date(2026, 11, 3), 0, "-50")._replace(discount=Decimal(0), net=Decimal("-0.5"))
    bill = bill_of(TWO_SEATS, used(date(2026, 11, 2), 0, "3900"), back, used(date(2026, 11, 4), 0, "1"))
    assert amounts(credits_of(bill)) == [("39", "38", "1"), ("-0.5", "0", "-0.5"), ("0.01", "0", "0.01")]


def _is_split_in_order(bill: Bill) -> int:
    """How many months are paid for in part, once it is sure that each of them is discounted in the order of time."""
    months: dict[date, list[Charge]] = {}
    for charge in sorted(credits_of(bill), key=lambda charge: charge.at):
        assert charge.gross - charge.discount == charge.net
        months.setdefault(charge.day.replace(day=1), []).append(charge)
    for month, charges in months.items():
        pool = bill.included_credits(bill.today if month.month == bill.today.month else month.replace(day=28))
        assert sum(one.discount for one in charges) == min(pool, sum(one.quantity for one in charges)) * CENT
        rank = [0 if one.net == 0 else 2 if one.discount == 0 else 1 for one in charges]
        assert rank == sorted(rank) and rank.count(1) <= 1
    return sum(any(one.net for one in charges) for charges in months.values())


def test_a_made_up_bill_keeps_the_rule_in_each_month_and_after_each_change() -> None:
    bill = Bill(BillShape(credit_products=("spark",)), TODAY, 1)
    assert _is_split_in_order(bill) == 6
    before = bill.ai_credit_sums(("month",))
    bill.change_recent_amounts()
    assert _is_split_in_order(bill) == 6
    november = (date(2026, 11, 1),)
    changed = {month for month, sums in bill.ai_credit_sums(("month",)).items() if sums != before[month]}
    assert changed == {november}
    assert bill.attribute_remainder("user-001")
    bill.withdraw(lambda charge: charge.day.day < 5 and charge.sku in AI_CREDITS, 10**6)
    assert _is_split_in_order(bill) == 6


def test_discounts_that_do_not_add_up_are_a_surprise_to_be_asked_for() -> None:
    shape = BillShape(first_day=date(2026, 10, 1), odd_discounts=True)
    odd = [charge for charge in Bill(shape, TODAY, 1).charges if charge.gross - charge.discount != charge.net]
    assert {charge.sku for charge in odd} == {AI_CREDIT}
    assert any(charge.net < 0 for charge in odd) and any(charge.discount > charge.gross for charge in odd)


def test_premium_requests_are_included_user_by_user() -> None:
    shape = replace(TWO_SEATS, first_day=date(2026, 4, 1))
    days = [date(2026, 5, 2), date(2026, 5, 3), date(2026, 5, 4)]
    charges = [used(day, 0, "200", sku=PREMIUM_REQUEST) for day in days]
    charges.append(used(date(2026, 5, 5), 0, "10", "user-002", sku=PREMIUM_REQUEST))
    charges.append(used(date(2026, 5, 6), 0, "10", None, sku=PREMIUM_REQUEST))
    bill = bill_of(shape, *charges)
    found = [charge for charge in bill.charges if charge.sku == PREMIUM_REQUEST]
    assert amounts(found) == [
        ("8", "8", "0"),
        ("8", "4", "4"),
        ("8", "0", "8"),
        ("0.4", "0.4", "0"),
        ("0.4", "0", "0.4"),
    ]


def test_actions_include_50000_minutes_and_50_gigabytes_a_month() -> None:
    actions = {"product": "actions", "repository": f"{ORGANIZATION}/repo-1"}
    minutes = used(date(2026, 11, 2), 0, "50100", None, sku="actions_linux", **actions)
    storage = used(date(2026, 11, 2), 1, "37000", None, sku="actions_storage", **actions)
    bill = bill_of(TWO_SEATS, minutes, storage)
    found = [charge for charge in bill.charges if charge.product == "actions"]
    # 100 minutes at 0.006; 50 GB for the 720 hours of November are 36,000, and 1,000 more at 0.00033602.
    assert amounts(found) == [("300.6", "300", "0.6"), ("12.43274", "12.09672", "0.33602")]


# Seats


def seat_items(sandbox: Sandbox, year: int, month: int, organization: str = ORGANIZATION) -> dict[str, list[Decimal]]:
    """Quantities of the seat lines of an organization's `usage`, by day."""
    billing = as_owner(sandbox, sandbox.organization_token).rest("2026-03-10").billing
    found: dict[str, list[Decimal]] = {}
    for item in exact(billing.get_github_billing_usage_report_org(organization, year=year, month=month))["usageItems"]:
        if item["unitType"].lower() == "usermonths":
            assert item["netAmount"] == item["grossAmount"] == item["quantity"] * item["pricePerUnit"]
            assert (item["pricePerUnit"], item["discountAmount"]) == (19, 0)
            found.setdefault(item["date"][:10], []).append(item["quantity"])
    return found


def test_a_seat_line_is_a_day_of_each_seat_cut_to_nine_decimals() -> None:
    with Sandbox(replace(TWO_SEATS, users_per_organization=19), date(2026, 10, 1)) as sandbox:
        september = seat_items(sandbox, 2026, 9)
        assert set(september) == {f"2026-09-{day:02}" for day in range(1, 31)}
        assert {tuple(lines) for lines in september.values()} == {(Decimal("0.633333327"),)}
        (october,) = seat_items(sandbox, 2026, 10).values()
        assert october == [Decimal("0.612903216")]  # 19 x 0.032258064
        sums = sandbox.bill.usage_sums(("month",), ORGANIZATION)[(date(2026, 9, 1),)]
        cost = Decimal("360.99999639")  # and not 361
        assert sums == Sums(Decimal("18.99999981"), cost, Decimal(0), cost)


def test_a_seat_is_billed_from_its_day_and_to_the_end_of_its_month() -> None:
    shape = replace(TWO_SEATS, joiners=((date(2026, 11, 16), 3),), users_who_left=1, first_day=date(2026, 10, 1))
    with Sandbox(shape, date(2026, 12, 1)) as sandbox:
        left = sandbox.bill.member("left-001")
        assert left is not None and left.left_on == date(2026, 11, 10)
        november = seat_items(sandbox, 2026, 11)
        seats = {day: lines[0] / Decimal("0.033333333") for day, lines in november.items()}
        assert [seats[f"2026-11-{day}"] for day in ("01", "11", "15", "16", "30")] == [3, 3, 3, 6, 6]
        assert seat_items(sandbox, 2026, 12) == {"2026-12-01": [5 * Decimal("0.032258064")]}
        assert {grant.login for grant in sandbox.bill.grants} == {None, *(f"joined-{n:03}" for n in (1, 2, 3)), *USERS}


def test_a_user_with_seats_in_several_organizations_is_billed_once_and_by_one_of_them() -> None:
    organizations = (ORGANIZATION, "acme-data")
    shape = replace(
        TWO_SEATS, organizations=organizations, shared_users=1, standalone=False, first_day=date(2026, 2, 1)
    )
    seats = _seats_of_months(Bill(shape, TODAY, 1))
    # Two users each, of whom one is in both; the enterprise's own seat is in none.
    assert {sum(found.values()) for found in seats.values()} == {5}
    assert {found["acme-data"] for found in seats.values()} == {2, 3}
    dear = _seats_of_months(Bill(replace(shape, enterprise_plans=("acme-data",)), TODAY, 1))
    assert {tuple(sorted(found.items())) for found in dear.values()} == {(("", 1), ("acme-data", 3), (ORGANIZATION, 1))}
    alone = _seats_of_months(Bill(replace(shape, standalone=True), TODAY, 1))
    assert {tuple(sorted(found.items())) for found in alone.values()} == {(("acme-data", 3), (ORGANIZATION, 2))}


def _seats_of_months(bill: Bill) -> dict[date, dict[str, int]]:
    """How many are billed to each organization on the first of each month."""
    found: dict[date, dict[str, int]] = {}
    for charge in bill.charges:
        if charge.unit_type == "user-months" and charge.day.day == 1:
            month = found.setdefault(charge.day, {})
            month[charge.organization] = month.get(charge.organization, 0) + len(charge.holders)
    return found


def test_prepaid_seats_stand_whole_on_the_first_day_and_later_ones_in_part_on_theirs() -> None:
    shape = replace(TWO_SEATS, prepaid_seats=True, users_per_organization=19, joiners=((date(2026, 11, 12), 2),))
    with Sandbox(shape, TODAY) as sandbox:
        # 19 of the 30 days are left on the 12th: 0.633333333 of a month, twice.
        assert seat_items(sandbox, 2026, 11) == {"2026-11-01": [19], "2026-11-12": [Decimal("1.266666666")]}
        assert seat_items(sandbox, 2026, 10) == {"2026-10-01": [19]}
        assert sandbox.bill.included_credits(date(2026, 11, 11), ORGANIZATION) == 19 * 1_900
        assert sandbox.bill.included_credits(date(2026, 11, 12), ORGANIZATION) == 21 * 1_900


def test_seats_stay_as_they_are_when_what_was_used_changes() -> None:
    bill = Bill(BillShape(first_day=date(2026, 11, 1)), TODAY, 1)
    before = {key: sums for key, sums in bill.usage_sums(("day", "sku")).items() if key[1] == "copilot_for_business"}
    bill.change_recent_amounts()
    assert before.items() <= bill.usage_sums(("day", "sku")).items()


# All answers add up the same charges


def test_summary_and_usage_and_credits_agree_on_what_is_paid() -> None:
    shape = BillShape(first_day=date(2026, 10, 1), credit_products=("coding_agent",))
    with Sandbox(shape, TODAY, quota=100_000) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        month: dict[str, Any] = {"year": 2026, "month": 10}
        summary = exact(billing.get_github_billing_usage_summary_report_ghe(ENTERPRISE, **month))["usageItems"]
        credits = exact(billing.get_github_billing_ai_credit_usage_report_ghe(ENTERPRISE, **month))["usageItems"]
        usage = exact(billing.get_github_billing_usage_report_ghe(ENTERPRISE, **month))["usageItems"]
        for center in sandbox.bill.cost_centers:
            answer = billing.get_github_billing_usage_report_ghe(ENTERPRISE, **month, cost_center_id=center.id)
            usage += exact(answer)["usageItems"]
        paid = sum(item["netAmount"] for item in summary if item["unitType"] == "ai-units")
        assert paid == sum(item["netAmount"] for item in credits) > 0
        assert paid == sum(item["netAmount"] for item in usage if "credits" in item["unitType"].lower())
        assert sum(item["netAmount"] for item in summary) == sum(item["netAmount"] for item in usage)
        included = sum(item["discountQuantity"] for item in credits)
        assert included == sandbox.bill.included_credits(date(2026, 10, 31))
        quantities = [(one["grossQuantity"], one["discountQuantity"], one["netQuantity"]) for one in credits]
        assert all(gross - discount == net for gross, discount, net in quantities)
        by_day = [sandbox.bill.ai_credit_day_totals()[date(2026, 10, day)] for day in range(1, 32)]
        used_so_far = list(accumulate(sums.quantity for sums in by_day))
        assert [sums.net == 0 for sums in by_day] == [so_far <= included for so_far in used_so_far]
