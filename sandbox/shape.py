"""What kind of bill the sandbox makes up: how many of what, and over which days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

# https://docs.github.com/billing: AI credits replaced premium requests on this day.
AI_CREDITS_BEGIN = date(2026, 6, 1)
HISTORY_MONTHS = 24

# Commas, quotes and colons on purpose: all three stand in real model names or break a naive CSV reader.
DEFAULT_MODELS = ("Claude Sonnet 4.5", "Auto: Claude Haiku 4.5", "GPT-5, preview", 'GPT-5 "mini"', "Gemini 2.5 Pro")


@dataclass(frozen=True)
class BillShape:
    """Sizes and shares of a generated bill. Shares are fractions between 0 and 1."""

    enterprise: str = "acme"
    # Mixed case on purpose: GitHub's names are not case-sensitive.
    organizations: tuple[str, ...] = ("acme-platform", "acme-data", "Acme-Labs")
    users_per_organization: int = 5
    # They hold a seat and use nothing.
    idle_users_per_organization: int = 2
    # Together over all organizations: they used something and hold no seat any more.
    users_who_left: int = 2
    # Members of the first organization who hold a seat in the second one too, and use credits in both.
    shared_users: int = 1
    # They hold a seat, and asking for their usage answers 404.
    renamed_users: int = 1
    # Share of the AI usage that GitHub attributes to nobody.
    share_without_user: float = 0.03
    # Share of that remainder which the included credits do not cover, so that it is paid from the first credit.
    share_outside_pool: float = 0
    # The last one is deleted half-way through the billed days.
    cost_centers: int = 3
    # The deleted cost center is called like the first active one.
    same_name_cost_centers: bool = False
    repositories_per_organization: int = 3
    # None: the first of the month eight months before today. Never more than 24 months back.
    first_day: date | None = None
    models: tuple[str, ...] = field(default=DEFAULT_MODELS)
    # Actions minutes and storage, which are not Copilot's.
    other_products: bool = True
    # Seats are billed as line items of product Copilot.
    seat_charges: bool = True
    # All seats of a month are billed on its first day, and those added later on theirs.
    prepaid_seats: bool = False
    # (day, how many): users of the first organization who get their seat on that day.
    joiners: tuple[tuple[date, int], ...] = ()
    # There is no enterprise: each organization has a bill of its own, and its own pool of included credits.
    standalone: bool = False
    # Organizations whose seats are of Copilot Enterprise; all others have Copilot Business.
    enterprise_plans: tuple[str, ...] = ()
    # Users who hold a second seat, by a team of the enterprise.
    enterprise_team_seats: int = 0
    # Seats that end with the month.
    pending_cancellations: int = 0
    # Products beside Copilot that use AI credits: spark, code_quality; and coding_agent, new_unit and new_sku, SKUs of
    # Copilot's own.
    credit_products: tuple[str, ...] = ()
    # Minutes of the sandboxes that agents work in: a product of its own.
    sandbox_minutes: bool = False
    # What a user used of a model on a day stands in several charges: without a repository, and for two of them.
    charges_by_repository: bool = False
    # Most AI credits of one charge: by default so many that what the seats include is used up in mid-month.
    credits_per_charge: int = 400
    # AI credits that a cost center with a pool of its own may draw on the included ones: more than it uses.
    pool_target: int = 1_000_000
    # Now and then the discount of AI credits and their net amount do not add up to the gross amount.
    odd_discounts: bool = False
    # The day on which all budgets were made: they count from it on. None: before this month.
    budgets_since: date | None = None
    # The first cost center has overspent its budget, which stops the usage; the second one has spent nine tenths of it.
    tight_budgets: bool = False
    # Share of the days on which a user uses anything.
    active_share: float = 0.6
    # Most models a user uses on one day.
    models_per_day: int = 2


def months_back(day: date, months: int) -> date:
    """The first of the month `months` months before `day`."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def first_billed_day(shape: BillShape, today: date) -> date:
    """The first day with charges: GitHub keeps 24 months, so nothing older is ever billed here."""
    return max(shape.first_day or months_back(today, 8), months_back(today, HISTORY_MONTHS))
