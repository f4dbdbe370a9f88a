"""The one set of charges that every endpoint answers from, and the ways in which it changes between two syncs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from random import Random

from . import spelling
from .charges import (
    AI_CREDIT,
    AI_CREDITS,
    CLOUD_AGENT,
    PREMIUM_REQUEST,
    REVIEWER,
    ZERO,
    Charge,
    organization_charges,
)
from .included import Included
from .licenses import License, enterprise_licenses, licenses_of, seat_charges
from .people import CostCenter, Grant, Member, make_cost_centers, make_grants, members_of, organization_id
from .shape import BillShape, first_billed_day
from .teams import Team, make_teams
from .truth import Key, Sums, add_up
from .usage_report import by_holder


class Bill:
    """Safe to read from many threads: a change replaces tuples and never alters one."""

    def __init__(self, shape: BillShape, today: date, seed: int) -> None:
        self.shape, self.today, self.seed = shape, today, seed
        self.organizations: tuple[str, ...] = shape.organizations
        self.cost_centers: tuple[CostCenter, ...] = make_cost_centers(shape, today, seed)
        self.members: tuple[Member, ...] = ()
        self.grants: tuple[Grant, ...] = ()
        self.charges: tuple[Charge, ...] = ()
        self._index: tuple[tuple[Charge, ...], dict[date, list[Charge]]] = ((), {})
        self._answers: tuple[tuple[Charge, ...], dict[Hashable, bytes]] = ((), {})
        self._teams: tuple[tuple[Member, ...] | None, tuple[Team, ...]] = (None, ())
        self._lock = threading.RLock()
        self._changes = 0
        self._renamed: dict[str, int] = {}  # number by present name, in lower case
        for number, organization in enumerate(shape.organizations):
            self.members += tuple(members_of(shape, organization, number, today))
        self.licenses = tuple(self._made_up_licenses())
        self._include(self._made_up_charges(), self.first_day)
        self.grants = make_grants(shape, list(self.members), today, seed)

    def copied(self) -> Bill:
        """A bill of its own, which shares what was made until either of the two changes."""
        if self._answers[0] is not self.charges:
            self._answers = (self.charges, {})
        self.on_days(self.today, self.today)  # makes the index
        bill = copy(self)
        bill._lock = threading.RLock()
        return bill

    @property
    def first_day(self) -> date:
        return first_billed_day(self.shape, self.today)

    # What stands in it

    def on_days(self, first: date, last: date) -> list[Charge]:
        """Charges of these days, both included."""
        charges, index = self._index
        if charges is not self.charges:
            charges, index = self.charges, {}
            for charge in charges:
                index.setdefault(charge.day, []).append(charge)
            self._index = (charges, index)
        found: list[Charge] = []
        for offset in range((last - first).days + 1):
            found += index.get(first + timedelta(days=offset), ())
        return found

    def remembered(self, question: Hashable, answer: Callable[[], bytes]) -> bytes:
        """The answer to a question asked before, until the charges change: tests ask the same months often."""
        charges, answers = self._answers
        if charges is not self.charges:
            charges, answers = self._answers = (self.charges, {})
        found = answers.get(question)
        if found is None:
            found = answers[question] = answer()
        return found

    def seats(self, organization: str | None = None) -> tuple[Grant, ...]:
        """The seat objects of an organization or (None) of the enterprise, in GitHub's order."""
        return tuple(
            grant
            for grant in self.grants
            if organization is None or (grant.organization or "").lower() == organization.lower()
        )

    def licenses_on(self, day: date, organization: str | None = None) -> tuple[License, ...]:
        """The seats that are billed on a day, to an organization or (None) to the enterprise, leavers' included."""
        return tuple(
            license
            for license in self.licenses
            if license.month == day.replace(day=1)
            and license.first <= day
            and (organization is None or license.organization.lower() == organization.lower())
        )

    def teams(self) -> tuple[Team, ...]:
        members, teams = self._teams
        if members is not self.members:
            teams = make_teams(self.members, self.organizations, self.first_day, self.today)
            self._teams = (self.members, teams)
        return teams

    def member(self, login: str) -> Member | None:
        return next((member for member in self.members if member.login.lower() == login.lower()), None)

    def organization(self, name: str) -> str | None:
        """The organization's own spelling of `name`; None if there is no such organization."""
        return next((own for own in self.organizations if own.lower() == name.lower()), None)

    def organization_id(self, name: str) -> int:
        """An organization's number, which a new name does not change."""
        return self._renamed.get(name.lower()) or organization_id(name)

    def cost_center(self, center_id: str) -> CostCenter | None:
        return next((center for center in self.cost_centers if center.id == center_id), None)

    # What the endpoints must add up to

    def usage_sums(
        self,
        by: tuple[str, ...] = ("day", "organization", "sku", "cost_center"),
        account: str | None = None,
        products: tuple[str, ...] | None = ("copilot",),
    ) -> dict[Key, Sums]:
        """Line items of these products (None: all of them), of an organization or (None) of the enterprise.

        SKU and unit are spelled (in lower case) as that account's `usage` endpoint spells them.
        """
        endpoint = spelling.USAGE_ENTERPRISE if account is None else spelling.USAGE_ORGANIZATION
        wanted = (charge for charge in self._of(account) if products is None or charge.product in products)
        return add_up((_respelled(endpoint, charge) for charge in wanted), by)

    def ai_credit_sums(
        self, by: tuple[str, ...] = ("day", "organization", "user", "model", "sku"), account: str | None = None
    ) -> dict[Key, Sums]:
        """AI credits of every product, of an organization or (None) of the enterprise; the SKU is the charge's own."""
        return add_up((charge for charge in self._of(account) if charge.sku in AI_CREDITS), by)

    def premium_request_sums(self, by: tuple[str, ...], account: str | None = None) -> dict[Key, Sums]:
        """Premium requests of an organization or (None) of the enterprise."""
        return add_up((charge for charge in self._of(account) if charge.sku == PREMIUM_REQUEST), by)

    def detailed_sums(self, by: tuple[str, ...], products: tuple[str, ...] | None = None) -> dict[Key, Sums]:
        """What was billed of these products (None: all of them), and the minutes that Copilot caused: seats by the user
        who sits on them; the SKU is the charge's own."""
        wanted = (one for one in self.charges if products is None or one.product in products or _is_copilots(one))
        return add_up(by_holder(wanted), by)

    def copilot_minutes(self, by: tuple[str, ...]) -> dict[Key, Sums]:
        """Actions minutes that Copilot's reviews and its cloud agent caused."""
        return add_up(filter(_is_copilots, self.charges), by)

    def ai_credit_day_totals(self, account: str | None = None) -> dict[date, Sums]:
        totals: dict[date, Sums] = {}
        for (day,), sums in self.ai_credit_sums(("day",), account).items():
            if isinstance(day, date):
                totals[day] = sums
        return totals

    def _of(self, account: str | None) -> Iterable[Charge]:
        for charge in self.charges:
            if account is None or charge.organization.lower() == account.lower():
                yield charge

    def summary_sums(
        self, by: tuple[str, ...] = ("month", "product", "sku"), account: str | None = None
    ) -> dict[Key, Sums]:
        """Everything that was billed, by SKUs as `usage/summary` spells them (in lower case)."""
        return add_up((_respelled(spelling.SUMMARY, charge) for charge in self._of(account)), by)

    def included_credits(self, day: date, organization: str = "") -> Decimal:
        """AI credits that the seats of this month include up to a day: of the enterprise, or of a standalone one."""
        return self._included().credits(organization, day)

    def credits_this_month(self, center_id: str) -> Decimal:
        """AI credits of a cost center in the current month."""
        charges = self.on_days(self.today.replace(day=1), self.today)
        wanted = (one for one in charges if one.cost_center_id == center_id and one.sku in AI_CREDITS)
        return sum((one.quantity for one in wanted), Decimal(0))

    # How it changes

    def change_recent_amounts(self, days: int = 7) -> None:
        """What was used in the last `days` days (today included) grows or shrinks, and its time stamps move.

        Seats stay as they are.
        """
        with self._lock:
            self._changes += 1
            rng = Random(f"{self.seed}:change:{self._changes}")

            def changed(charge: Charge) -> Charge:
                factor = Decimal(rng.randint(50, 200)).scaleb(-2)
                quantity = (charge.quantity * factor).quantize(Decimal("1e-9"))
                gross = quantity * charge.price
                midnight = datetime.combine(charge.day, time(), timezone.utc)
                at = midnight + timedelta(seconds=rng.randrange(86_400))
                return charge._replace(quantity=quantity, gross=gross, discount=ZERO, net=gross, at=at)

            self._include(
                (changed(one) if self._recent(one, days) and not one.holders else one for one in self.charges),
                self.today - timedelta(days=days - 1),
            )

    def attribute_remainder(self, user: str, days: int = 7) -> int:
        """Gives AI credits of recent days without a user, in the user's organizations, to that user; says how many."""
        member = self.member(user)
        if member is None:
            raise ValueError(f"no user {user!r} on this bill")
        moved = 0

        def attributed(charge: Charge) -> Charge:
            nonlocal moved
            is_of_nobody = charge.sku == AI_CREDIT and charge.user is None and not charge.outside_pool
            mine = is_of_nobody and charge.organization in member.organizations
            if not mine or not self._recent(charge, days):
                return charge
            moved += 1
            return charge._replace(user=member.login)

        with self._lock:
            self._replace(attributed)
        return moved

    def withdraw(self, wanted: Callable[[Charge], bool], count: int = 1) -> tuple[Charge, ...]:
        """Drops the newest `count` charges for which `wanted` holds and returns them, with the discounts they had."""
        with self._lock:
            found = sorted((charge for charge in self.charges if wanted(charge)), key=lambda charge: charge.at)[-count:]
            dropped = {id(charge) for charge in found}
            left = (charge for charge in self.charges if id(charge) not in dropped)
            self._include(left, min((charge.day for charge in found), default=self.today))
            return tuple(found)

    def add_charges(self, charges: Iterable[Charge]) -> None:
        """The discounts of what is included are worked out anew; all else is charged as it is given."""
        added = tuple(charges)
        with self._lock:
            self._include((*self.charges, *added), min((charge.day for charge in added), default=self.today))

    def add_cost_center(self, name: str, days: int = 7) -> CostCenter:
        """A new cost center, to which recent charges of users without one are charged."""
        with self._lock:
            center_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.seed}.{name}"))
            center = CostCenter(center_id, name, None, (("Org", self.organizations[0]),))
            self.cost_centers += (center,)
            self._replace(
                lambda charge: (
                    charge._replace(cost_center_id=center_id)
                    if charge.cost_center_id is None and charge.user is not None and self._recent(charge, days)
                    else charge
                )
            )
            return center

    def rename_organization(self, name: str, new: str) -> None:
        with self._lock:
            self._renamed = {**self._renamed, new.lower(): self.organization_id(name)}
            plans = tuple(new if own == name else own for own in self.shape.enterprise_plans)
            self.shape = replace(self.shape, enterprise_plans=plans)
            self.organizations = tuple(new if own == name else own for own in self.organizations)
            self.licenses = tuple(
                replace(one, organization=new) if one.organization == name else one for one in self.licenses
            )
            self.members = tuple(
                replace(member, organizations=tuple(new if own == name else own for own in member.organizations))
                for member in self.members
            )
            self.grants = tuple(
                replace(grant, organization=new) if grant.organization == name else grant for grant in self.grants
            )
            self._replace(lambda charge: charge._replace(organization=new) if charge.organization == name else charge)

    def _made_up_licenses(self) -> Iterator[License]:
        yield from enterprise_licenses(self.shape, self.today)
        for name in self.organizations:
            yield from licenses_of(self.shape, name, self._members_of(name), self.today, self.seed)

    def _made_up_charges(self) -> Iterator[Charge]:
        """What was used, and the seats."""
        for name in self.organizations:
            members = self._members_of(name)
            yield from organization_charges(self.shape, name, members, self.cost_centers, self.today, self.seed)
        if self.shape.seat_charges:
            yield from seat_charges(self.shape, self.licenses, self.cost_centers, self.today, self.seed)

    def _members_of(self, organization: str) -> list[Member]:
        return [member for member in self.members if organization in member.organizations]

    def _include(self, charges: Iterable[Charge], since: date) -> None:
        """Sets the charges, from the month of `since` on with the discounts of what is included."""
        found = list(charges)
        self._included().discount(found, since)
        self.charges = tuple(found)

    def _included(self) -> Included:
        return Included(self.shape, self.members, self.licenses, self.cost_centers)

    def _recent(self, charge: Charge, days: int) -> bool:
        return charge.day > self.today - timedelta(days=days)

    def _replace(self, change: Callable[[Charge], Charge]) -> None:
        self.charges = tuple(change(charge) for charge in self.charges)


def _is_copilots(charge: Charge) -> bool:
    return any(name in (charge.workflow_path or "") for name in (REVIEWER, CLOUD_AGENT))


@lru_cache(maxsize=8)
def _unchanged_bill(shape: BillShape, today: date, seed: int) -> Bill:
    return Bill(shape, today, seed)


def new_bill(shape: BillShape, today: date, seed: int) -> Bill:
    """Made up once for many sandboxes: that takes longer than most tests need for a sync."""
    return _unchanged_bill(shape, today, seed).copied()


def _respelled(endpoint: str, charge: Charge) -> Charge:
    product, sku, unit = spelling.spelled(endpoint, charge.product, charge.sku, charge.unit_type)
    return charge._replace(product=product, sku=sku, unit_type=unit)
