from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from source_github_copilot_billing.endpoints.seats import Grant
from source_github_copilot_billing.preview.figures import seat_figures, seat_prices

TODAY = date(2026, 11, 22)
PRICES = {"business": Decimal(19), "enterprise": Decimal(39)}


def grant(login: str | None, plan: str | None = "business", last_activity_at: str | None = None) -> Grant:
    nothing: dict[str, Any] = dict.fromkeys(
        (
            "user_id",
            "organization_id",
            "organization_name",
            "team",
            "created_at",
            "updated_at",
            "last_activity_editor",
            "last_authenticated_at",
            "pending_cancellation_date",
        )
    )
    return Grant(login=login, plan_type=plan, last_activity_at=last_activity_at, **nothing)


def seat_line(sku: str, price: float | None, unit: str = "UserMonths") -> dict[str, Any]:
    return {"sku": sku, "unit_type": unit, "price_per_unit": price}


def test_user_with_several_grants_is_one_seat_of_the_dearer_plan_and_the_latest_activity() -> None:
    grants = [
        grant("ann", "business", "2026-11-20T08:00:00Z"),
        grant("Ann", "enterprise", None),
        grant("ANN", None, "2026-01-01T08:00:00Z"),
    ]
    figures = seat_figures(grants, PRICES, TODAY)
    assert (figures.total, figures.by_plan) == (1, {"enterprise": 1})
    assert (figures.never_used, figures.idle_30_days, figures.idle_cost_per_month) == (0, 0, 0)


@pytest.mark.parametrize(
    ("last_activity_at", "never", "idle"),
    [
        (None, 1, 0),
        ("2026-10-24T00:00:00Z", 0, 0),
        ("2026-10-23T23:59:59Z", 0, 1),
        ("2026-10-24T01:00:00+05:30", 0, 1),  # the 23rd in UTC
    ],
)
def test_seat_is_idle_after_30_days_in_utc(last_activity_at: str | None, never: int, idle: int) -> None:
    figures = seat_figures([grant("ann", last_activity_at=last_activity_at)], PRICES, TODAY)
    assert (figures.never_used, figures.idle_30_days) == (never, idle)
    assert figures.idle_cost_per_month == 19 * (never + idle)


def test_seats_without_a_user_are_one_each() -> None:
    assert seat_figures([grant(None), grant(None)], PRICES, TODAY).total == 2


@pytest.mark.parametrize("plan", [None, "unknown", "enterprise"])
def test_unused_seat_without_a_price_stands_apart_and_hides_no_other_price(plan: str | None) -> None:
    prices = {"business": Decimal(19)}
    alone = seat_figures([grant("ann", plan)], prices, TODAY)
    assert (alone.idle_cost_per_month, alone.idle_without_price) == (None, 1)
    figures = seat_figures([grant("ann", plan), grant("bob"), grant("cat")], prices, TODAY)
    assert (figures.idle_cost_per_month, figures.idle_without_price) == (38, 1)
    used = seat_figures([grant("ann", plan, "2026-11-20T08:00:00Z")], {}, TODAY)
    assert (used.idle_cost_per_month, used.idle_without_price) == (0, 0)


def test_prices_are_those_of_the_bills_seat_lines_in_any_spelling() -> None:
    lines = [
        seat_line("Copilot Business", 19.0),
        seat_line("copilot_for_business", 19.0, "user-months"),
        seat_line("Copilot Enterprise", 31.2),
        seat_line("Copilot AI Credits", 0.01, "AICredits"),
    ]
    assert seat_prices(lines) == {"business": Decimal("19.0"), "enterprise": Decimal("31.2")}


@pytest.mark.parametrize("other", [21.0, None])
def test_plan_with_several_prices_has_no_price(other: float | None) -> None:
    assert seat_prices([seat_line("Copilot Business", 19.0), seat_line("Copilot Business", other)]) == {}
