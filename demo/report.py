"""The demo's tables: what was loaded next to what the sandbox billed, and every sum compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from demo.comparison import TOLERANCE, difference, differences, loaded_sums
from demo.use import Counted, loaded_counts, true_counts, unequal
from sandbox import Bill, Sandbox, Sums
from sandbox.truth import Key
from warehouse.load.summary import named, span, top
from warehouse.load.table import table
from warehouse.load.warehouse import Warehouse

Say = Callable[[str], None]
ZERO = Decimal(0)
# Differences are shown with more places than the tolerance has: nothing is rounded away.
PLACES = 9


class Checked:
    """How many sums and counts were compared, the largest difference among the sums, and the counts that differ."""

    def __init__(self) -> None:
        self.sums = self.counts = self.unequal_counts = 0
        self.largest = ZERO

    def compare(self, ours: dict[Key, Sums], billed: dict[Key, Sums]) -> None:
        found = differences(ours, billed)
        self.sums += len(found)
        self.largest = max(self.largest, *found.values()) if found else self.largest

    def compare_counts(self, ours: Mapping[Counted, int], true: Mapping[Counted, int]) -> None:
        self.counts += len({*ours, *true})
        self.unequal_counts += len(unequal(ours, true))

    @property
    def is_equal(self) -> bool:
        return self.sums > 0 and self.largest <= TOLERANCE and self.counts > 0 and self.unequal_counts == 0

    def verdict(self) -> str:
        found = (
            f"{self.sums:,} sums of quantity, gross, discount and net compared, with a largest difference of"
            f" {self.largest:.9f}; {self.counts:,} counts of seats, active users, acceptances and team members,"
            f" {self.unequal_counts} of them different."
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
    if warehouse.schema_name == "enterprise":
        by = ("day", "organization", "user", "model")
        premium = bill.premium_request_sums(by)
        checked.compare(loaded_sums(warehouse, "premium_request_usage", by), premium)
        requests = sum((sums.quantity for sums in premium.values()), ZERO)
        say(f"\n{account}: {requests:,.2f} premium requests, before AI credits replaced them")
        _credits(warehouse, bill, account, {bill.shape.enterprise: None}, by, say, checked)
        by_person = ("day", "organization", "user", "sku", "cost_center")
        persons = loaded_sums(warehouse, "detailed_usage", by_person)
        checked.compare(persons, since_first_day(bill, by_person, bill.detailed_sums(by_person, ("copilot",))))
        for title, lines in top(warehouse):
            say(f"\n{account}: {title}\n\n{lines}")
    else:
        # Who left or was renamed cannot be asked for: by user, the organizations' answers know less than the bill.
        own = {name: name for name in bill.organizations}
        _credits(warehouse, bill, account, own, ("day", "model"), say, checked)


def report_use(warehouse: Warehouse, sandbox: Sandbox, say: Say, checked: Checked) -> None:
    """Seats, active users, acceptances and team members: each day's are compared, and their sums are shown."""
    bill = sandbox.bill
    accounts = [None] if warehouse.schema_name == "enterprise" else bill.organizations
    ours = loaded_counts(warehouse)
    true = {key: count for one in accounts for key, count in true_counts(sandbox, one).items()}
    checked.compare_counts(ours, true)
    rows = []
    for account, what in sorted({(str(key[1]), str(key[0])) for key in {*ours, *true}}):
        own, github = (
            sum(count for key, count in counts.items() if (key[1], key[0]) == (account, what))
            for counts in (ours, true)
        )
        rows.append((account, _COUNTED[what], f"{own:,}", f"{github:,}", str(own - github)))
    say("\nSeats and use, all days added up\n")
    say(table(("account", "what", "ours", "GitHub's", "difference"), rows))


_COUNTED = {
    "seats": "seats",
    "active users": "active users of a day",
    "acceptances": "acceptances",
    "team members": "members of a team on a day",
}


