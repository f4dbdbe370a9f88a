from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from source_github_copilot_billing.accounts import AccountId, UnreadableAccount
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.account_partition import AccountPartition, UnreadablePartition
from source_github_copilot_billing.sync.slice import Slice, slices_of_days
from source_github_copilot_billing.sync.state import AccountState
from source_github_copilot_billing.sync.stream import AccountReader, Finished, NotYet, Row
from unit_tests.sync.ledger import ACME, START, TODAY, Ledger, entry

Event = tuple[str, str]
PASSING = [Code.UNREACHABLE, Code.EXPORT_FAILED, Code.UNEXPECTED_ANSWER]
STOPPING = [
    Code.INVALID_CONFIGURATION,
    Code.INVALID_CREDENTIALS,
    Code.INVALID_PERMISSIONS,
    Code.NO_RESOURCE,
    Code.RATE_LIMITED,
]


class Reader:
    """Slices of two days, with a row a day. What ends a slice is raised after the row of its first day."""

    def __init__(self, ends: Mapping[str, Exception] | None = None) -> None:
        self.memory: dict[str, str] = {}
        self._ends = {date.fromisoformat(day): end for day, end in (ends or {}).items()}

    def slices(self, since: date, until: date) -> Iterable[Slice]:
        return slices_of_days(since, until, 2)

    def read(self, slice: Slice) -> Iterator[Row | Finished]:
        for day in slice.days:
            yield {"date": day.isoformat()}
            if slice.first in self._ends:
                raise self._ends[slice.first]


class Account:
    """An account of a ledger that is read to a day, and in which order rows and states came."""

    def __init__(
        self,
        reader: Any,
        until: str = "2026-11-06",
        since: str = "2026-11-01",
        *entries: Any,
        streams: tuple[str, ...] = ("usage", "reads"),
    ) -> None:
        self.ledger = Ledger(*entries, streams=streams)
        if not entries:
            self.ledger.state.begin(AccountState(ACME, START))
        self.sync = self.ledger.engine
        days = Slice(date.fromisoformat(since), date.fromisoformat(until))
        self._partition = AccountPartition(ACME, reader, days, self.ledger.state, self.sync)
        self.error: ConnectorError | None = None
        self.rows: list[Mapping[str, Any]] = []
        self.receipts: list[Mapping[str, Any]] = []
        self.events = list(self._read())

    def _read(self) -> Iterator[Event]:
        records = self._partition.read()
        while True:
            try:
                record = next(records)
            except StopIteration:
                record = None
            except ConnectorError as error:
                self.error, record = error, None
            for entries in self.ledger.emitted():
                yield "state", entries[0]["cursor"]["date"]
            if record is None:
                return
            if record.stream_name == "reads":
                self.receipts.append(record.data)
                yield "receipt", record.data["date"]
            else:
                self.rows.append(record.data)
                yield "row", record.data["date"]

    @property
    def days(self) -> list[str]:
        return [day for kind, day in self.events if kind == "row"]

    @property
    def states(self) -> list[str]:
        return [day for kind, day in self.events if kind == "state"]


def failure(code: Code, sentence: str = "acme: it failed.") -> ConnectorError:
    return ConnectorError(code, sentence)


def days(first: int, last: int) -> list[str]:
    return [f"2026-11-{number:02}" for number in range(first, last + 1)]


def test_slices_are_read_in_order_and_the_state_follows_the_rows_of_each() -> None:
    account = Account(Reader(), until="2026-11-05")
    assert account.events == [
        ("row", "2026-11-01"),
        ("row", "2026-11-02"),
        ("state", "2026-11-02"),
        ("row", "2026-11-03"),
        ("row", "2026-11-04"),
        ("state", "2026-11-04"),
        ("row", "2026-11-05"),
        ("state", "2026-11-05"),
    ]
    assert account.error is None
    assert account.sync.failures == []


def test_a_slice_without_rows_moves_the_state() -> None:
    class Empty(Reader):
        def read(self, slice: Slice) -> Iterator[Row | Finished]:
            yield from ()

    assert Account(Empty(), until="2026-11-04").events == [("state", "2026-11-02"), ("state", "2026-11-04")]


def test_how_far_it_is_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger()

    class Slow(Reader):
        def read(self, slice: Slice) -> Iterator[Row | Finished]:
            ledger.clock.sleep(25)
            yield from super().read(slice)

    reader = AccountReader(Slow().slices, Slow().read)
    caplog.set_level("INFO")
    for name in ("acme", "beta"):  # the limit is of the stream, not of the account
        account = AccountId("organization", name)
        ledger.state.begin(AccountState(account, START))
        list(AccountPartition(account, reader, Slice(START, date(2026, 11, 15)), ledger.state, ledger.engine).read())
    lines = [record.message for record in caplog.records if "days are done" in record.message]
    # Every third slice: the first one, at 25 s, begins the minute.
    assert lines == [
        "Stream usage, Organization acme: 8 of 15 days are done.",
        "Stream usage, Organization acme: 14 of 15 days are done.",
        "Stream usage, Organization beta: 4 of 15 days are done.",
        "Stream usage, Organization beta: 10 of 15 days are done.",
        "Stream usage, Organization beta: 15 of 15 days are done.",
    ]


