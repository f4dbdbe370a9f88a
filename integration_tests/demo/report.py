"""The demo's tables: what was loaded next to what the sandbox billed, and every sum compared."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from integration_tests.demo.comparison import TOLERANCE, difference, differences, loaded_sums
from integration_tests.sandbox import Bill, Sums
from integration_tests.sandbox.truth import Key
from load.table import table
from load.warehouse import Warehouse, query

Say = Callable[[str], None]
ZERO = Decimal(0)
# Differences are shown with more places than the tolerance has: nothing is rounded away.
PLACES = 9


class Checked:
    """How many sums were compared, and the largest difference among them."""

    def __init__(self) -> None:
        self.sums = 0
        self.largest = ZERO

    def compare(self, ours: dict[Key, Sums], billed: dict[Key, Sums]) -> None:
        found = differences(ours, billed)
        self.sums += len(found)
        self.largest = max(self.largest, *found.values()) if found else self.largest

    @property
    def is_equal(self) -> bool:
        return self.sums > 0 and self.largest <= TOLERANCE

    def verdict(self) -> str:
        found = (
            f"{self.sums:,} sums of quantity, gross, discount and net compared; largest difference {self.largest:.9f}."
        )
        return f"All equal: {found}" if self.is_equal else f"NOT EQUAL: {found}"


def report(warehouse: Warehouse, bill: Bill, say: Say, checked: Checked) -> None:
    """Of the enterprise's schema, or of the organizations': tables for people, and every sum compared."""
    if warehouse.schema_name == "enterprise":
        account = f"Enterprise {bill.shape.enterprise}"
        _usage(warehouse, bill, account, say, checked)
    else:
        account = "Organizations"
        _usage_of_organizations(warehouse, bill, say, checked)
    if "ai_credit_usage" not in warehouse:
        return
    say(f"\n{account}: AI credits by month, GitHub's total, the sum of our rows, and how much of it has a user\n")
    if warehouse.schema_name == "enterprise":
        by = ("day", "organization", "user", "model")
        _credits(warehouse, bill, {bill.shape.enterprise: None}, by, say, checked)
        _top(warehouse, account, say)
    else:
        # Who left or was renamed cannot be asked for: by user, the organizations' answers know less than the bill.
        _credits(warehouse, bill, {name: name for name in bill.organizations}, ("day", "model"), say, checked)


def _usage(warehouse: Warehouse, bill: Bill, account: str, say: Say, checked: Checked) -> None:
    by = ("day", "organization", "sku", "cost_center")
    checked.compare(loaded_sums(warehouse, "usage", by), bill.usage_sums(by))
    by = ("month", "organization", "sku", "cost_center")
    ours, billed = loaded_sums(warehouse, "usage", by), bill.usage_sums(by)
    checked.compare(ours, billed)
    names = {center.id: center.name for center in bill.cost_centers}
    month = bill.today.replace(day=1)
    keys = sorted((key for key in {*ours, *billed} if key[0] == month), key=str)
    rows = [
        (*key[1:3], names.get(str(key[3])), *_compared(ours.get(key, Sums()), billed.get(key, Sums()))) for key in keys
    ]
    say(f"\n{account}: usage in {bill.today:%B %Y}, by organization, SKU and cost center, next to what was billed\n")
    say(table(("organization", "SKU", "cost center", *_COMPARED), rows, PLACES))
    ours, billed = loaded_sums(warehouse, "usage", ("month",)), bill.usage_sums(("month",))
    checked.compare(ours, billed)
    say(f"\n{account}: usage by month\n")
    rows = [(key[0], *_compared(ours.get(key, Sums()), billed.get(key, Sums()))) for key in sorted({*ours, *billed})]
    say(table(("month", *_COMPARED), rows, PLACES))


_COMPARED = ("gross USD", "billed gross", "net USD", "billed net", "difference")


def _compared(ours: Sums, billed: Sums) -> tuple[Any, ...]:
    cents = [f"{amount:,.4f}" for amount in (ours.gross, billed.gross, ours.net, billed.net)]
    return (*cents, difference(ours, billed))


def _usage_of_organizations(warehouse: Warehouse, bill: Bill, say: Say, checked: Checked) -> None:
    rows = []
    for organization in bill.organizations:
        for by in (("day", "sku"), ("month", "sku")):
            ours, billed = loaded_sums(warehouse, "usage", by, organization), bill.usage_sums(by, organization)
            checked.compare(ours, billed)
        rows += [
            (key[0], organization, key[1], *_compared(ours.get(key, Sums()), billed.get(key, Sums())))
            for key in sorted({*ours, *billed}, key=str)
        ]
    say("\nOrganizations: usage by month and SKU, next to what was billed\n")
    say(table(("month", "organization", "SKU", *_COMPARED), sorted(rows, key=str), PLACES))


def _credits(
    warehouse: Warehouse, bill: Bill, accounts: dict[str, str | None], by: tuple[str, ...], say: Say, checked: Checked
) -> None:
    """:param accounts: names, and for an organization the name again, to ask the bill for its part"""
    rows = []
    for name, organization in accounts.items():
        checked.compare(
            loaded_sums(warehouse, "ai_credit_usage", by, organization), bill.ai_credit_sums(by, organization)
        )
        ours = loaded_sums(warehouse, "ai_credit_usage", ("month",), organization)
        billed = bill.ai_credit_sums(("month",), organization)
        checked.compare(ours, billed)
        by_user = loaded_sums(warehouse, "ai_credit_usage", ("month", "user"), organization)
        for key in sorted({*ours, *billed}, key=str):
            own, total = ours.get(key, Sums()), billed.get(key, Sums())
            with_user = sum(
                (sums.quantity for (month, user), sums in by_user.items() if (month,) == key and user), ZERO
            )
            share = f"{with_user / own.quantity:.1%}" if own.quantity else "-"
            rows.append((name, key[0], f"{total.quantity:,.4f}", f"{own.quantity:,.4f}", difference(own, total), share))
    headings = ("account", "month", "GitHub's credits", "our credits", "difference", "has a user")
    say(table(headings, rows, PLACES))


def _top(warehouse: Warehouse, account: str, say: Say) -> None:
    for what, view in (("login", "ai_credits_by_user"), ("model", "ai_credits_by_model")):
        rows = query(
            warehouse,
            f"select coalesce({what}, 'without a user'), sum(credits), sum(gross_amount), sum(net_amount)"  # noqa: S608
            f" from {view} group by 1 order by 3 desc, 1 limit 5",
        )
        say(f"\n{account}: top {'users' if what == 'login' else 'models'}\n")
        say(table((what, "AI credits", "gross USD", "net USD"), rows))
