"""What a bill includes: AI credits by a pool, Actions minutes and storage, and the premium requests of each user.

https://docs.github.com/copilot/concepts/billing: each amount is one for the whole entity and begins anew with each
calendar month (UTC). Until it is used up the discount is the gross amount, the charge of that moment is split, and from
then on the net amount is the gross amount.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from .charges import (
    ACTIONS_MINUTES,
    ACTIONS_STORAGE,
    AI_CREDIT,
    AI_CREDITS,
    ENTERPRISE_SEAT,
    PREMIUM_REQUEST,
    SEAT,
    ZERO,
    Charge,
)
from .licenses import License, seat_of
from .people import CostCenter, Member
from .shape import BillShape
from .spelling import chance

# Of GitHub Enterprise Cloud, a month.
MINUTES, STORED_GIGABYTES = Decimal(50_000), 50
REQUESTS = {SEAT: Decimal(300), ENTERPRISE_SEAT: Decimal(1_000)}

# Whose amount it is (the entity and, of premium requests, a user), and of what.
Pool = tuple[str, str, str | None]
# Places of charges in the list of all, by their day.
Days = dict[date, list[int]]


class Included:
    """Of the bill of one enterprise, or of standalone organizations."""

    def __init__(
        self,
        shape: BillShape,
        members: Iterable[Member],
        licenses: Iterable[License],
        centers: Iterable[CostCenter],
    ) -> None:
        self._shape = shape
        self._requests = {
            member.login: max(REQUESTS[seat_of(shape, own)] for own in member.organizations) for member in members
        }
        self._caps: dict[str | None, Decimal] = {
            center.id: Decimal(center.pool_target) for center in centers if center.pool_target is not None
        }
        self._licenses: dict[tuple[str, date], list[License]] = {}
        for license in licenses:
            self._licenses.setdefault((self.entity(license.organization), license.month), []).append(license)

    def entity(self, organization: str) -> str:
        """Who has the pool that an organization draws on: itself, or "" for its enterprise."""
        return organization if self._shape.standalone else ""

    def credits(self, entity: str, day: date) -> Decimal:
        """AI credits of the month: those of each seat from the day on which it was added, and all of them."""
        own = self._licenses.get((entity, day.replace(day=1)), ())
        return sum((license.credits for license in own if license.first <= day), ZERO)

    def discount(self, charges: list[Charge], since: date) -> None:
        """Gives the charges from the month of `since` on the discounts of what is included."""
        for pool, days in self._by_pool(charges, since.replace(day=1)).items():
            caps = self._caps if pool[1] == AI_CREDIT else {}
            for place, included in _drawn(charges, days, partial(self._allowed, pool), caps):
                charges[place] = self._with_discount(charges[place], included)

    def _by_pool(self, charges: Sequence[Charge], since: date) -> Mapping[Pool, Days]:
        found: dict[Pool, Days] = {}
        for place, charge in enumerate(charges):
            if charge.day >= since:
                pool = self._pool(charge)
                if pool is not None:
                    found.setdefault(pool, {}).setdefault(charge.day, []).append(place)
        return found

    def _pool(self, charge: Charge) -> Pool | None:
        """None for what is paid from the first unit, and for corrections, which say themselves what they come to."""
        if charge.outside_pool or charge.quantity <= 0:
            return None
        entity = self.entity(charge.organization)
        if charge.sku in AI_CREDITS:
            return (entity, AI_CREDIT, None)
        if charge.sku == PREMIUM_REQUEST:
            return None if charge.user is None else (entity, charge.sku, charge.user)
        return (entity, charge.sku, None) if charge.sku in (ACTIONS_MINUTES, ACTIONS_STORAGE) else None

    def _allowed(self, pool: Pool, day: date) -> Decimal:
        """How much of it the month includes up to the end of a day."""
        entity, sku, user = pool
        if sku == ACTIONS_MINUTES:
            return MINUTES
        if sku == ACTIONS_STORAGE:
            return Decimal(STORED_GIGABYTES * 24 * calendar.monthrange(day.year, day.month)[1])
        if sku == PREMIUM_REQUEST:
            return self._requests.get(str(user), REQUESTS[SEAT])
        return self.credits(entity, day)

    def _with_discount(self, charge: Charge, included: Decimal) -> Charge:
        discount = charge.gross if included == charge.quantity else included * charge.price
        net = charge.gross - discount
        if self._shape.odd_discounts and charge.sku in AI_CREDITS:
            discount, net = _odd(charge, discount, net)
        if (discount, net) == (charge.discount, charge.net):
            return charge
        return charge._replace(discount=discount, net=net)


def _drawn(
    charges: Sequence[Charge], days: Days, allowed: Callable[[date], Decimal], caps: Mapping[str | None, Decimal]
) -> Iterator[tuple[int, Decimal]]:
    """How much of each charge is included, in the order of time; each month begins anew.

    :param caps: of cost centers that may draw so much and no more
    """
    month = date.min
    for day in sorted(days):
        if day.replace(day=1) != month:
            month, used, center_left = day.replace(day=1), ZERO, dict(caps)
        left, places = allowed(day) - used, days[day]
        if sum(charges[place].quantity for place in places) > left:
            places = sorted(places, key=lambda place: charges[place].at)
        for place in places:
            charge = charges[place]
            wanted = charge.quantity
            if charge.cost_center_id in center_left:
                wanted = min(wanted, center_left[charge.cost_center_id])
                center_left[charge.cost_center_id] -= wanted
            included = min(wanted, left)
            left -= included
            used += included
            yield place, included


def _odd(charge: Charge, discount: Decimal, net: Decimal) -> tuple[Decimal, Decimal]:
    """Now and then (discount, net) as seen in real answers, whose difference is not the gross amount."""
    draw = chance(charge.at, charge.organization, charge.user, charge.model) % 20
    if draw == 0:
        return charge.gross + Decimal("0.5"), Decimal("-0.3")
    return (charge.gross + Decimal("0.05"), ZERO) if draw == 1 else (discount, net)
