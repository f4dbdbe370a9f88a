"""Makes up the charges of one organization: deterministic for shape, seed and day."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from random import Random

from .people import CostCenter, Member
from .shape import AI_CREDITS_BEGIN, BillShape, first_billed_day

AI_CREDIT = "copilot_ai_credit"
PREMIUM_REQUEST = "copilot_premium_request"
SEAT, ENTERPRISE_SEAT = "copilot_for_business", "copilot_enterprise"

SANDBOX_MINUTES = "sandbox_linux"
# Other products that use the same credits, by the word that asks for them: (product, SKU).
CREDIT_PRODUCTS = {
    "spark": ("spark", "spark_ai_credit"),
    "code_quality": ("code_quality", "code_quality_ai_credit"),
    "coding_agent": ("copilot", "coding_agent_ai_credit"),
}
AI_CREDITS = (AI_CREDIT, *(sku for _, sku in CREDIT_PRODUCTS.values()))

UNIT_PRICES = {
    **{sku: ("ai-credits", Decimal("0.01")) for sku in AI_CREDITS},
    PREMIUM_REQUEST: ("requests", Decimal("0.04")),
    SEAT: ("user-months", Decimal(19)),
    ENTERPRISE_SEAT: ("user-months", Decimal(39)),
    SANDBOX_MINUTES: ("minutes", Decimal("0.008")),
    "actions_linux": ("minutes", Decimal("0.006")),
    "actions_storage": ("gigabyte-hours", Decimal("0.00033602")),
}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Tokens:
    input: int
    output: int
    cache_read: int
    cache_write: int


@dataclass(frozen=True)
class Charge:
    """One thing that was billed. Amounts are USD, quantities are in `unit_type`, `at` is UTC and lies in `day`.

    `net` is what GitHub says, which is not always `gross - discount`.
    """

    day: date
    at: datetime
    # "" for what belongs to the enterprise and to none of its organizations.
    organization: str
    repository: str | None
    user: str | None
    cost_center_id: str | None
    product: str
    sku: str
    model: str | None
    unit_type: str
    quantity: Decimal
    price: Decimal
    gross: Decimal
    discount: Decimal
    net: Decimal
    tokens: Tokens | None = None


def organization_charges(
    shape: BillShape,
    organization: str,
    members: Sequence[Member],
    centers: Sequence[CostCenter],
    today: date,
    seed: int,
) -> Iterator[Charge]:
    """All charges of one organization, from the first billed day to `today`."""
    rng = Random(f"{seed}:{organization}")
    repositories = [f"{organization}/repo-{number + 1}" for number in range(shape.repositories_per_organization)]
    day = first_billed_day(shape, today)
    while day <= today:
        for number, member in enumerate(members):
            if member.uses_on(day) and rng.random() < shape.active_share:
                center = center_on(centers, number, day)
                for model in rng.sample(shape.models, rng.randint(1, min(shape.models_per_day, len(shape.models)))):
                    nobody = rng.random() < shape.share_without_user
                    # What people type into an editor has no repository; agents and reviews have one.
                    repository = rng.choice(repositories) if repositories and rng.random() < 0.3 else None
                    login = None if nobody else member.login
                    charge = _ai_charge(rng, day, organization, repository, login, center, model)
                    if shape.charges_by_repository and charge.sku == AI_CREDIT:
                        yield from by_repository(charge, repositories)
                    else:
                        yield charge
        if shape.seat_charges:
            seat = ENTERPRISE_SEAT if organization in shape.enterprise_plans else SEAT
            yield from _seat_charges(rng, day, organization, members, centers, seat)
        if shape.other_products:
            for number, repository in enumerate(repositories):
                for sku in ("actions_linux", "actions_storage"):
                    quantity = Decimal(rng.randint(0, 400_000)).scaleb(-3)
                    center = center_on(centers, number, day)
                    yield _charge(rng, day, organization, repository, None, center, "actions", sku, None, quantity)
        day += timedelta(days=1)
    if shape.sandbox_minutes:
        yield from _sandbox_charges(organization, repositories, shape, today, seed)
    for name in shape.credit_products:
        yield from _credits_of(name, shape, organization, members, centers, today, seed)


def _sandbox_charges(
    organization: str, repositories: Sequence[str], shape: BillShape, today: date, seed: int
) -> Iterator[Charge]:
    rng = Random(f"{seed}:{organization}:sandbox")
    day = first_billed_day(shape, today)
    while day <= today:
        for repository in repositories:
            quantity = Decimal(rng.randint(1, 90_000)).scaleb(-3)
            yield _charge(rng, day, organization, repository, None, None, "sandbox", SANDBOX_MINUTES, None, quantity)
        day += timedelta(days=1)


def _credits_of(
    name: str,
    shape: BillShape,
    organization: str,
    members: Sequence[Member],
    centers: Sequence[CostCenter],
    today: date,
    seed: int,
) -> Iterator[Charge]:
    """AI credits of another product. Drawn apart from the rest, which stays the same with and without them."""
    rng = Random(f"{seed}:{organization}:{name}")
    product, sku = CREDIT_PRODUCTS[name]
    day = max(first_billed_day(shape, today), AI_CREDITS_BEGIN)
    while day <= today:
        for number, member in enumerate(members):
            if member.uses_on(day) and rng.random() < shape.active_share / 3:
                quantity = Decimal(rng.randint(1, 60_000_000)).scaleb(-6)
                center, model = center_on(centers, number, day), rng.choice(shape.models)
                yield _charge(rng, day, organization, None, member.login, center, product, sku, model, quantity)
        day += timedelta(days=1)


def by_repository(charge: Charge, repositories: Sequence[str]) -> Iterator[Charge]:
    """One charge of AI credits in three: a half without a repository, the other for two of them."""
    quarter = (charge.quantity / 4).quantize(Decimal("1e-9"))
    shares = [(None, charge.quantity - 2 * quarter), *((name, quarter) for name in repositories[:2])]
    if len(shares) < 3 or quarter == 0:
        yield charge
        return
    for repository, quantity in shares:
        gross = quantity * charge.price
        discount, net = (gross, ZERO) if charge.discount else (ZERO, gross)
        yield replace(
            charge, repository=repository, quantity=quantity, gross=gross, discount=discount, net=net, tokens=None
        )


def enterprise_charges(shape: BillShape, today: date, seed: int) -> Iterator[Charge]:
    """Seats that the enterprise grants itself: their line items name no organization."""
    rng = Random(f"{seed}:")
    day = first_billed_day(shape, today)
    while day <= today and shape.seat_charges:
        yield _charge(rng, day, "", None, None, None, "copilot", SEAT, None, _per_day(1, day))
        day += timedelta(days=1)


def center_on(centers: Sequence[CostCenter], number: int, day: date) -> str | None:
    """The cost center of the `number`-th user or repository: in turn none, then each one until it is deleted."""
    place = number % (len(centers) + 1)
    if place == 0:
        return None
    center = centers[place - 1]
    return center.id if center.deleted_on is None or day < center.deleted_on else None


def _seat_charges(
    rng: Random, day: date, organization: str, members: Sequence[Member], centers: Sequence[CostCenter], seat: str
) -> Iterator[Charge]:
    seats: dict[str | None, int] = {}
    for number, member in enumerate(members):
        if member.left_on is None or day <= member.left_on:
            center = center_on(centers, number, day)
            seats[center] = seats.get(center, 0) + 1
    for center, count in seats.items():
        yield _charge(rng, day, organization, None, None, center, "copilot", seat, None, _per_day(count, day))


def _per_day(seats: int, day: date) -> Decimal:
    days = calendar.monthrange(day.year, day.month)[1]
    return (Decimal(seats) / days).quantize(Decimal("1e-9"))


def _ai_charge(
    rng: Random, day: date, organization: str, repository: str | None, user: str | None, center: str | None, model: str
) -> Charge:
    if day < AI_CREDITS_BEGIN:
        quantity = Decimal(rng.choice((33, 100, 100, 200, 1000))).scaleb(-2)
        return _charge(rng, day, organization, repository, user, center, "copilot", PREMIUM_REQUEST, model, quantity)
    # One in twenty has nine places, as real ones do (0.249999995).
    quantity = Decimal(rng.randint(1, 60_000_000)).scaleb(-6)
    if rng.random() < 0.05:
        quantity = Decimal(rng.randint(1, 999_999_999)).scaleb(-9)
    tokens = Tokens(rng.randint(1, 9_000), rng.randint(1, 9_000), rng.randint(0, 300_000), rng.randint(0, 40_000))
    return _charge(
        rng, day, organization, repository, user, center, "copilot", AI_CREDIT, model, quantity, tokens=tokens
    )


def _charge(
    rng: Random,
    day: date,
    organization: str,
    repository: str | None,
    user: str | None,
    center: str | None,
    product: str,
    sku: str,
    model: str | None,
    quantity: Decimal,
    tokens: Tokens | None = None,
) -> Charge:
    unit, price = UNIT_PRICES[sku]
    gross = quantity * price
    discount, net = _discount(rng, gross)
    at = datetime.combine(day, time(), timezone.utc) + timedelta(seconds=rng.randrange(86_400))
    return Charge(
        day, at, organization, repository, user, center, product, sku, model, unit, quantity, price, gross, discount,
        net, tokens,
    )  # fmt: skip


def _discount(rng: Random, gross: Decimal) -> tuple[Decimal, Decimal]:
    """(discount, net). Mostly all or nothing; now and then in the ways in which GitHub's sums do not work out."""
    draw = rng.random()
    if draw < 0.60:
        return gross, ZERO
    if draw < 0.88:
        return ZERO, gross
    if draw < 0.95:
        half = gross / 2
        return half, gross - half
    if draw < 0.99:
        return gross + Decimal("0.05"), ZERO
    return gross + Decimal("0.5"), Decimal("-0.3")
