from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.state import ACCOUNTS_WITHOUT_PAUSE, AccountState, parse_state
from unit_tests.sync.ledger import ACME, BETA, START, Ledger, entry

PARTITION = {"organization": "acme"}


def day(number: int) -> date:
    return date(2026, 11, number)


def numbered(name: str, organization_id: int) -> AccountId:
    return AccountId("organization", name, organization_id)


def test_a_state_is_emitted_after_each_advance() -> None:
    ledger = Ledger()
    ledger.state.begin(AccountState(ACME, START))
    ledger.state.advance(ACME, day(3))
    assert ledger.emitted() == [[entry("2026-11-03")]]
    ledger.state.advance(ACME, day(4))
    assert ledger.emitted() == [[entry("2026-11-04")]]


def test_the_cursor_never_passes_yesterday() -> None:
    ledger = Ledger()
    ledger.state.begin(AccountState(ACME, START))
    ledger.state.advance(ACME, date(2026, 11, 22))
    assert ledger.emitted() == [[entry("2026-11-21")]]


def test_the_lookback_moves_no_cursor_and_emits_no_state() -> None:
    ledger = Ledger(entry("2026-11-20"))
    ledger.state.advance(ACME, day(14))
    ledger.state.advance(ACME, day(20))
    assert ledger.emitted() == []
    ledger.state.advance(ACME, day(21))
    assert ledger.emitted() == [[entry("2026-11-21")]]


def test_each_account_moves_its_own_entry() -> None:
    ledger = Ledger()
    ledger.state.begin(AccountState(BETA, START))
    ledger.state.begin(AccountState(ACME, START))
    ledger.state.advance(BETA, day(2))
    assert ledger.emitted() == [[entry(None), entry("2026-11-02", name="beta")]]


def test_accounts_that_are_not_read_keep_their_entry() -> None:
    ledger = Ledger(entry("2026-11-20"), entry("2026-10-05", name="gone"))
    ledger.state.advance(ACME, day(21))
    assert ledger.emitted() == [[entry("2026-11-21"), entry("2026-10-05", name="gone")]]


def test_a_finished_stream_emits_its_state_even_if_nothing_was_read() -> None:
    ledger = Ledger(entry("2026-11-20"))
    ledger.state.ensure_at_least_one_state_emitted()
    assert ledger.emitted() == [[entry("2026-11-20")]]


def test_a_state_of_many_accounts_is_emitted_once_in_a_time_that_grows_with_them() -> None:
    ledger = Ledger()
    accounts = [AccountId("organization", f"org-{number:03}") for number in range(ACCOUNTS_WITHOUT_PAUSE + 1)]
    for account in accounts:
        ledger.state.begin(AccountState(account, START))
    for account in accounts[:3]:
        ledger.state.advance(account, day(1))
    assert [entries[0] for entries in ledger.emitted()] == [entry("2026-11-01", name="org-000")]
    ledger.clock.sleep(0.5)
    ledger.state.advance(accounts[3], day(1))
    assert ledger.emitted() == []
    ledger.clock.sleep(0.02)
    ledger.state.advance(accounts[4], day(1))
    (entries,) = ledger.emitted()
    assert [one.get("cursor") for one in entries[:6]] == [{"date": "2026-11-01"}] * 5 + [None]
    ledger.state.advance(accounts[5], day(1))
    ledger.state.ensure_at_least_one_state_emitted()
    (entries,) = ledger.emitted()
    assert entries[5]["cursor"] == {"date": "2026-11-01"}


def test_as_many_accounts_as_need_no_pause_emit_each_state() -> None:
    ledger = Ledger()
    accounts = [AccountId("organization", f"org-{number:03}") for number in range(ACCOUNTS_WITHOUT_PAUSE)]
    for account in accounts:
        ledger.state.begin(AccountState(account, START))
    for account in accounts:
        ledger.state.advance(account, day(1))
    assert len(ledger.emitted()) == ACCOUNTS_WITHOUT_PAUSE


def test_an_account_is_found_whatever_its_spelling() -> None:
    ledger = Ledger(entry("2026-11-20", name="ACME"))
    found = ledger.state.entry(ACME)
    assert found is not None
    assert found.read_to == day(20)
    assert ledger.state.entry(AccountId("enterprise", "acme")) is None


def test_an_organization_of_an_older_state_is_known_by_its_name() -> None:
    ledger = Ledger(entry("2026-11-20"))
    ledger.state.recognize([numbered("acme", 1001)])
    assert ledger.state.has_read(numbered("acme", 1001))


