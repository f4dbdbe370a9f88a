from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.accounts import Account, Accounts, UnreadableAccount
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.airbyte_stream import AirbyteStreamOfAccounts, declaration
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import AccountReader, Context, Stream
from testing.accounts import enterprise, organization
from testing.engine import new_engine, state_of
from unit_tests.sync.ledger import entry

READER = AccountReader(slices=lambda since, until: [Slice(since, until)], read=lambda slice: [])


def fail(account: Account, context: Context) -> AccountReader:
    raise KeyError("netAmount")


STREAM = Stream("usage", lambda account, context: READER)


class SyncOfStream:
    """A sync of one stream, whose state is given as entries."""

    def __init__(self, stream: Stream, accounts: Accounts, *entries: Any, start_date: str = "2026-11-01") -> None:
        self.sync = new_engine(accounts, state_of("usage", *entries), start_date=date.fromisoformat(start_date))
        self._stream = AirbyteStreamOfAccounts(stream, self.sync)

    def planned(self) -> list[tuple[str, str, str]]:
        """Each partition's account, first and last day; a partition that only fails has no days."""
        slices = [partition.to_slice() or {} for partition in self._stream.generate_partitions()]
        return [(str(next(iter(found.values()))), found.get("since", ""), found.get("until", "")) for found in slices]

    def read(self) -> None:
        for partition in self._stream.generate_partitions():
            list(partition.read())

    @property
    def entries(self) -> Any:
        return self._stream.cursor.state["states"]


def named(*accounts: Account) -> Accounts:
    return Accounts(found=accounts)


def unreadable(account: Account) -> UnreadableAccount:
    return UnreadableAccount(account.id, ConnectorError(Code.INVALID_PERMISSIONS, f"{account.id}: not installed."))


def test_each_account_is_read_from_its_own_state() -> None:
    sync = SyncOfStream(STREAM, named(organization("acme"), organization("beta")), entry("2026-11-20"))
    assert sync.planned() == [("acme", "2026-11-13", "2026-11-22"), ("beta", "2026-11-01", "2026-11-22")]
    assert sync.entries == [entry("2026-11-20"), entry(None, name="beta")]


def test_an_account_of_a_kind_that_has_no_such_stream_is_left_out() -> None:
    stream = replace(STREAM, enterprises_only=True)
    sync = SyncOfStream(stream, named(organization("acme"), enterprise("beta")))
    assert sync.planned() == [("beta", "2026-11-01", "2026-11-22")]


def test_a_stream_begins_with_its_own_first_day() -> None:
    assert SyncOfStream(replace(STREAM, first_day=date(2026, 11, 10)), named(organization())).planned() == [
        ("acme", "2026-11-10", "2026-11-22")
    ]
    later = SyncOfStream(replace(STREAM, first_day=date(2026, 11, 10)), named(organization()), start_date="2026-11-20")
    assert later.planned() == [("acme", "2026-11-20", "2026-11-22")]


def test_a_stream_begins_with_the_first_day_that_github_keeps() -> None:
    assert SyncOfStream(replace(STREAM, history_days=7), named(organization())).planned() == [
        ("acme", "2026-11-15", "2026-11-22")
    ]


def test_a_stream_ends_with_its_last_day() -> None:
    sync = SyncOfStream(replace(STREAM, last_day=date(2026, 5, 31)), named(organization()), start_date="2026-05-01")
    assert sync.planned() == [("acme", "2026-05-01", "2026-05-31")]
    sync.read()
    assert sync.entries == [entry("2026-05-31", "2026-05-01")]


def test_a_stream_that_was_read_to_its_last_day_is_not_read_and_keeps_its_state() -> None:
    known = entry("2026-05-31", "2026-05-01")
    sync = SyncOfStream(
        replace(STREAM, last_day=date(2026, 5, 31)), named(organization()), known, start_date="2026-05-01"
    )
    assert sync.planned() == []
    assert sync.entries == [known]


def test_a_start_date_after_a_streams_last_day_reads_nothing() -> None:
    assert SyncOfStream(replace(STREAM, last_day=date(2026, 5, 31)), named(organization())).planned() == []


@pytest.mark.parametrize("entries", [[], [entry("2026-11-20")]], ids=["first sync", "later sync"])
def test_a_snapshot_is_read_of_today_alone_and_its_state_is_yesterday(entries: list[Any]) -> None:
    sync = SyncOfStream(replace(STREAM, is_snapshot=True), named(organization()), *entries)
    assert sync.planned() == [("acme", "2026-11-22", "2026-11-22")]
    sync.read()
    assert sync.entries == [entry("2026-11-21")]


def test_an_account_that_was_named_and_cannot_be_read_fails_and_holds_back_no_other() -> None:
    accounts = Accounts((organization("acme"),), unreadable=(unreadable(organization("beta")),))
    assert SyncOfStream(STREAM, accounts).planned() == [("beta", "", ""), ("acme", "2026-11-01", "2026-11-22")]


def test_an_account_that_was_left_out_fails_only_if_it_was_read_before() -> None:
    left_out = (unreadable(organization("beta", 2002)), unreadable(organization("gone", 3003)))
    accounts = Accounts((organization("acme"),), left_out=left_out, all_must_work=False)
    sync = SyncOfStream(STREAM, accounts, entry("2026-11-20", name="beta", organization_id=2002))
    assert sync.planned() == [("beta", "", ""), ("acme", "2026-11-01", "2026-11-22")]


def test_another_organization_of_a_known_name_is_read_from_the_start_and_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sync = SyncOfStream(STREAM, named(organization("acme", 2002)), entry("2026-11-20", organization_id=1001))
    assert sync.planned() == [("acme", "2026-11-01", "2026-11-22")]
    assert sync.entries == [entry(None, organization_id=2002)]
    (warning,) = caplog.messages
    assert warning.startswith("Stream usage, Organization acme: the state is of another organization")


def test_a_renamed_organization_goes_on_under_its_new_name(caplog: pytest.LogCaptureFixture) -> None:
    sync = SyncOfStream(STREAM, named(organization("beta", 1001)), entry("2026-11-20", organization_id=1001))
    assert sync.planned() == [("beta", "2026-11-13", "2026-11-22")]
    assert sync.entries == [entry("2026-11-20", name="beta", organization_id=1001)]
    assert caplog.messages == []


def test_another_enterprise_than_the_one_of_the_state_fails_alone() -> None:
    cursor = {"date": "2026-11-20"}
    known = {"partition": {"enterprise": "acme"}, "cursor": cursor, "start_date": "2026-11-01", "rows": 2}
    sync = SyncOfStream(STREAM, named(enterprise("beta"), organization("gamma")), known)
    assert sync.planned() == [("beta", "", ""), ("gamma", "2026-11-01", "2026-11-22")]
    with pytest.raises(ConnectorError, match="of enterprise acme, and the configuration names beta") as caught:
        sync.read()
    assert sync.sync.failures == [caught.value]
    assert known in sync.entries


def test_a_mistake_in_opening_an_account_is_an_internal_error() -> None:
    sync = SyncOfStream(replace(STREAM, open=fail), named(organization()))
    with pytest.raises(ConnectorError, match=r"^internal_error: stream usage: KeyError") as caught:
        sync.planned()
    assert sync.sync.failures == [caught.value]


def test_a_declared_stream_has_its_key_its_cursor_and_its_schema() -> None:
    declared = declaration(STREAM)
    assert (declared.source_defined_primary_key, declared.default_cursor_field) == ([["id"]], ["date"])
    assert declared.is_resumable is False
    assert {"id", "date", "net_amount", "read_at"} <= declared.json_schema["properties"].keys()