def test_the_next_slice_is_taken_after_the_one_before_it_was_read() -> None:
    """The users of an account are known after its first slice, and decide how long the next ones are."""

    class Learning(Reader):
        length = 1

        def slices(self, since: date, until: date) -> Iterator[Slice]:
            while since <= until:
                slice = Slice(since, min(since + timedelta(days=self.length - 1), until))
                yield slice
                since = slice.last + timedelta(days=1)

        def read(self, slice: Slice) -> Iterator[Row | Finished]:
            self.length += 1
            yield from super().read(slice)

    assert Account(Learning()).states == ["2026-11-01", "2026-11-03", "2026-11-06"]


class Finishing(Reader):
    """Says after each slice that its days are finished."""

    def read(self, slice: Slice) -> Iterator[Row | Finished]:
        yield from super().read(slice)
        yield Finished(slice.first, slice.last, len(slice.days))


def test_a_receipt_stands_behind_the_rows_that_it_is_of_and_before_the_state() -> None:
    events = Account(Finishing(), until="2026-11-03").events
    assert events == [
        ("row", "2026-11-01"),
        ("row", "2026-11-02"),
        ("receipt", "2026-11-02"),
        ("state", "2026-11-02"),
        ("row", "2026-11-03"),
        ("receipt", "2026-11-03"),
        ("state", "2026-11-03"),
    ]


def test_rows_and_receipts_of_a_slice_carry_the_same_moment() -> None:
    account = Account(Finishing(), until="2026-11-02")
    assert {row["read_at"] for row in [*account.rows, *account.receipts]} == {"2026-11-22T12:00:00.000Z"}
    (receipt,) = account.receipts
    assert receipt["account_key"] == "organization:acme"
    assert (receipt["stream"], receipt["part"], receipt["row_count"]) == ("usage", None, 2)
    assert (receipt["first_day"], receipt["last_day"]) == ("2026-11-01", "2026-11-02")


def test_a_slice_that_fails_leaves_no_receipt() -> None:
    account = Account(Finishing({"2026-11-03": failure(Code.UNREACHABLE)}))
    assert [row["last_day"] for row in account.receipts] == ["2026-11-02", "2026-11-06"]


def test_no_receipt_is_given_out_where_the_catalog_does_not_name_them() -> None:
    account = Account(Finishing(), streams=("usage",))
    assert account.receipts == []
    assert account.days == days(1, 6)


def test_today_is_read_and_the_state_stays_at_yesterday() -> None:
    account = Account(Reader(), until=TODAY.isoformat())
    assert account.days[-1] == "2026-11-22"
    assert account.states[-1] == "2026-11-21"


def test_the_lookback_is_read_and_emits_no_state_before_the_cursor_moves() -> None:
    account = Account(Reader(), "2026-11-06", "2026-11-01", entry("2026-11-04"))
    assert account.days == days(1, 6)
    assert account.events[-1] == ("state", "2026-11-06")
    assert account.states == ["2026-11-06"]


@pytest.mark.parametrize("code", PASSING)
def test_a_passing_failure_holds_the_state_back_and_later_slices_are_read(code: Code) -> None:
    error = failure(code)
    account = Account(Reader({"2026-11-03": error}))
    assert account.days == [*days(1, 3), *days(5, 6)]
    assert account.states == ["2026-11-02"]
    assert account.error is error
    assert account.sync.failures == [error]


def test_a_failed_lookback_leaves_the_state_as_it_was() -> None:
    account = Account(
        Reader({"2026-11-01": failure(Code.UNREACHABLE)}), "2026-11-06", "2026-11-01", entry("2026-11-03")
    )
    assert account.days == [*days(1, 1), *days(3, 6)]
    assert account.states == []


@pytest.mark.parametrize("code", STOPPING)
def test_what_a_person_must_fix_and_a_limit_that_does_not_end_stop_the_account(code: Code) -> None:
    error = failure(code)
    account = Account(Reader({"2026-11-03": error}))
    assert account.days == days(1, 3)
    assert account.states == ["2026-11-02"]
    assert account.error is error


