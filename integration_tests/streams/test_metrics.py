"""The streams `metrics` and `metrics_breakdown`: their numbers, their one download a day, and who may not read them."""

from collections import Counter
from typing import Any

import pytest

from integration_tests.support.connector import Row, Sync, merged, sync
from integration_tests.support.metrics import (
    ORGANIZATIONS,
    accounts,
    asked,
    days_ago,
    days_with_report,
    downloads,
    read,
    read_to,
    rows_of,
    small_sandbox,
)
from source_github_copilot_billing.streams.metrics.metrics import COUNTERS
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

BOTH = ("metrics", "metrics_breakdown")
ACCEPTANCES, INTERACTIONS = "code_acceptance_activity_count", "user_initiated_interaction_count"
every_connection = pytest.mark.parametrize("by_app", [False, True], ids=["enterprise", "app"])


@every_connection
def test_active_users_and_acceptances_are_the_sandboxs_on_every_day(by_app: bool) -> None:
    with small_sandbox() as sandbox:
        result = read(sandbox, BOTH, by_app=by_app)
        assert not result.errors
        for name in accounts(by_app):
            found = rows_of(result.rows["metrics"], name)
            assert sorted(row["date"] for row in found) == [str(day) for day in days_with_report(sandbox)]
            for day in days_with_report(sandbox):
                (row,) = rows_of(found, name, day)
                assert row["daily_active_users"] == len(sandbox.metrics.active_users(day, name))
                assert row[ACCEPTANCES] == sandbox.metrics.acceptances(day, name)
                assert row["weekly_active_users"] >= row["daily_active_users"]
                assert row["pull_requests_total_created"] >= 2


def added(rows: list[Row], counter: str) -> int:
    return sum(row.get(counter) or 0 for row in rows)


@every_connection
def test_the_breakdowns_by_feature_add_up_to_the_day_and_the_others_are_a_part_of_it(by_app: bool) -> None:
    with small_sandbox() as sandbox:
        result = read(sandbox, BOTH, by_app=by_app)
        parts: Counter[str] = Counter()
        for name in accounts(by_app):
            for day in days_with_report(sandbox):
                (total,) = rows_of(result.rows["metrics"], name, day)
                rows = rows_of(result.rows["metrics_breakdown"], name, day)
                by = {
                    breakdown: [row for row in rows if row["breakdown"] == breakdown]
                    for breakdown in ("feature", "language_feature", "ide", "language_model", "model_feature")
                }
                for counter in COUNTERS:
                    assert added(by["feature"], counter) == total[counter]
                    if counter != INTERACTIONS:
                        assert added(by["language_feature"], counter) == total[counter]
                    for breakdown in ("ide", "language_model", "model_feature"):
                        assert added(by[breakdown], counter) <= total[counter]
                        parts[breakdown] += total[counter] - added(by[breakdown], counter)
                assert not any(row.get(INTERACTIONS) for row in by["language_feature"] + by["language_model"])
        assert all(parts[breakdown] > 0 for breakdown in ("ide", "language_model", "model_feature"))
        ids = [row["id"] for row in result.rows["metrics_breakdown"]]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("streams", [BOTH, BOTH[:1], BOTH[1:]])
@every_connection
def test_both_streams_cost_one_request_and_one_download_for_each_day(by_app: bool, streams: tuple[str, ...]) -> None:
    with small_sandbox() as sandbox:
        assert not read(sandbox, streams, by_app=by_app).errors
        days = len(days_with_report(sandbox)) + 1  # yesterday is asked for, and has no report yet
        named = asked(sandbox, "enterprise-1-day", "organization-1-day")
        assert len(named) == days * len(accounts(by_app))
        assert downloads(sandbox) == (days - 1) * len(accounts(by_app))
        assert not asked(sandbox, "latest")


def test_a_second_sync_asks_for_the_lookback_and_the_new_days_alone() -> None:
    with small_sandbox() as sandbox:
        first = read(sandbox, BOTH)
        sandbox.clear_requests()
        second = read(sandbox, BOTH, first.state, lookback_window_days=3)
        days = {query["day"] for query in asked(sandbox, "enterprise-1-day")}
        assert days == {str(days_ago(sandbox, age)) for age in (1, 2, 3, 4, 5)}
        assert len(asked(sandbox, "enterprise-1-day")) == 5
        assert not second.errors


