"""The stream `repository_metrics`: each repository's pull requests on each day, by the sandbox's truth."""

from datetime import date, timedelta

import pytest

from integration_tests.support.connector import merged, sync
from integration_tests.support.metrics import accounts, asked, days_with_report, downloads, read, rows_of, small_sandbox
from sandbox import BillShape
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

STREAM = "repository_metrics"


@pytest.mark.parametrize("by_app", [False, True], ids=["enterprise", "app"])
def test_pull_requests_of_each_repository_are_the_sandboxs_on_every_day_and_in_a_second_sync(by_app: bool) -> None:
    with small_sandbox(metrics_shards=3, metrics_repeat_a_line=True) as sandbox:
        first = read(sandbox, [STREAM], by_app=by_app)
        days = days_with_report(sandbox)
        assert len(asked(sandbox, "repos-1-day")) == (len(days) + 1) * len(accounts(by_app))
        assert downloads(sandbox) == 3 * len(days) * len(accounts(by_app))
        second = read(sandbox, [STREAM], first.state, by_app=by_app)
        assert not first.errors and not second.errors
        rows = list(merged(first.rows[STREAM], second.rows[STREAM]).values())
        assert len(rows) == len(first.rows[STREAM]) and second.rows[STREAM]
        for name in accounts(by_app):
            for day in days:
                truth = sandbox.metrics.pull_requests(day, name)
                found = rows_of(rows, name, day)
                counted = {
                    f"{row['repository_owner']}/{row['repository_name']}": {
                        key: row.get(f"pull_requests_{key}") for key in next(iter(truth.values()))
                    }
                    for row in found
                }
                assert counted == truth and len(found) == len(truth) > 0


def test_review_times_are_kept_from_their_first_day_on() -> None:
    with Sandbox(BillShape(first_day=date(2026, 9, 20)), today=date(2026, 10, 1)) as sandbox:
        config = sandbox.enterprise_config(start_date="2026-09-20")
        rows = sync(config, [STREAM], clock=VirtualClock(date(2026, 10, 1))).rows[STREAM]
    assert {"pull_request_review_times" in row for row in rows if row["date"] < "2026-09-25"} == {False}
    of_reviews = [row for row in rows if row["date"] >= "2026-09-25"]
    assert {len(row["pull_request_review_times"]) == (row["pull_requests_total_merged"] > 0) for row in of_reviews} == {
        True
    }
    (times, *_) = [times for row in of_reviews for times in row["pull_request_review_times"]]
    assert {"authored_by", "reviewed_by", "total_merged", "median_minutes_ready_to_first_review"} <= times.keys()


def test_no_day_before_githubs_first_one_is_fetched() -> None:
    with Sandbox(BillShape(first_day=date(2026, 7, 1)), today=date(2026, 7, 25)) as sandbox:
        config = sandbox.enterprise_config(start_date="2026-07-01")
        result = sync(config, [STREAM], clock=VirtualClock(date(2026, 7, 25)))
        assert not result.errors
        assert min(row["date"] for row in result.rows[STREAM]) == "2026-07-17"
        days = {request["day"] for request in asked(sandbox, "repos-1-day")}
        assert days == {str(date(2026, 7, 17) + timedelta(days=offset)) for offset in range(8)}


def test_the_policy_that_is_off_fails_this_stream_with_where_to_switch_it_on() -> None:
    with small_sandbox(metrics_policy_off=("acme",)) as sandbox:
        result = read(sandbox, [STREAM, "budgets"])
        assert result.statuses == {STREAM: "INCOMPLETE", "budgets": "COMPLETE"}
        assert result.errors[0].startswith("policy_disabled: Enterprise acme") and not result.rows[STREAM]