def _usage(warehouse: Warehouse, bill: Bill, account: str, say: Say, checked: Checked) -> None:
    by = ("day", "organization", "sku", "cost_center")
    checked.compare(loaded_sums(warehouse, "usage", by), _billed(bill, by))
    by = ("month", "organization", "sku", "cost_center")
    ours, billed = loaded_sums(warehouse, "usage", by), _billed(bill, by)
    checked.compare(ours, billed)
    names = {center.id: center.name for center in bill.cost_centers}
    month = bill.today.replace(day=1)
    keys = sorted((key for key in {*ours, *billed} if key[0] == month), key=str)
    rows = [
        (
            key[1] or "(no organization)",
            key[2],
            names.get(str(key[3]), "(none)"),
            *_compared(ours.get(key, Sums()), billed.get(key, Sums())),
        )
        for key in keys
    ]
    say(f"\n{account}: usage of {named(month)} in USD, by organization, SKU and cost center\n")
    say(table(("organization", "SKU", "cost center", *_COMPARED), rows, PLACES))
    ours, billed = loaded_sums(warehouse, "usage", ("month",)), _billed(bill, ("month",))
    checked.compare(ours, billed)
    say(f"\n{account}: usage of {_span({*ours, *billed})} in USD, by month\n")
    rows = [
        (_month(key), *_compared(ours.get(key, Sums()), billed.get(key, Sums()))) for key in sorted({*ours, *billed})
    ]
    say(table(("month", *_COMPARED), rows, PLACES))


def _billed(bill: Bill, by: tuple[str, ...], organization: str | None = None) -> dict[Key, Sums]:
    return since_first_day(bill, by, bill.usage_sums(by, organization))


def since_first_day(bill: Bill, by: tuple[str, ...], sums: Mapping[Key, Sums]) -> dict[Key, Sums]:
    """Without the premium requests before the bill's first day, which one stream alone reads.

    :param by: what the sums are by: a day or a month first
    """
    first = bill.first_day if by[0] == "day" else bill.first_day.replace(day=1)
    return {key: own for key, own in sums.items() if isinstance(key[0], date) and key[0] >= first}


_COMPARED = ("our gross", "GitHub's gross", "our net", "GitHub's net", "difference")


def _month(key: Key) -> str:
    assert isinstance(key[0], date)
    return named(key[0])


def _span(keys: Iterable[Key]) -> str:
    return span(sorted(key[0] for key in keys if isinstance(key[0], date)))


def _compared(ours: Sums, billed: Sums) -> tuple[Any, ...]:
    cents = [f"{amount:,.4f}" for amount in (ours.gross, billed.gross, ours.net, billed.net)]
    return (*cents, difference(ours, billed))


def _usage_of_organizations(warehouse: Warehouse, bill: Bill, say: Say, checked: Checked) -> None:
    rows = []
    for organization in bill.organizations:
        for by in (("day", "sku"), ("month", "sku")):
            ours, billed = loaded_sums(warehouse, "usage", by, organization), _billed(bill, by, organization)
            checked.compare(ours, billed)
        rows += [
            (_month(key), organization, key[1], *_compared(ours.get(key, Sums()), billed.get(key, Sums())))
            for key in sorted({*ours, *billed}, key=str)
        ]
    rows.sort(key=str)
    say(f"\nOrganizations: usage of {rows[0][0]} to {rows[-1][0]} in USD, by month and SKU\n")
    say(table(("month", "organization", "SKU", *_COMPARED), rows, PLACES))


def _credits(
    warehouse: Warehouse,
    bill: Bill,
    account: str,
    accounts: Mapping[str, str | None],
    by: tuple[str, ...],
    say: Say,
    checked: Checked,
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
        for key in sorted({*ours, *billed}):
            own, total = ours.get(key, Sums()), billed.get(key, Sums())
            with_user = sum(
                (sums.quantity for (month, user), sums in by_user.items() if (month,) == key and user), ZERO
            )
            share = f"{with_user / own.quantity:.1%}" if own.quantity else "-"
            rows.append(
                (name, _month(key), f"{own.quantity:,.4f}", f"{total.quantity:,.4f}", difference(own, total), share)
            )
    months = sorted(row[1] for row in rows)
    say(f"\n{account}: AI credits of {months[0]} to {months[-1]}, and how much of them has a user\n")
    headings = ("account", "month", "our credits", "GitHub's credits", "difference", "has a user")
    say(table(headings, rows, PLACES))
