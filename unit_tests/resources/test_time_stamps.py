import pytest

from source_github_copilot_billing.resources.time_stamps import as_text, utc_moment


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
