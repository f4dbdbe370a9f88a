"""The models for warehouses that are not at hand: dbt compiles them with the real adapter, sqlglot parses the SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
import sqlglot

from integration_tests.warehouse.compiled import PROFILES, STREAMS, compiled, compiled_models, compiled_once, manifest
from source_github_copilot_billing import streams
from warehouse.errors import LoadError
from warehouse.models import run_dbt


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "databricks", "redshift"])
def test_sql_of_every_model_is_understood_in_the_dialect(dialect: str, tmp_path: Path) -> None:
    models = compiled(dialect, tmp_path)
    assert {f"stg_github_copilot__{stream}" for stream in STREAMS} <= set(models)
    for sql in models.values():
        (statement,) = sqlglot.parse(sql, dialect=dialect)
        assert isinstance(statement, sqlglot.exp.Query)


def test_the_package_has_a_source_for_every_stream() -> None:
    assert {*STREAMS} == {stream.name for stream in streams.STREAMS}


def test_every_column_of_every_model_has_a_description_and_a_unit(compiling: Path, models: Mapping[str, str]) -> None:
    nodes = {node["name"]: node for node in manifest(compiling)["nodes"].values() if node["resource_type"] == "model"}
    for name, sql in models.items():
        assert nodes[name]["description"], name
        described = {
            column["name"].strip('"')
            for column in nodes[name]["columns"].values()
            if column["description"] and column["config"]["meta"]["unit"]
        }
        query = sqlglot.parse_one(sql, dialect="duckdb")
        assert isinstance(query, sqlglot.exp.Query)
        assert described == set(query.named_selects), name


def test_no_model_computes_with_floating_point_numbers_of_32_bits(models: Mapping[str, str]) -> None:
    """They have seven digits: an amount of 585.08 was wrong by 4e-6."""
    assert [name for name, sql in models.items() if re.search(r"\b(float|real)\b", sql)] == []


@pytest.mark.parametrize("streams", [["reads", "usage"], [stream for stream in STREAMS if stream != "usage"]])
def test_models_need_only_the_streams_that_are_synced(
    streams: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = compiled_models(compiled_once("duckdb", tmp_path_factory, streams))
    assert {name for name in models if name.startswith("stg_")} == {f"stg_github_copilot__{name}" for name in streams}
    assert ("github_copilot__cost_by_month" in models, "github_copilot__cost_by_team" in models) == (
        "usage" in streams,
        "usage" not in streams,
    )


@pytest.mark.parametrize(
    ("streams", "complaint"),
    [
        (["reads", "ai_credits"], "unknown stream ai_credits. Known: usage, "),
        ("usage", "must be a list"),
        (["usage"], "add reads, and sync it"),
    ],
)
def test_streams_that_do_not_exist_are_an_error(streams: list[str] | str, complaint: str, tmp_path: Path) -> None:
    environment = {"DBT_TARGET": "duckdb", "COPILOT_DUCKDB": str(tmp_path / "bill.duckdb")}
    with pytest.raises(LoadError, match=complaint):
        run_dbt(["parse"], environment, {"github_copilot_streams": streams}, tmp_path, PROFILES)


def test_only_tables_that_cannot_stand_still_have_a_freshness(compiling: Path) -> None:
    without = {
        source["name"]
        for source in manifest(compiling)["sources"].values()
        if not (source["freshness"] or {}).get("error_after", {}).get("count")
    }
    assert without == {
        "user_teams",
        "repository_metrics",
        "copilot_settings",
        "cost_centers",
        "budgets",
        "budget_users",
        "premium_request_usage",
    }


def test_stream_that_has_no_table_is_said_when_the_models_are_compiled(tmp_path: Path) -> None:
    environment = {"DBT_TARGET": "duckdb", "COPILOT_DUCKDB": str(tmp_path / "bill.duckdb")}
    variables = {"github_copilot_streams": ["reads", "usage"]}
    with pytest.raises(LoadError, match="github_copilot_streams lists usage, and there is no table"):
        run_dbt(["--warn-error", "compile", "-s", "stg_github_copilot__usage"], environment, variables, tmp_path)


@pytest.mark.parametrize(("streams", "count"), [(STREAMS, 11), (["reads", "usage"], 3), (["reads", "seats"], 0)])
def test_metrics_of_the_synced_streams_are_understood(streams: Iterable[str], count: int, tmp_path: Path) -> None:
    environment = {"DBT_TARGET": "duckdb", "COPILOT_DUCKDB": str(tmp_path / "bill.duckdb")}
    variables = {"github_copilot_streams": list(streams), "github_copilot_semantic_models": True}
    run_dbt(["parse"], environment, variables, tmp_path, PROFILES)
    found = manifest(tmp_path)
    assert len(found["metrics"]) == count
    assert all(metric["description"] and metric["label"] for metric in found["metrics"].values())


def test_exposures_read_models_that_are_there(compiling: Path) -> None:
    found = manifest(compiling)
    read = {node for exposure in found["exposures"].values() for node in exposure["depends_on"]["nodes"]}
    assert len(found["exposures"]) == 6
    assert read <= set(found["nodes"])
