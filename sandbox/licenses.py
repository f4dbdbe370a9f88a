"""The seats that are billed: who holds one in which month, who pays for it, and how many AI credits come with it."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random

from .charges import ENTERPRISE_SEAT, SEAT, Charge, center_on, new_charge
from .people import CostCenter, Member
from .shape import BillShape, first_billed_day, months_back
from .spelling import chance

# https://docs.github.com/copilot/concepts/billing: AI credits of a seat a month, and more in the first three months.
CREDITS = {SEAT: Decimal(1_900), ENTERPRISE_SEAT: Decimal(3_900)}
FIRST_CREDITS = {SEAT: Decimal(3_000), ENTERPRISE_SEAT: Decimal(7_000)}
FIRST_CREDITS_END = date(2026, 8, 31)


@dataclass(frozen=True)
class License:
    """A seat in one month: from `first` to the end of that month, even if its holder leaves before.

    `organization` "" and `login` None: the enterprise grants it itself, and nobody sits on it.
    """

    login: str | None
    organization: str
    sku: str
    # The holder's place among the members of the organization, which tells the cost center.
    number: int
    first: date

    @property
    def month(self) -> date:
        return self.first.replace(day=1)

    @property
    def credits(self) -> Decimal:
        return (FIRST_CREDITS if self.first <= FIRST_CREDITS_END else CREDITS)[self.sku]


def licenses_of(
    shape: BillShape, organization: str, members: Sequence[Member], today: date, seed: int
) -> Iterator[License]:
    """What is billed to one organization, month by month, of the seats that it grants to its members."""
    for month in _months(shape, today):
        for number, member in enumerate(members):
            first = max(month, member.joined_on or month)
            is_there = first <= min(_end_of(month), today) and (member.left_on is None or month <= member.left_on)
            if is_there and organization in _payers(shape, member, month, seed):
                yield License(member.login, organization, seat_of(shape, organization), number, first)


def enterprise_licenses(shape: BillShape, today: date) -> Iterator[License]:
    """The one seat that the enterprise grants itself: its line items name no organization."""
    for month in () if shape.standalone else _months(shape, today):
        yield License(None, "", SEAT, 0, month)


def seat_of(shape: BillShape, organization: str) -> str:
    return ENTERPRISE_SEAT if organization in shape.enterprise_plans else SEAT


def _payers(shape: BillShape, member: Member, month: date, seed: int) -> Sequence[str]:
    """Within an enterprise a user is billed once: Copilot Enterprise before Copilot Business, and of several
    organizations another one each month, at random."""
    if shape.standalone:
        return member.organizations
    granting = [own for own in member.organizations if seat_of(shape, own) == ENTERPRISE_SEAT] or member.organizations
    return (granting[chance(seed, month, member.login) % len(granting)],)


def seat_charges(
    shape: BillShape, licenses: Iterable[License], centers: Sequence[CostCenter], today: date, seed: int
) -> Iterator[Charge]:
    """One charge a day for all seats of one SKU, organization and cost center; prepaid ones on their first day."""
    by_month: dict[tuple[str, date], list[License]] = {}
    for license in licenses:
        by_month.setdefault((license.organization, license.month), []).append(license)
    for (organization, month), own in by_month.items():
        rng = Random(f"{seed}:{organization}:{month}:seats")
        # Between two of these days nothing changes.
        turns = {*(license.first for license in own), *(center.deleted_on for center in centers)}
        groups: dict[tuple[str, str | None], tuple[str | None, ...]] | None = None
        day = max(month, first_billed_day(shape, today))
        while day <= min(_end_of(month), today):
            if groups is None or day in turns or shape.prepaid_seats:
                groups = _groups(shape, own, centers, day)
            for (sku, center), holders in groups.items():
                quantity = len(holders) * share_of_month(day, shape.prepaid_seats)
                yield new_charge(
                    rng, day, organization, None, None, center, "copilot", sku, None, quantity, holders=holders
                )
            day += timedelta(days=1)


def _groups(
    shape: BillShape, licenses: Iterable[License], centers: Sequence[CostCenter], day: date
) -> dict[tuple[str, str | None], tuple[str | None, ...]]:
    """Who is billed on a day, by SKU and cost center."""
    groups: dict[tuple[str, str | None], list[str | None]] = {}
    for license in licenses:
        if license.first == day if shape.prepaid_seats else license.first <= day:
            center = center_on(centers, license.number, day)
            groups.setdefault((license.sku, center), []).append(license.login)
    return {key: tuple(holders) for key, holders in groups.items()}


def share_of_month(day: date, is_prepaid: bool) -> Decimal:
    """One day, or all that are left, in user-months: GitHub cuts off what lies behind the ninth decimal."""
    days = calendar.monthrange(day.year, day.month)[1]
    billed = days - day.day + 1 if is_prepaid else 1
    return (Decimal(billed) / days).quantize(Decimal("1e-9"), ROUND_DOWN)


def _months(shape: BillShape, today: date) -> Iterator[date]:
    """The first days of the months with bills."""
    month = first_billed_day(shape, today).replace(day=1)
    while month <= today:
        yield month
        month = months_back(month, -1)


def _end_of(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
