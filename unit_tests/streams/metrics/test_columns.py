"""What becomes of the values of a report, by columns as a schema describes them."""

from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.streams.metrics import lines, metrics
from source_github_copilot_billing.streams.metrics.columns import ReportColumns
from source_github_copilot_billing.sync.schema import columns
from testing.accounts import organization

ACCOUNT, DAY = organization("acme-web", 1001), date(2026, 11, 10)
REPORT = "Enterprise acme: the metrics of 2026-11-10"
COLUMNS = ReportColumns(
    "metrics",
    {
        "id": {"type": "string", "github_key": None},
        "count": {"type": ["null", "integer"]},
        "minutes": {"type": ["null", "number"]},
        "used": {"type": ["null", "boolean"]},
        "login": {"type": ["null", "string"], "github_key": "user_login"},
        "totals": {"type": ["null", "array"]},
        "whole": {"type": ["null", "object"]},
        "inner_count": {"type": ["null", "integer"], "github_key": "inner.count"},
        "deeper_count": {"type": ["null", "integer"], "github_key": "inner.deeper.count"},
    },
)
OF_THE_ROW = ("id", "date", *ACCOUNT.id.columns)
OF_THE_READ = ("read_at",)
STREAMS = {
    "metrics": metrics.COLUMNS,
    "metrics_breakdown": metrics.BREAKDOWN_COLUMNS,
    "user_metrics": lines.USERS,
    "user_teams": lines.TEAMS,
}
every_stream = pytest.mark.parametrize("stream", STREAMS)

ODD = OddValues("metrics")


def row(**values: Any) -> dict[str, Any]:
    whole = COLUMNS.row(ACCOUNT, DAY, (), values, REPORT, ODD)
    return {name: value for name, value in whole.items() if name not in OF_THE_ROW}


def known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in row(**values).items() if value is not None}


def test_a_row_has_every_column_and_what_the_report_lacks_is_unknown() -> None:
    names = ["count", "minutes", "used", "login", "totals", "whole", "inner_count", "deeper_count", "other_fields"]
    assert row() == dict.fromkeys(names)


def test_known_keys_go_into_their_columns_and_0_and_false_are_kept() -> None:
    inner = {"count": 3, "deeper": {"count": 4}}
    assert row(count=0, minutes=2, used=False, user_login="User-1", totals=[], whole={}, inner=inner) == {
        "count": 0, "minutes": 2, "used": False, "login": "User-1", "totals": [], "whole": {}, "inner_count": 3,
        "deeper_count": 4, "other_fields": None,
    }  # fmt: skip


def test_a_whole_number_may_be_written_with_a_point() -> None:
    count = row(count=3.0)["count"]
    assert (count, type(count)) == (3, int)


def test_null_is_the_same_as_absent() -> None:
    keys = ("count", "minutes", "used", "user_login", "totals", "whole", "inner", "day", "etl_id")
    assert known(**dict.fromkeys(keys)) == {}


def test_unknown_keys_are_kept_where_they_stood_and_housekeeping_is_not() -> None:
    inner = {"count": 1, "new": [1], "deeper": {"newer": 2}}
    assert known(etl_id="x", organization_id="1001", day=str(DAY), brand_new=None, inner=inner) == {
        "inner_count": 1,
        "other_fields": {"brand_new": None, "inner": {"new": [1], "deeper": {"newer": 2}}},
    }


@pytest.mark.parametrize(
    ("values", "key", "column"),
    [
        ({"count": 1.5}, "count", "count"),
        ({"count": True}, "count", "count"),
        ({"count": "1"}, "count", "count"),
        ({"minutes": True}, "minutes", "minutes"),
        ({"used": 1}, "used", "used"),
        ({"user_login": 7}, "user_login", "login"),
        ({"totals": {}}, "totals", "totals"),
        ({"whole": []}, "whole", "whole"),
        ({"inner": [1]}, "inner", "inner_count"),
        ({"inner": {"deeper": {"count": "1"}}}, "count", "deeper_count"),
    ],
)
def test_a_value_of_another_type_costs_its_column_alone_and_is_kept_and_counted(
    values: dict[str, Any], key: str, column: str
) -> None:
    odd = OddValues("metrics")
    found = COLUMNS.row(ACCOUNT, DAY, (), {"minutes": 2.5, **values}, REPORT, odd)
    assert found[column] is None
    assert found["other_fields"] == values
    assert found["minutes"] == (None if key == "minutes" else 2.5)
    assert f"documents: {key} (1)." in str(odd.sentence())


def test_another_day_than_the_one_asked_for_is_refused_and_a_missing_one_is_not() -> None:
    assert known() == known(day=None) == known(day="2026-11-10") == {}
    with pytest.raises(ConnectorError, match="day is not the day that was asked for"):
        row(day="2026-11-09")


@every_stream
def test_a_row_has_the_columns_of_its_schema(stream: str) -> None:
    found = {*STREAMS[stream].row(ACCOUNT, DAY, (), {}, REPORT, ODD), *OF_THE_READ}
    own = {"breakdown"} if stream == "metrics_breakdown" else set()
    assert found | own == columns(stream).keys()


@every_stream
def test_a_report_fills_no_column_of_the_connectors_own(stream: str) -> None:
    own = {name for name in (*OF_THE_ROW, *OF_THE_READ) if name != "organization_id"}  # which GitHub does give
    found = STREAMS[stream].row(
        ACCOUNT, DAY, (), {**dict.fromkeys(own, "GitHub's"), "organization_id": "7"}, REPORT, ODD
    )
    assert found["other_fields"] == dict.fromkeys(own, "GitHub's")
    assert {name: found[name] for name in ACCOUNT.id.columns} == ACCOUNT.id.columns
    assert (found["date"], len(found["id"])) == (str(DAY), 32)
