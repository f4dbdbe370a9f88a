"""The tables of the streams as a destination makes them, for tests that fill them by hand."""

from __future__ import annotations

from functools import cache
from typing import Any

from integration_tests.warehouse.compiled import STREAMS
from source_github_copilot_billing.sync.schema import schema


@cache
def columns_of(dialect: str) -> dict[str, str]:
    """The column definitions of every stream's table, by the stream's name."""
    return {
        stream: ", ".join(f"{name} {_type(kind, dialect)}" for name, kind in _fields(stream).items())
        for stream in STREAMS
    }


def _fields(stream: str) -> dict[str, str]:
    return {name: _kind(field) for name, field in schema(stream)["properties"].items()}


def _kind(field: dict[str, Any]) -> str:
    kinds = [field["type"]] if isinstance(field["type"], str) else field["type"]
    (kind,) = [kind for kind in kinds if kind != "null"]
    return str(field.get("format", kind))


def _type(kind: str, dialect: str) -> str:
    types = {
        "string": "varchar",
        "integer": "bigint",
        "number": "decimal(38, 9)",  # as make sync and PyAirbyte have it
        "boolean": "boolean",
        "date": "date",
        "date-time": "timestamp",
        "object": "json",
        "array": "json",
    }
    return "jsonb" if dialect == "postgres" and types[kind] == "json" else types[kind]
