"""What the models' own words mean to a reader."""

from __future__ import annotations

from warehouse.names import plain_name
from warehouse.page.rows import Models, Row

# The streams that a model needs, where it is missing.
STREAMS = {
    "headline": "usage",
    "month_end_forecast": "usage",
    "cost_ranking": "usage",
    "recent_days": "usage",
    "budget_status": "budgets and usage",
    "idle_seats": "seats and usage",
    "seat_savings": "seats and usage",
    "seat_utilization": "seats and usage",
    "adoption_by_day": "metrics",
    "use_ranking": "metrics_breakdown",
    "bill_check": "billing_summary and usage",
    "team_costs": "usage, ai_credit_usage, seats and user_teams",
    "unit_costs": "usage and metrics",
    "changes_since_last_sync": "usage",
}
# Dimensions of AI credits: the model is there without them.
CREDIT_STREAMS = {"team": "ai_credit_usage and user_teams", "user": "ai_credit_usage", "model": "ai_credit_usage"}
NOBODY = {
    "organization": "(no organization)",
    "cost_center": "(no cost center)",
    "team": "(no team)",
    "user": "(no user)",
    "model": "(no model)",
}
CHARGE_TYPES = {"seat": "seats", "ai_credit": "AI credits", "premium_request": "premium requests", "other": "other"}
CHANGES = {
    "new_day": "a day that was over since",
    "changed_rows": "line items that changed",
    "withdrawn_rows": "line items that GitHub withdrew",
    "seat_came": "a seat came",
    "seat_went": "a seat went",
}
REASONS = {
    # Of the forecast.
    "account_behind": "an account was not read this month: see “This month by account”, and its last sync",
    "no_seats": "no seat was billed yet, so the included AI credits are not known",
    "unknown_plan": "a seat is of a plan that github_copilot_included_credits does not name",
    # Of savings.
    "month_not_in_bill": "the last closed month is not in the bill: let start_date reach as far",
    "no_seats_in_bill": "the last closed month has no seats",
    # Of budgets.
    "licenses": "it counts licenses, not dollars",
    "each_user": "it is each user's of a group",
    "unknown_scope": "it is of a new kind",
    "product_not_read": "its products are not read: see the field products",
    "credits_without_users": "the AI credits have no users",
    "no_entity": "GitHub does not say whose it is",
    "several_cost_centers": "its name fits more than one cost center",
    "credits_not_placed": "the bill does not say of AI credits whether they are its own",
    # Of changes.
    "rows_are_replaced": "not known: this warehouse keeps no older rows",
}


def why(reason: object) -> str:
    """A model's reason as a sentence's part; one that nobody knows here stands as it is."""
    return (
        REASONS.get(str(reason), plain_name(str(reason)).replace("_", " ")) if reason else "the models do not say why"
    )


def not_synced(streams: str) -> str:
    return f"Not here: it needs {streams}. Sync them, and build the models again (make sync)."


def empty_because(models: Models, model: str, otherwise: str) -> str:
    """Why there is nothing to show of a model, and what to do."""
    return otherwise if models.has(model) else not_synced(STREAMS[model])


def name_of(row: Row, dimension: str) -> str:
    """What a row of a ranking is called."""
    return NOBODY.get(dimension, "(none)") if row["name"] is None else plain_name(str(row["name"]))


def charge_name(charge_type: object) -> str:
    return CHARGE_TYPES.get(str(charge_type), plain_name(str(charge_type)))
