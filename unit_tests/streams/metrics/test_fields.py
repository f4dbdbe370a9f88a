from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.streams.metrics.fields import (
    DROPPED,
    Column,
    Kind,
    Shape,
    empty_row,
    fill,
    refusing,
    require_day,
)

SHAPE: Shape = {
    "count": Column("count", Kind.INTEGER),
    "minutes": Column("minutes", Kind.NUMBER),
    "used": Column("used", Kind.FLAG),
    "user_login": Column("login", Kind.TEXT),
    "totals": Column("totals", Kind.ARRAY),
    "whole": Column("whole", Kind.OBJECT),
    "inner": {"count": Column("inner_count", Kind.INTEGER), "deeper": {"count": Column("deeper_count", Kind.INTEGER)}},
    "etl_id": DROPPED,
}
REFUSE = refusing("Enterprise acme: the metrics of 2026-11-10")


def filled(**values: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
    row = empty_row(SHAPE)
    left = fill(row, values, SHAPE, REFUSE)
    return {name: value for name, value in row.items() if value is not None}, left


def test_an_empty_row_has_every_column_unknown() -> None:
    names = ["count", "minutes", "used", "login", "totals", "whole", "inner_count", "deeper_count"]
    assert empty_row(SHAPE) == dict.fromkeys(names)


def test_known_keys_go_into_their_columns_and_0_and_false_are_kept() -> None:
    row, left = filled(count=0, minutes=2, used=False, user_login="User-1", totals=[], whole={}, inner={"count": 3})
    assert row == {
        "count": 0, "minutes": 2, "used": False, "login": "User-1", "totals": [], "whole": {}, "inner_count": 3,
    }  # fmt: skip
    assert left is None


def test_a_whole_number_may_be_written_with_a_point() -> None:
    row, _ = filled(count=3.0)
    assert (row["count"], type(row["count"])) == (3, int)


def test_null_is_the_same_as_absent() -> None:
    assert filled(**dict.fromkeys(SHAPE)) == ({}, None)


def test_unknown_keys_are_kept_where_they_stood_and_housekeeping_is_not() -> None:
    inner = {"count": 1, "new": [1], "deeper": {"newer": 2}}
    row, left = filled(etl_id="x", brand_new=None, inner=inner)
    assert row == {"inner_count": 1}
    assert left == {"brand_new": None, "inner": {"new": [1], "deeper": {"newer": 2}}}


@pytest.mark.parametrize(
    "values, complaint",
    [
        ({"count": 1.5}, "count is no whole number"),
        ({"count": True}, "count is no whole number"),
        ({"count": "1"}, "count is no whole number"),
        ({"minutes": True}, "minutes is no number"),
        ({"used": 1}, "used is neither true nor false"),
        ({"user_login": 7}, "user_login is no text"),
        ({"totals": {}}, "totals is no array"),
        ({"whole": []}, "whole is no object"),
        ({"inner": [1]}, "inner is no object"),
        ({"inner": {"deeper": {"count": "1"}}}, "count is no whole number"),
    ],
)
def test_a_value_of_another_type_is_refused(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConnectorError, match=complaint) as caught:
        filled(**values)
    assert caught.value.code is Code.UNEXPECTED_ANSWER
    assert "Enterprise acme: the metrics of 2026-11-10 cannot be read" in caught.value.sentence


def test_another_day_than_the_one_asked_for_is_refused_and_a_missing_one_is_not() -> None:
    for values in ({}, {"day": None}, {"day": "2026-11-10"}):
        require_day(values, date(2026, 11, 10), REFUSE)
    with pytest.raises(ConnectorError, match="day is not the day that was asked for"):
        require_day({"day": "2026-11-09"}, date(2026, 11, 10), REFUSE)
