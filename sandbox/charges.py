"""Makes up what one organization used: deterministic for shape, seed and day.

What of it is included, and so discounted, is not known here: each charge is one that is paid in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import NamedTuple

from .people import CostCenter, Member
from .shape import AI_CREDITS_BEGIN, BillShape, first_billed_day

AI_CREDIT = "copilot_ai_credit"
PREMIUM_REQUEST = "copilot_premium_request"
SEAT, ENTERPRISE_SEAT = "copilot_for_business", "copilot_enterprise"

ACTIONS_MINUTES, ACTIONS_STORAGE = "actions_linux", "actions_storage"
# A runner that the included minutes do not cover.
LARGE_RUNNER_MINUTES = "actions_linux_16_core"
SANDBOX_MINUTES = "sandbox_linux"
# What stands in the path of a workflow that Copilot starts; `dynamic/` alone is of others, too.
REVIEWER, CLOUD_AGENT = "copilot-pull-request-reviewer", "copilot-swe-agent"
REVIEWER_S_PATH, REVIEWER_S_NEW_PATH = f"dynamic/{REVIEWER}/{REVIEWER}", f"dynamic/agents/{REVIEWER}"
NEW_PATH_BEGINS = date(2026, 8, 1)
# Other products that use the same credits, by the word that asks for them: (product, SKU).
CREDIT_PRODUCTS = {
    "spark": ("spark", "spark_ai_credit"),
    "code_quality": ("code_quality", "code_quality_ai_credit"),
    "coding_agent": ("copilot", "coding_agent_ai_credit"),
    # Of Copilot, as GitHub may begin to bill any day: a new unit for AI credits, and a SKU that does not name them.
    "new_unit": ("copilot", "review_ai_credit"),
    "new_sku": ("copilot", "copilot_agent_session"),
}
AI_CREDITS = (AI_CREDIT, *(sku for _, sku in CREDIT_PRODUCTS.values()))

UNIT_PRICES = {
    **{sku: ("ai-credits", Decimal("0.01")) for sku in AI_CREDITS},
    "review_ai_credit": ("reviews", Decimal("0.01")),
    "copilot_agent_session": ("sessions", Decimal("0.01")),
    PREMIUM_REQUEST: ("requests", Decimal("0.04")),
    SEAT: ("user-months", Decimal(19)),
    ENTERPRISE_SEAT: ("user-months", Decimal(39)),
    SANDBOX_MINUTES: ("minutes", Decimal("0.008")),
    ACTIONS_MINUTES: ("minutes", Decimal("0.006")),
    # A review's price on that runner, as seen: the list price is seven times as much.
    LARGE_RUNNER_MINUTES: ("minutes", Decimal("0.006")),
    ACTIONS_STORAGE: ("gigabyte-hours", Decimal("0.00033602")),
}
ZERO = Decimal(0)


class Tokens(NamedTuple):
    input: int
    output: int
    cache_read: int
    cache_write: int


# Tuples, because a bill has a million of them: a frozen dataclass takes several times as long to make.
class Charge(NamedTuple):
    """One thing that was billed. Amounts are USD, quantities are in `unit_type`, `at` is UTC and lies in `day`.

    `net` is what GitHub says, which is not always `gross - discount` (`BillShape.odd_discounts`).
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
    # AI credits that no pool includes.
    outside_pool: bool = False
    # Who sits on the seats that are charged: None where nobody does.
    holders: tuple[str | None, ...] = ()
    # Of Actions minutes: the path of the workflow.
    workflow_path: str | None = None


def organization_charges(
    shape: BillShape,
    organization: str,
    members: Sequence[Member],
    centers: Sequence[CostCenter],
    today: date,
    seed: int,
) -> Iterator[Charge]:
    """All charges of one organization but its seats, from the first billed day to `today`."""
    rng = Random(f"{seed}:{organization}")
    repositories = [f"{organization}/repo-{number + 1}" for number in range(shape.repositories_per_organization)]
    day = first_billed_day(shape, today)
    while day <= today:
        for number, member in enumerate(members):
            if member.uses_on(day) and rng.random() < shape.active_share:
                center = center_on(centers, number, day)
                for model in rng.sample(shape.models, _up_to(rng, min(shape.models_per_day, len(shape.models)))):
                    nobody = rng.random() < shape.share_without_user
                    # What people type into an editor has no repository; agents and reviews have one.
                    repository = rng.choice(repositories) if repositories and rng.random() < 0.3 else None
                    login = None if nobody else member.login
                    charge = _ai_charge(shape, rng, day, organization, repository, login, center, model)
                    if shape.charges_by_repository and charge.sku == AI_CREDIT:
                        yield from by_repository(charge, repositories)
                    else:
                        yield charge
        if shape.other_products:
            for number, repository in enumerate(repositories):
                center = center_on(centers, number, day)
                yield from _actions_charges(rng, day, organization, repository, center)
        day += timedelta(days=1)
    if shape.sandbox_minutes:
        yield from _sandbox_charges(organization, repositories, shape, today, seed)
    for name in shape.credit_products:
        yield from _credits_of(name, shape, organization, members, centers, today, seed)


