"""The schemas say of each column what the code makes of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.streams.metrics import metrics, metrics_breakdown, user_metrics, user_teams
from source_github_copilot_billing.streams.metrics.fields import Column, Dropped, Kind, Shape, refusing
from source_github_copilot_billing.sync.schema import schema
from source_github_copilot_billing.sync.stream import Row
from testing.accounts import enterprise

DAY, REFUSE = date(2026, 10, 1), refusing("the report")
OF_THE_READ = {"read_at", "window_first", "window_last"}
TYPES = {
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.TEXT: "string",
    Kind.FLAG: "boolean",
    Kind.ARRAY: "array",
    Kind.OBJECT: "object",
}
SHAPES: dict[str, Shape] = {
    "metrics": metrics.SHAPE,
    "metrics_breakdown": metrics_breakdown.SHAPE,
    "user_metrics": user_metrics.SHAPE,
    "user_teams": user_teams.SHAPE,
}
streams = pytest.mark.parametrize("stream", SHAPES)


def a_row(stream: str) -> Row:
    account = enterprise()
    rows: dict[str, Row] = {
        "metrics": metrics.metrics_row(account, DAY, {}),
        "metrics_breakdown": next(metrics_breakdown.breakdown_rows(account, DAY, {"totals_by_ide": [{"ide": "x"}]})),
        "user_metrics": user_metrics.user_metrics_row(account, DAY, {"user_id": 1}, REFUSE),
        "user_teams": user_teams.user_team_row(account, DAY, {"user_id": 1, "team_id": 1}, REFUSE),
    }
    return rows[stream]


def columns(shape: Shape) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for place in shape.values():
        if isinstance(place, Column):
            found[place.name] = place.kind
        elif not isinstance(place, Dropped):
            found.update(columns(place))
    return found


def properties(stream: str) -> Mapping[str, Mapping[str, Any]]:
    told: Mapping[str, Mapping[str, Any]] = schema(stream)["properties"]
    return told


@streams
def test_a_row_has_the_columns_of_the_schema(stream: str) -> None:
    assert set(a_row(stream)) | OF_THE_READ == set(properties(stream))


@streams
def test_each_column_has_the_type_that_the_code_lets_through_and_may_be_null(stream: str) -> None:
    told = properties(stream)
    for name, kind in columns(SHAPES[stream]).items():
        assert told[name]["type"] == ["null", TYPES[kind]], name


def test_the_breakdowns_of_the_schema_are_those_of_the_code() -> None:
    told = properties("metrics_breakdown")["breakdown"]
    assert tuple(told["enum"]) == metrics_breakdown.BREAKDOWNS
    assert "adds up to the day" in told["description"]
