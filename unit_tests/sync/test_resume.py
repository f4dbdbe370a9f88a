from dataclasses import replace
from datetime import date

import pytest

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.sync.resume import Resume, resume
from source_github_copilot_billing.sync.state import AccountState
from unit_tests.sync.ledger import ACME, START, YESTERDAY


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


READ_TO = day("11-20")


def known(
    read_to: date | None = READ_TO, start: date = START, mode: str | None = None, account: AccountId = ACME
) -> AccountState:
    return AccountState(account, start, read_to, mode)


def begin(
    entry: AccountState | None,
    start: date = START,
    lookback_days: int = 7,
    mode: str | None = None,
    account: AccountId = ACME,
    last_day: date | None = None,
) -> Resume:
    return resume(entry, account, mode, start, lookback_days, YESTERDAY, last_day)


def test_an_account_without_state_begins_at_its_start_date() -> None:
    assert begin(None, mode="report_export") == Resume(START, AccountState(ACME, START, None, "report_export"))


def test_an_account_that_was_begun_and_not_read_begins_at_its_start_date() -> None:
    assert begin(known(None), start=day("11-03")) == Resume(day("11-03"), AccountState(ACME, day("11-03")))


def test_a_later_sync_begins_the_lookback_before_the_cursor() -> None:
    assert begin(known()) == Resume(day("11-13"), known())


def test_a_lookback_of_0_days_reads_the_last_day_again() -> None:
    assert begin(known(), lookback_days=0) == Resume(day("11-20"), known())


def test_a_lookback_never_begins_before_the_start_date() -> None:
    assert begin(known(), lookback_days=365) == Resume(START, known())


def test_an_earlier_start_date_begins_again_and_says_why() -> None:
    again = begin(known(), start=day("10-01"))
    assert (again.since, again.state) == (day("10-01"), AccountState(ACME, day("10-01")))
    assert again.warning is None
    assert again.notice == (
        "the state is of a read from 2026-11-01 to 2026-11-20, and start_date is 2026-10-01: it is read from there "
        "again."
    )


def test_a_later_start_date_that_leaves_the_lookback_whole_changes_nothing() -> None:
    """So that it may move back without reading anything again."""
    later = begin(known(), start=day("11-13"))
    assert later == Resume(day("11-13"), known())
    assert begin(later.state, start=START) == Resume(day("11-13"), known())


def test_a_start_date_that_cuts_the_lookback_and_moves_back_reads_from_there_again() -> None:
    """GitHub changes the amounts of the days between, and no later lookback would reach them."""
    later = begin(known(), start=day("11-15"))
    assert later == Resume(day("11-15"), known(start=day("11-15")))
    assert begin(later.state, start=START).since == START


def test_a_start_date_that_jumps_over_days_which_were_never_read_does_not_claim_them() -> None:
    earlier = known(day("06-30"), start=day("06-01"))
    jumped = begin(earlier, start=day("10-01"))
    assert (jumped.since, jumped.state) == (day("10-01"), AccountState(ACME, day("10-01")))
    back = begin(known(YESTERDAY, start=day("10-01")), start=day("06-01"))
    assert (back.since, back.state) == (day("06-01"), AccountState(ACME, day("06-01")))


def test_a_start_date_right_after_what_was_read_goes_on_without_a_lookback() -> None:
    adjoining = begin(known(day("06-30"), start=day("06-01")), start=day("07-01"))
    assert adjoining == Resume(day("07-01"), known(day("06-30"), start=day("07-01")))


@pytest.mark.parametrize("read_to", [day("11-20"), None], ids=["read", "begun"])
@pytest.mark.parametrize("start", [START, day("10-01")], ids=["same start", "earlier start"])
def test_another_mode_begins_again_and_always_warns(read_to: date | None, start: date) -> None:
    again = begin(known(read_to, mode="report_export"), start=start, mode="per_user_requests")
    assert (again.since, again.state) == (start, AccountState(ACME, start, None, "per_user_requests"))
    assert again.warning is not None
    assert again.warning.startswith("it was read by report_export before and is read by per_user_requests from now on")
    assert "Remove the rows" in again.warning


def test_the_same_mode_goes_on() -> None:
    entry = known(mode="report_export")
    assert begin(entry, mode="report_export") == Resume(day("11-13"), entry)


def test_another_organization_of_the_same_name_is_read_from_the_start_and_warns() -> None:
    now = AccountId("organization", "acme", 2002)
    again = begin(known(account=AccountId("organization", "acme", 1001)), account=now)
    assert (again.since, again.state) == (START, AccountState(now, START))
    assert again.warning is not None
    assert "of another organization, which had this name before (GitHub's number 1001, now 2002)" in again.warning


def test_an_organization_of_an_older_state_gets_its_number_and_goes_on() -> None:
    now = AccountId("organization", "acme", 1001)
    assert begin(known(), account=now) == Resume(day("11-13"), known(account=now))


def test_an_account_is_kept_under_its_present_spelling() -> None:
    now = AccountId("organization", "Acme")
    assert begin(known(), account=now) == Resume(day("11-13"), known(account=now))


def test_a_state_of_the_future_goes_on_from_yesterday_and_warns() -> None:
    assert begin(known(date(2031, 1, 1))) == Resume(
        day("11-14"),
        known(YESTERDAY),
        warning="the state says 2031-01-01, which is not over yet; going on from 2026-11-21.",
    )


@pytest.mark.parametrize("read_to", [day("05-31"), day("11-21")])
def test_what_was_read_to_its_last_day_has_nothing_more_to_read(read_to: date) -> None:
    entry = known(read_to, start=day("01-01"))
    assert begin(entry, start=day("01-01"), last_day=day("05-31")) == Resume(None, entry)


def test_what_was_not_read_to_its_last_day_goes_on() -> None:
    entry = known(day("05-30"), start=day("01-01"))
    assert begin(entry, start=day("01-01"), last_day=day("05-31")) == Resume(day("05-23"), entry)


def test_what_was_read_to_its_last_day_is_read_again_from_an_earlier_start_date() -> None:
    again = begin(known(day("05-31"), start=day("03-01")), start=day("01-01"), last_day=day("05-31"))
    assert (again.since, again.state) == (day("01-01"), AccountState(ACME, day("01-01")))


def test_a_state_of_an_older_version_is_read_again_once_and_that_is_information() -> None:
    older = replace(known(), rows=1)
    again = begin(older)
    assert (again.since, again.state) == (START, AccountState(ACME, START))
    assert again.warning is None
    assert again.notice is not None and "older version" in again.notice
