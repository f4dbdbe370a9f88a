import logging
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import NoReport
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.streams.metrics.days import stream_of_days
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, NotYet, Row
from testing.accounts import enterprise
from testing.mocked_github import TODAY, context

WEEK = Slice(TODAY - timedelta(days=10), TODAY - timedelta(days=1))


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def reader(without: set[date], failing: date | None = None, num_workers: int = 1) -> AccountReader:
    def rows_of_day(account: Account, context: Context, day: date) -> Iterator[Row]:
        if day in without:
            raise NoReport
        if day == failing:
            raise ConnectorError(Code.UNREACHABLE, f"no answer for {day}")
        yield {"date": day.isoformat()}

    return stream_of_days("metrics", 4, rows_of_day).open(enterprise(), context(num_workers))


def read(of: AccountReader) -> tuple[set[str], Exception | None]:
    """The days with a row, and how it ended."""
    days = set()
    try:
        for row in of.rows(WEEK):
            days.add(row["date"])
    except (NotYet, ConnectorError) as error:
        return days, error
    return days, None


def expected(*without: int) -> set[str]:
    return {day.isoformat() for day in WEEK.days if day not in {days_ago(days) for days in without}}


def test_slices_end_yesterday_because_today_has_no_report() -> None:
    slices = list(reader(set()).slices(days_ago(6), TODAY))
    assert slices == [Slice(days_ago(6), days_ago(3)), Slice(days_ago(2), days_ago(1))]
    assert list(reader(set()).slices(TODAY, TODAY)) == []


@pytest.mark.parametrize("num_workers", [1, 4])
def test_a_slice_with_all_reports_is_read(num_workers: int) -> None:
    assert read(reader(set(), num_workers=num_workers)) == (expected(), None)


@pytest.mark.parametrize("num_workers", [1, 4])
def test_days_in_a_row_are_finished_together_and_one_that_lacks_a_report_or_fails_is_not(num_workers: int) -> None:
    read_days = reader({days_ago(9), days_ago(1)}, failing=days_ago(5), num_workers=num_workers).read(WEEK)
    given: list[Row | Finished] = []
    with pytest.raises(ConnectorError):
        given.extend(read_days)
    assert [one for one in given if isinstance(one, Finished)] == [
        Finished(days_ago(10), days_ago(10), 1),
        Finished(days_ago(8), days_ago(6), 3),
        Finished(days_ago(4), days_ago(2), 3),
    ]
    assert not any(isinstance(one, Finished) for one in given[: len(expected(9, 1, 5))])  # behind all rows


@pytest.mark.parametrize("num_workers", [1, 4])
@pytest.mark.parametrize("missing", [(1,), (6,), (1, 2, 4)])
def test_a_young_day_without_a_report_is_not_yet_and_the_others_are_given_out(
    missing: tuple[int, ...], num_workers: int
) -> None:
    days, end = read(reader({days_ago(days) for days in missing}, num_workers=num_workers))
    assert days == expected(*missing)
    assert isinstance(end, NotYet)
    assert end.day == days_ago(max(missing))


def test_a_day_of_a_week_ago_stays_without_a_report_and_that_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "airbyte"):
        assert read(reader({days_ago(7), days_ago(9)})) == (expected(7, 9), None)
    assert "no report of 2 day(s) from 2026-11-13 to 2026-11-15" in caplog.text


def test_an_old_day_without_a_report_does_not_move_the_young_one() -> None:
    _, end = read(reader({days_ago(9), days_ago(2)}))
    assert isinstance(end, NotYet)
    assert end.day == days_ago(2)


@pytest.mark.parametrize("num_workers", [1, 4])
def test_a_day_that_fails_is_an_error_even_where_another_one_is_not_there_yet(num_workers: int) -> None:
    days, end = read(reader({days_ago(1)}, failing=days_ago(5), num_workers=num_workers))
    assert days == expected(1, 5)
    assert isinstance(end, ConnectorError)
