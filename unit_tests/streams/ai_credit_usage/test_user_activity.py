"""Whom nobody needs to ask: only an answer of a whole month ends the questions, and guesses never cost more than they
spare."""

from datetime import date

from source_github_copilot_billing.endpoints.seats import SeatHolder
from source_github_copilot_billing.streams.ai_credit_usage.user_activity import Month, UserActivity

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
IDLE, ACTIVE = SeatHolder("idle-1", None), SeatHolder("user-1", date(2026, 7, 3))


def activity() -> UserActivity:
    return UserActivity([IDLE, ACTIVE])


def test_month_that_was_asked_and_had_nothing_is_empty() -> None:
    known = activity()
    known.learn_month("user-1", JUNE, is_used=False)
    assert known.month("user-1", JUNE) is Month.EMPTY
    assert known.month("user-1", JULY) is known.month("idle-1", JUNE) is Month.UNKNOWN


def test_empty_day_does_not_make_its_month_empty() -> None:
    known = activity()
    known.learn_day("user-1", JUNE, is_used=False)
    assert known.month("user-1", JUNE) is Month.MISSED


def test_empty_day_after_a_used_one_leaves_the_month_used() -> None:
    known = activity()
    known.learn_day("user-1", JUNE, is_used=True)
    known.learn_day("user-1", JUNE, is_used=False)
    assert known.month("user-1", JUNE) is Month.USED


def test_guesses_end_when_they_cost_more_than_they_spared() -> None:
    known = activity()
    assert known.may_guess(JUNE)
    known.learn_day("user-1", JUNE, is_used=True)  # spares the question for the month
    known.learn_day("idle-1", JUNE, is_used=False)  # costs one
    assert known.may_guess(JUNE)
    known.learn_day("idle-2", JUNE, is_used=False)
    assert not known.may_guess(JUNE)
    assert known.may_guess(JULY)


def test_second_empty_day_of_a_user_costs_no_further_guess() -> None:
    known = activity()
    known.learn_day("user-1", JUNE, is_used=True)
    for _ in range(3):
        known.learn_day("idle-1", JUNE, is_used=False)
    assert known.may_guess(JUNE)


def test_user_looks_active_by_the_seat_list_from_that_month_on() -> None:
    known = activity()
    assert [known.looks_active(ACTIVE, month) for month in (JUNE, JULY, date(2026, 8, 1))] == [True, True, False]
    assert not known.looks_active(IDLE, JUNE)


def test_user_with_a_used_day_looks_active_whatever_the_seat_list_says() -> None:
    known = activity()
    known.learn_day("idle-1", JUNE, is_used=True)
    assert known.looks_active(IDLE, JULY)


def test_users_with_most_used_days_come_first_and_others_as_the_seat_list_has_them() -> None:
    known = activity()
    assert [holder.login for holder in known.likeliest_first()] == ["idle-1", "user-1"]
    known.learn_day("user-1", JUNE, is_used=True)
    assert [holder.login for holder in known.likeliest_first()] == ["user-1", "idle-1"]