def test_late_corrections_replace_the_days_of_the_lookback() -> None:
    with small_sandbox() as sandbox:
        first = read(sandbox, BOTH)
        sandbox.bill.change_recent_amounts(days=4)
        second = read(sandbox, BOTH, first.state)
        now = merged(first.rows["metrics"], second.rows["metrics"]).values()
        assert {row["date"]: row[ACCEPTANCES] for row in now} == {
            str(day): sandbox.metrics.acceptances(day) for day in days_with_report(sandbox)
        }
        assert {row["date"]: row[ACCEPTANCES] for row in first.rows["metrics"]} != {
            row["date"]: row[ACCEPTANCES] for row in now
        }


def test_days_before_github_keeps_them_are_passed_without_being_asked_for() -> None:
    with small_sandbox() as sandbox:
        result = read(sandbox, BOTH, start_date=str(days_ago(sandbox, 700)))
        assert not result.errors
        first = min(query["day"] for query in asked(sandbox, "enterprise-1-day"))
        assert first == max("2025-10-10", str(days_ago(sandbox, 365)))
        assert read_to(result, "metrics") == days_ago(sandbox, 2)


ALL = ("usage", "seats", *BOTH, "user_metrics", "user_teams")
METRICS = ALL[2:]


def read_all(sandbox: Sandbox) -> Sync:
    start_date = str(days_ago(sandbox, 5))
    return sync(sandbox.enterprise_config(start_date=start_date), ALL, clock=VirtualClock())


@pytest.mark.parametrize(
    "settings, code, sentence",
    [
        ({"metrics_policy_off": ("acme",)}, "policy_disabled", "AI controls, Copilot, Billing & usage"),
        ({"refused": {"metrics": 403}}, "invalid_permissions", "Metrics need a personal access token (classic)"),
    ],
)
def test_metrics_that_may_not_be_read_fail_alone_with_one_sentence_a_stream(
    settings: dict[str, Any], code: str, sentence: str
) -> None:
    with small_sandbox(**settings) as sandbox:
        result = read_all(sandbox)
        assert {stream: result.statuses[stream] for stream in ALL} == {
            stream: "INCOMPLETE" if stream in METRICS else "COMPLETE" for stream in ALL
        }
        assert result.rows["usage"] and result.rows["seats"]
        for stream in METRICS:
            assert not result.rows[stream]
            assert read_to(result, stream) is None
        assert result.failure_type == "config_error"
        assert all(error.startswith(f"{code}: Enterprise acme") and sentence in error for error in result.errors)
        # What one report says of the account is said of all: at most what was under way at once was asked.
        refused = asked(sandbox, "enterprise-1-day", "users-1-day", "user-teams-1-day")
        assert len(refused) <= 10


def test_an_organization_with_the_policy_off_stops_no_other() -> None:
    with small_sandbox(metrics_policy_off=ORGANIZATIONS[:1]) as sandbox:
        result = read(sandbox, METRICS, by_app=True)
        assert result.failure_type == "config_error"
        for stream in METRICS:
            assert not rows_of(result.rows[stream], ORGANIZATIONS[0])
            assert {row["date"] for row in rows_of(result.rows[stream], ORGANIZATIONS[1])} == {
                str(day) for day in days_with_report(sandbox)
            }
            assert read_to(result, stream, ("organization", ORGANIZATIONS[1])) == days_ago(sandbox, 2)
        assert all("policy_disabled" in error for error in result.errors)
        assert any("Settings, Copilot, Policies" in error for error in result.errors)


def test_a_policy_that_is_switched_on_again_is_read_from_where_it_was_left() -> None:
    with small_sandbox() as sandbox:
        first = read(sandbox, BOTH)
        sandbox.settings.metrics_policy_off = ("acme",)
        second = read(sandbox, BOTH, first.state)
        assert read_to(second, "metrics") == read_to(first, "metrics") == days_ago(sandbox, 2)
        sandbox.settings.metrics_policy_off = ()
        assert not read(sandbox, BOTH, second.state or first.state).errors
