"""The parts of the demo that do not show in its sums."""

import threading
from datetime import date
from pathlib import Path

import duckdb
import pytest

from demo.premium_requests import add_premium_requests
from demo.reading import join, side_by_side
from demo.report import since_first_day
from sandbox import Bill, BillShape
from sandbox.shape import months_back
from warehouse.errors import LoadError


def test_step_that_fails_is_told_once_the_others_have_ended() -> None:
    failed, ended = threading.Event(), threading.Event()

    def fail() -> None:
        failed.set()
        raise LoadError("no bill")

    def end() -> None:
        assert failed.wait(60)
        ended.set()

    with pytest.raises(LoadError, match="no bill"):
        side_by_side(fail, end)
    assert ended.is_set()


def test_joined_file_has_the_rows_of_every_file(tmp_path: Path) -> None:
    files = []
    for schema in ("enterprise", "organizations"):
        files.append(tmp_path / f"{schema}_bill.duckdb")
        with duckdb.connect(files[-1]) as database:
            database.execute(f"create schema {schema}")
            database.execute(f"create table {schema}.usage as select '{schema}' as account, 0.000000001 as net_amount")
    join(files, tmp_path / "demo.duckdb")
    with duckdb.connect(tmp_path / "demo.duckdb") as database:
        rows = database.sql(
            "select account from enterprise.usage union all select account from organizations.usage"
        ).fetchall()
    assert sorted(rows) == [("enterprise",), ("organizations",)]


@pytest.mark.parametrize(
    ("today", "first", "days"),
    [
        (date(2026, 11, 25), date(2026, 5, 25), 7),
        (date(2028, 5, 31), date(2026, 5, 25), 7),
        # GitHub keeps 24 months.
        (date(2028, 6, 1), date(2026, 6, 1), 0),
    ],
)
def test_premium_requests_are_billed_while_github_keeps_them(today: date, first: date, days: int) -> None:
    bill = Bill(BillShape(first_day=months_back(today, 1)), today, seed=1)
    credits_before = bill.ai_credit_sums()
    assert add_premium_requests(bill) == first
    billed = bill.premium_request_sums(("day",))
    assert len(billed) == days
    assert all(sums.quantity > 0 for sums in billed.values())
    assert bill.ai_credit_sums() == credits_before


def test_premium_requests_of_an_earlier_week_are_compared_with_their_own_stream_alone() -> None:
    bill = Bill(BillShape(first_day=date(2026, 11, 1)), date(2026, 12, 1), seed=1)
    by = ("day", "user", "sku")
    before = bill.detailed_sums(by, ("copilot",))
    add_premium_requests(bill)
    with_premium_requests = bill.detailed_sums(by, ("copilot",))
    assert len(with_premium_requests) > len(before)
    assert since_first_day(bill, by, with_premium_requests) == before
