from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.endpoints.period import (
    day_of,
    first_of_next_month,
    is_final_month,
    month_of,
    refuse_another_period,
)
from source_github_copilot_billing.errors import ConnectorError
from unit_tests.streams.answers import answer


@pytest.mark.parametrize(
    "day, following",
    [
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2028, 2, 1), date(2028, 3, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_the_next_month_begins_after_the_last_day(day: date, following: date) -> None:
    assert first_of_next_month(day) == following


def test_a_month_is_final_from_the_fourth_day_after_its_end() -> None:
    assert not is_final_month(date(2026, 10, 17), date(2026, 10, 31))
    assert not is_final_month(date(2026, 10, 1), date(2026, 11, 3))
    assert is_final_month(date(2026, 10, 1), date(2026, 11, 4))
    assert is_final_month(date(2025, 12, 1), date(2026, 1, 4))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"timePeriod": None},
        {"timePeriod": {}},
        {"timePeriod": {"year": 2026, "month": 10}},
        {"timePeriod": {"year": 2026, "month": 10, "day": None}},
    ],
)
def test_an_answer_that_says_the_same_or_nothing_of_its_period_is_believed(told: dict[str, Any]) -> None:
    refuse_another_period(answer(told), month_of(date(2026, 10, 5)))


@pytest.mark.parametrize(
    "told", [{"year": 2026}, {"year": 2026, "month": 9}, {"year": 2026, "month": 10, "day": 1}, "2026-10", [2026, 10]]
)
def test_an_answer_about_another_period_is_refused(told: Any) -> None:
    with pytest.raises(ConnectorError, match=r"another time|no object"):
        refuse_another_period(answer({"timePeriod": told}), month_of(date(2026, 10, 5)))


def test_a_day_is_asked_with_its_month_and_year() -> None:
    assert day_of(date(2026, 2, 3)) == {"year": 2026, "month": 2, "day": 3}