def test_of_several_failures_the_one_that_a_person_must_fix_is_raised() -> None:
    passing, broken = failure(Code.UNREACHABLE), failure(Code.INVALID_CREDENTIALS)
    account = Account(Reader({"2026-11-01": passing, "2026-11-05": broken}))
    assert account.error is broken
    assert account.sync.failures == [passing, broken]


def test_not_yet_counts_the_rows_until_then_and_is_no_error() -> None:
    account = Account(Reader({"2026-11-03": NotYet(date(2026, 11, 4))}))
    assert account.states == ["2026-11-02", "2026-11-03"]
    assert account.days == [*days(1, 3), *days(5, 6)]
    assert account.error is None
    assert account.sync.failures == []


def test_not_yet_from_the_slices_first_day_on_leaves_the_state_at_the_slice_before() -> None:
    account = Account(Reader({"2026-11-05": NotYet(date(2026, 11, 5))}))
    assert account.states == ["2026-11-02", "2026-11-04"]
    assert account.error is None


def test_not_yet_from_the_start_date_on_claims_no_day_before_it() -> None:
    account = Account(Reader({"2026-11-01": NotYet(date(2026, 11, 1))}), until="2026-11-02")
    assert account.states == []
    assert account.error is None


def test_what_a_reader_must_know_in_the_next_sync_is_in_the_state_once_its_slice_was_read() -> None:
    class Learning(Reader):
        def read(self, slice: Slice) -> Iterator[Row | Finished]:
            self.memory["last"] = slice.first.isoformat()
            yield from super().read(slice)

    failing = ConnectorError(Code.UNREACHABLE, "No answer.")
    account = Account(Learning({"2026-11-03": failing}), until="2026-11-04")
    (entry,) = account.ledger.state.state["states"]
    assert entry["memory"] == {"last": "2026-11-01"}


def a_mistake_while_reading() -> Any:
    return Reader({"2026-11-03": KeyError("netAmount")})


def a_mistake_in_the_first_slice() -> Any:
    class Mistaken(Reader):
        def slices(self, since: date, until: date) -> Iterator[Slice]:
            raise KeyError("netAmount")
            yield

    return Mistaken()


def a_mistake_in_a_later_slice() -> Any:
    class Mistaken(Reader):
        def slices(self, since: date, until: date) -> Iterator[Slice]:
            yield from slices_of_days(since, since + timedelta(days=1), 2)
            raise KeyError("netAmount")

    return Mistaken()


def a_mistake_before_any_slice() -> Any:
    class Mistaken(Reader):
        def slices(self, since: date, until: date) -> Iterable[Slice]:
            raise KeyError("netAmount")

    return Mistaken()


@pytest.mark.parametrize(
    ("mistaken", "read"),
    [
        (a_mistake_while_reading, [*days(1, 3), *days(5, 6)]),
        (a_mistake_in_the_first_slice, []),
        (a_mistake_in_a_later_slice, days(1, 2)),
        (a_mistake_before_any_slice, []),
    ],
)
def test_a_mistake_of_the_connector_is_an_internal_error_with_a_traceback(
    mistaken: Callable[[], Any], read: list[str]
) -> None:
    account = Account(mistaken())
    assert account.days == read
    assert account.states == (["2026-11-02"] if read else [])
    (error,) = account.sync.failures
    assert account.error is error
    assert error.code is Code.INTERNAL_ERROR
    assert "Organization acme, stream usage" in error.sentence
    assert "netAmount" not in error.sentence
    trace = error.as_airbyte_message().trace
    assert trace is not None and trace.error is not None
    assert trace.error.failure_type is FailureType.system_error
    assert "KeyError: 'netAmount'" in (trace.error.stack_trace or "")


class Panic(BaseException):
    """As a library in Rust raises it of its own bugs: `cryptography` is one."""


def test_a_panic_of_a_library_fails_the_slice_as_a_mistake_does() -> None:
    """Its thread would end without a word, and the sync wait for it for ever."""

    class Panicking(Reader):
        def read(self, slice: Slice) -> Iterator[Row | Finished]:
            raise Panic
            yield

    error = Account(Panicking()).error
    assert error is not None and error.code is Code.INTERNAL_ERROR


def test_other_errors_carry_no_traceback() -> None:
    error = Account(Reader({"2026-11-03": failure(Code.UNREACHABLE)})).error
    assert error is not None
    trace = error.as_airbyte_message().trace
    assert trace is not None and trace.error is not None
    assert trace.error.stack_trace is None


def test_an_account_that_cannot_be_read_fails_with_its_error() -> None:
    error = failure(Code.INVALID_PERMISSIONS)
    sync = Ledger().engine
    with pytest.raises(ConnectorError) as caught:
        list(UnreadablePartition("usage", UnreadableAccount(ACME, error), sync).read())
    assert caught.value is error
    assert sync.failures == [error]