def _actions_charges(
    rng: Random, day: date, organization: str, repository: str, center: str | None
) -> Iterator[Charge]:
    """Minutes of one workflow, every third of Copilot's, and storage."""
    reviewer = REVIEWER_S_NEW_PATH if day >= NEW_PATH_BEGINS else REVIEWER_S_PATH
    path, user, sku = rng.choice(
        (
            (".github/workflows/ci.yml", None, ACTIONS_MINUTES),
            (".github/workflows/release.yml", None, ACTIONS_MINUTES),
            ("dynamic/agents/github-advanced-security", "github-advanced-security[bot]", ACTIONS_MINUTES),
            ("required/.github/workflows/policy.yml", None, ACTIONS_MINUTES),
            (f"dynamic/{CLOUD_AGENT}/copilot", None, ACTIONS_MINUTES),
            (reviewer, f"{REVIEWER}[bot]", rng.choice((ACTIONS_MINUTES, LARGE_RUNNER_MINUTES))),
        )
    )
    minutes, stored = (Decimal(_up_to(rng, 400_000)).scaleb(-3) for _ in range(2))
    charge = new_charge(rng, day, organization, repository, user, center, "actions", sku, None, minutes)
    yield charge._replace(workflow_path=path)
    yield new_charge(rng, day, organization, repository, None, center, "actions", ACTIONS_STORAGE, None, stored)


def _sandbox_charges(
    organization: str, repositories: Sequence[str], shape: BillShape, today: date, seed: int
) -> Iterator[Charge]:
    rng = Random(f"{seed}:{organization}:sandbox")
    day = first_billed_day(shape, today)
    while day <= today:
        for repository in repositories:
            quantity = Decimal(_up_to(rng, 90_000)).scaleb(-3)
            yield new_charge(rng, day, organization, repository, None, None, "sandbox", SANDBOX_MINUTES, None, quantity)
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
                quantity = Decimal(_up_to(rng, 60_000_000)).scaleb(-6)
                center, model = center_on(centers, number, day), rng.choice(shape.models)
                yield new_charge(rng, day, organization, None, member.login, center, product, sku, model, quantity)
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
        yield charge._replace(repository=repository, quantity=quantity, gross=gross, net=gross, tokens=None)


def center_on(centers: Sequence[CostCenter], number: int, day: date) -> str | None:
    """The cost center of the `number`-th user or repository: in turn none, then each one until it is deleted."""
    place = number % (len(centers) + 1)
    if place == 0:
        return None
    center = centers[place - 1]
    return center.id if center.deleted_on is None or day < center.deleted_on else None


def _ai_charge(
    shape: BillShape,
    rng: Random,
    day: date,
    organization: str,
    repository: str | None,
    user: str | None,
    center: str | None,
    model: str,
) -> Charge:
    if day < AI_CREDITS_BEGIN:
        quantity = Decimal(rng.choice((33, 100, 400, 1000, 5000))).scaleb(-2)
        return new_charge(rng, day, organization, repository, user, center, "copilot", PREMIUM_REQUEST, model, quantity)
    # One in twenty has nine places, as real ones do (0.249999995).
    quantity = Decimal(_up_to(rng, shape.credits_per_charge * 1_000_000)).scaleb(-6)
    if rng.random() < 0.05:
        quantity = Decimal(_up_to(rng, 999_999_999)).scaleb(-9)
    tokens = Tokens(_up_to(rng, 9_000), _up_to(rng, 9_000), _up_to(rng, 300_000), _up_to(rng, 40_000))
    outside_pool = user is None and rng.random() < shape.share_outside_pool
    return new_charge(
        rng, day, organization, repository, user, center, "copilot", AI_CREDIT, model, quantity,
        tokens=tokens, outside_pool=outside_pool,
    )  # fmt: skip


def new_charge(
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
    outside_pool: bool = False,
    holders: tuple[str | None, ...] = (),
) -> Charge:
    """A charge at some moment of the day, without a discount."""
    unit, price = UNIT_PRICES[sku]
    gross = quantity * price
    at = datetime.combine(day, time(), timezone.utc) + timedelta(seconds=_up_to(rng, 86_400) - 1)
    return Charge(
        day, at, organization, repository, user, center, product, sku, model, unit, quantity, price, gross, ZERO, gross,
        tokens, outside_pool, holders,
    )  # fmt: skip


def _up_to(rng: Random, most: int) -> int:
    """From 1 on. The module's own way takes three times as long, and a bill needs millions of them."""
    return 1 + int(rng.random() * most)