def test_a_renamed_organization_goes_on_under_its_new_name(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(entry("2026-11-20", organization_id=1001))
    renamed = numbered("beta", 1001)
    ledger.state.recognize([renamed])
    ledger.state.warn_of_lost([renamed])
    assert ledger.state.has_read(renamed)
    assert not ledger.state.has_read(numbered("acme", 1001))
    ledger.state.advance(renamed, day(21))
    assert ledger.emitted() == [[entry("2026-11-21", name="beta", organization_id=1001)]]
    assert caplog.messages == []


def test_another_organization_that_takes_a_known_name_was_not_read() -> None:
    ledger = Ledger(entry("2026-11-20", organization_id=1001))
    ledger.state.recognize([numbered("acme", 2002)])
    assert not ledger.state.has_read(numbered("acme", 2002))


def test_organizations_that_swap_their_names_keep_their_entries(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(
        entry("2026-11-20", organization_id=1001),
        entry("2026-11-10", name="beta", organization_id=2002),
    )
    ledger.state.recognize([numbered("acme", 2002), numbered("beta", 1001)])
    ledger.state.ensure_at_least_one_state_emitted()
    assert ledger.emitted() == [
        [entry("2026-11-10", organization_id=2002), entry("2026-11-20", name="beta", organization_id=1001)]
    ]
    assert caplog.messages == []


def test_a_renamed_organization_takes_the_place_of_one_that_is_gone_and_warns(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = Ledger(
        entry("2026-11-20", organization_id=1001),
        entry("2026-11-10", name="beta", organization_id=2002),
    )
    ledger.state.recognize([numbered("beta", 1001)])
    ledger.state.ensure_at_least_one_state_emitted()
    assert ledger.emitted() == [[entry("2026-11-20", name="beta", organization_id=1001)]]
    (warning,) = caplog.messages
    assert "organization beta: the organization that had this name before is no longer installed" in warning


def test_an_account_that_is_configured_no_more_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(entry("2026-11-20"), entry("2026-10-05", name="gone"))
    ledger.state.warn_of_lost([ACME])
    (warning,) = caplog.messages
    assert warning.startswith("Stream usage, organization gone: it was read before and is no longer installed")


ENTERPRISE = {"partition": {"enterprise": "Acme"}, "cursor": {"date": "2026-11-20"}, "start_date": "2026-11-01"}


def test_a_state_is_parsed_with_all_it_says() -> None:
    assert parse_state("usage", {"states": [entry("2026-11-20", organization_id=1001, mode="report_export")]}) == [
        AccountState(numbered("acme", 1001), START, day(20), "report_export")
    ]


def test_a_state_that_0_1_0_printed_says_its_mode_as_method() -> None:
    (known,) = parse_state("ai_credit_usage", {"states": [{**ENTERPRISE, "method": "per_user_requests"}]})
    assert known == AccountState(AccountId("enterprise", "Acme"), START, day(20), "per_user_requests", rows=1)
    assert known.as_entry() == {**ENTERPRISE, "mode": "per_user_requests", "rows": 1}


def test_no_state_is_a_state_of_no_account() -> None:
    assert parse_state("usage", {}) == []


@pytest.mark.parametrize(
    "state",
    [
        [],
        {"states": {}},
        {"states": [1]},
        {"states": [{}]},
        {"states": [{"partition": {}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": {"organization": ""}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": {"organization": "acme", "enterprise": "acme"}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": {"team": "acme"}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": PARTITION, "start_date": "soon"}]},
        {"states": [{"partition": PARTITION}]},
        {"states": [{"partition": {"enterprise": "a" * 101}, "start_date": "2026-11-01"}]},
        {"date": "2026-11-01"},
        {"states": [{"partition": PARTITION, "cursor": {"day": "2026-01-01"}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": PARTITION, "cursor": {"date": 5}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": PARTITION, "start_date": "2026-01-01", "method": 5}]},
        {"states": [{"partition": PARTITION, "start_date": "2026-01-01", "mode": 5}]},
        {"states": [{"partition": PARTITION, "start_date": "2026-01-01", "organization_id": "1001"}]},
        {"states": [{"partition": PARTITION, "start_date": "2026-01-01", "organization_id": True}]},
    ],
)
def test_what_is_no_state_is_refused_in_one_sentence(state: Any) -> None:
    with pytest.raises(ConnectorError, match="the state of stream usage cannot be read") as caught:
        parse_state("usage", state)
    assert caught.value.code is Code.INVALID_CONFIGURATION
