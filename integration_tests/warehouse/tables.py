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
_PLANNED: dict[str, str] = {}


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
