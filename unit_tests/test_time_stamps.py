"""Time stamps as GitHub writes them."""

from datetime import date

import pytest

from source_github_copilot_billing.time_stamps import utc_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-08-01", date(2026, 8, 1)),
        ("2026-08-01T00:00:00Z", date(2026, 8, 1)),
        ("2026-08-01T23:59:59.999Z", date(2026, 8, 1)),
        ("2026-08-01 12:00:00", date(2026, 8, 1)),
        ("2026-08-01T23:30:00-01:00", date(2026, 8, 2)),
        ("2026-08-01T00:30:00+01:00", date(2026, 7, 31)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-08-01 23:30:00 -0100", date(2026, 8, 2)),
        ("2026-08-01 10:00:00 UTC", date(2026, 8, 1)),
        ("2026-08-01T10:00:00.123456789Z", date(2026, 8, 1)),
    ],
)
def test_a_day_is_the_utc_day_of_a_time_stamp(text: str, day: date) -> None:
    assert utc_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-W32-1",
        "2026-08-01T10:00:00 CET",
        "2026-08",
        "2026",
        "2026-02-30",
        "08/01/2026",
        "2026-08-01T25:00:00Z",
        "9999-12-31T23:30:00-01:00",
    ],
)
def test_what_is_no_day_and_no_time_stamp_is_no_guess(text: str) -> None:
    assert utc_day(text) is None
