"""Which columns tell what read gave a row: the slice's, or those of a reader whose slices are several reads."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.sync.account_partition import AccountPartition
from source_github_copilot_billing.sync.slice import Slice, columns_of_read
from source_github_copilot_billing.sync.stream import Row
from testing.engine import new_engine
from testing.mocked_github import ENTERPRISE

WEEK = Slice(date(2026, 11, 1), date(2026, 11, 7))
NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


class Reader:
    def slices(self, since: date, until: date) -> Iterator[Slice]:
        yield WEEK

    def read(self, slice: Slice) -> Iterator[Row]:
        yield {"id": "of the slice"}
        yield {"id": "of a day", **columns_of_read(Slice(WEEK.last, WEEK.last), NOON - timedelta(hours=1))}


class State:
    emitted = 0
    stream_name = "metrics"

    def advance(self, account: AccountId, day: date) -> None:
        """Nothing is kept."""


def test_a_row_has_the_slices_columns_unless_it_has_its_own() -> None:
    reader: Any = Reader()
    state: Any = State()
    partition = AccountPartition(ENTERPRISE, reader, WEEK, state, new_engine())
    rows = {record.data["id"]: dict(record.data) for record in partition.read()}
    assert rows["of the slice"] == {
        "id": "of the slice",
        "read_at": "2026-11-22T12:00:00.000000Z",
        "window_first": "2026-11-01",
        "window_last": "2026-11-07",
    }
    assert rows["of a day"] == {
        "id": "of a day",
        "read_at": "2026-11-22T11:00:00.000000Z",
        "window_first": "2026-11-07",
        "window_last": "2026-11-07",
    }


def test_the_time_of_a_read_is_in_utc_whatever_the_clock_tells() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert columns_of_read(WEEK, tokyo)["read_at"] == "2026-11-22T12:00:00.000000Z"
