"""The tables of the streams as a destination makes them, for tests that fill them by hand."""

from __future__ import annotations

import json
import pkgutil
from typing import Any

from integration_tests.warehouse.compiled import STREAMS

_COMMON = (
    "id string, account_type string, enterprise_slug string, organization_id integer, organization_name string, "
    "date date, window_first date, window_last date, read_at date-time, "
)
_COUNTERS = (
    "user_initiated_interaction_count integer, code_generation_activity_count integer, "
    "code_acceptance_activity_count integer, loc_suggested_to_add_sum integer, loc_suggested_to_delete_sum integer, "
    "loc_added_sum integer, loc_deleted_sum integer"
)
# Streams that are planned; the schema counts as soon as the package has one.
_PLANNED = {
    "seats": "login string, user_id integer, plan_type string, assigning_team_id integer, assigning_team_slug string, "
    "assigning_team_name string, granted_by_organization string, created_at date-time, updated_at date-time, "
    "last_activity_at date-time, last_activity_editor string, last_authenticated_at date-time, "
    "pending_cancellation_date date",
    "metrics": "daily_active_users integer, weekly_active_users integer, monthly_active_users integer, "
    "monthly_active_chat_users integer, monthly_active_agent_users integer, daily_active_cli_users integer, "
    "daily_active_copilot_cloud_agent_users integer, daily_active_copilot_code_review_users integer, "
    "pull_requests_total_created integer, pull_requests_total_reviewed integer, pull_requests_total_merged integer, "
    "pull_requests_total_created_by_copilot integer, pull_requests_total_reviewed_by_copilot integer, "
    "pull_requests_total_merged_created_by_copilot integer, " + _COUNTERS,
    "metrics_breakdown": "breakdown string, ide string, feature string, language string, model string, " + _COUNTERS,
    "user_metrics": "login string, user_id integer, ai_credits_used number, used_chat boolean, used_agent boolean, "
    "used_cli boolean, " + _COUNTERS,
    "user_teams": "login string, user_id integer, team_id integer, team_slug string",
    "billing_summary": "product string, sku string, unit_type string, price_per_unit number, gross_quantity number, "
    "discount_quantity number, net_quantity number, gross_amount number, discount_amount number, net_amount number, "
    "is_final boolean",
    "cost_centers": "cost_center_id string, cost_center_name string, state string, resource_type string, "
    "resource_name string, pool_enabled boolean, pool_target number, pool_current number",
    "budgets": "budget_id string, budget_scope string, entity_name string, login string, product_skus array, "
    "budget_amount number, consumed_amount number, prevent_further_usage boolean, alerting object, "
    "expires_at date-time",
    "premium_request_usage": "cost_center_id string, cost_center_name string, login string, attribution string, "
    "model string, product string, sku string, unit_type string, price_per_unit number, gross_quantity number, "
    "gross_amount number, discount_amount number, net_amount number, monthly_quota number",
}


def columns_of(dialect: str) -> dict[str, str]:
    """The column definitions of every stream's table, by the stream's name."""
    return {
        stream: ", ".join(f"{name} {_type(kind, dialect)}" for name, kind in _fields(stream).items())
        for stream in STREAMS
    }


def _fields(stream: str) -> dict[str, str]:
    try:
        text = pkgutil.get_data("source_github_copilot_billing", f"schemas/{stream}.json")
    except FileNotFoundError:
        pairs = (field.split() for field in (_COMMON + _PLANNED[stream]).split(", "))
        return {name: kind for name, kind in pairs}
    assert text is not None
    return {name: _kind(field) for name, field in json.loads(text)["properties"].items()}


def _kind(field: dict[str, Any]) -> str:
    kinds = [field["type"]] if isinstance(field["type"], str) else field["type"]
    (kind,) = [kind for kind in kinds if kind != "null"]
    return str(field.get("format", kind))


def _type(kind: str, dialect: str) -> str:
    types = {
        "string": "varchar",
        "integer": "bigint",
        "number": "decimal(38, 9)",  # PyAirbyte's
        "boolean": "boolean",
        "date": "date",
        "date-time": "timestamp",
        "object": "json",
        "array": "json",
    }
    return "jsonb" if dialect == "postgres" and types[kind] == "json" else types[kind]
