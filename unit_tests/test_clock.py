"""Time stamps as GitHub writes them."""

from datetime import date

import pytest

from source_github_copilot_billing.clock import as_text, utc_day, utc_moment


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


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-08-13T23:15:16+05:30", "2026-08-13T17:45:16Z"),
        ("2026-08-13T23:15:16-05:00", "2026-08-14T04:15:16Z"),
        ("2026-08-13T23:15:16Z", "2026-08-13T23:15:16Z"),
        ("2026-08-13T23:15:16.789Z", "2026-08-13T23:15:16Z"),
        ("2026-08-13 23:15:16", "2026-08-13T23:15:16Z"),
    ],
)
def test_a_time_stamp_of_any_offset_is_a_moment_in_utc(text: str, expected: str) -> None:
    moment = utc_moment(text)
    assert moment is not None
    assert as_text(moment) == expected


@pytest.mark.parametrize("text", ["", "now", "2026-08", "2026-08-13", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z"])
def test_what_is_no_time_stamp_is_no_moment(text: str) -> None:
    assert utc_moment(text) is None
