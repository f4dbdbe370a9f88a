from datetime import date

from source_github_copilot_billing.sync.slice import (
    Slice,
    slices_of_days,
    slices_of_months,
    slices_of_months_or_days,
)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def test_days_of_a_slice_include_both_ends_oldest_first() -> None:
    assert Slice(day("02-27"), day("03-02")).days == [day("02-27"), day("02-28"), day("03-01"), day("03-02")]


def test_a_slice_of_one_day_is_named_by_it_and_a_longer_one_by_its_ends() -> None:
    assert str(Slice(day("03-01"), day("03-01"))) == "2026-03-01"
    assert str(Slice(day("03-01"), day("03-31"))) == "2026-03-01 to 2026-03-31"


def test_slices_of_days_adjoin_and_the_last_one_ends_with_the_last_day() -> None:
    assert list(slices_of_days(day("11-01"), day("11-07"), 3)) == [
        Slice(day("11-01"), day("11-03")),
        Slice(day("11-04"), day("11-06")),
        Slice(day("11-07"), day("11-07")),
    ]


def test_slices_of_days_end_where_a_whole_slice_ends() -> None:
    assert list(slices_of_days(day("11-01"), day("11-06"), 3))[-1] == Slice(day("11-04"), day("11-06"))


def test_slices_of_months_begin_with_the_whole_month_and_end_with_the_last_day() -> None:
    assert list(slices_of_months(day("09-20"), day("11-22"), day("01-01"))) == [
        Slice(day("09-01"), day("09-30")),
        Slice(day("10-01"), day("10-31")),
        Slice(day("11-01"), day("11-22")),
    ]


def test_slices_of_months_hold_no_day_before_the_earliest() -> None:
    assert list(slices_of_months(day("02-20"), day("03-05"), day("02-15"))) == [
        Slice(day("02-15"), day("02-28")),
        Slice(day("03-01"), day("03-05")),
    ]


def test_slices_of_months_go_on_over_a_new_year_and_a_leap_day() -> None:
    slices = list(slices_of_months(date(2027, 12, 31), date(2028, 3, 1), date(2027, 1, 1)))
    assert [slice.first for slice in slices] == [
        date(2027, 12, 1),
        date(2028, 1, 1),
        date(2028, 2, 1),
        date(2028, 3, 1),
    ]
    assert slices[2].last == date(2028, 2, 29)


def test_slices_of_months_or_days_end_with_the_months_and_the_last_has_all_that_fits() -> None:
    assert list(slices_of_months_or_days(day("08-30"), day("12-01"), 31)) == [
        Slice(day("08-30"), day("08-31")),
        Slice(day("09-01"), day("09-30")),
        Slice(day("10-01"), day("10-31")),
        Slice(day("11-01"), day("12-01")),
    ]
    # A month of 31 days fills the slice.
    assert list(slices_of_months_or_days(day("10-01"), day("11-01"), 31)) == [
        Slice(day("10-01"), day("10-31")),
        Slice(day("11-01"), day("11-01")),
    ]


def test_days_that_fit_into_one_slice_are_one_over_the_end_of_a_month() -> None:
    assert list(slices_of_months_or_days(day("10-25"), day("11-24"), 31)) == [Slice(day("10-25"), day("11-24"))]


def test_there_is_no_slice_when_the_last_day_is_before_the_first() -> None:
    assert list(slices_of_days(day("11-02"), day("11-01"), 3)) == []
    assert list(slices_of_months(day("11-02"), day("10-31"), day("01-01"))) == []
    assert list(slices_of_months_or_days(day("11-02"), day("11-01"), 31)) == []
