"""The stream `user_teams`: who is in which team on which day, by the sandbox's truth."""

from collections import Counter

import pytest

from integration_tests.support.connector import merged
from integration_tests.support.metrics import (
    ORGANIZATIONS,
    accounts,
    asked,
    days_with_report,
    downloads,
    read,
    rows_of,
    small_sandbox,
)

STREAM = "user_teams"


@pytest.mark.parametrize("by_app", [False, True], ids=["enterprise", "app"])
def test_members_are_the_sandboxs_on_every_day(by_app: bool) -> None:
    with small_sandbox() as sandbox:
        result = read(sandbox, [STREAM], by_app=by_app)
        assert not result.errors
        for name in accounts(by_app):
            for day in days_with_report(sandbox):
                found = rows_of(result.rows[STREAM], name, day)
                members = {(row["team_slug"], row["login"].lower()) for row in found}
                assert members == sandbox.metrics.team_members(day, name)
                assert len(members) == len(found) == len({row["id"] for row in found}) > 0


def test_an_enterprise_has_its_own_teams_and_an_organization_its_own() -> None:
    with small_sandbox(users_per_organization=9) as sandbox:
        of_enterprise = read(sandbox, [STREAM]).rows[STREAM]
        of_organizations = read(sandbox, [STREAM], by_app=True).rows[STREAM]
        assert {row["team_slug"] for row in of_enterprise} == {"ent:seat-holders", "ent:platform-guild"}
        # Fewer than five users with a seat are in the reviewers: GitHub leaves the team out.
        assert {row["team_slug"] for row in of_organizations} == {"copilot-users", "frontend", "backend"}
        numbers = {(row["organization_name"], row["team_slug"]): row["team_id"] for row in of_organizations}
        assert len(set(numbers.values())) == len(numbers)


def test_a_member_who_changes_teams_stands_in_each_on_its_days() -> None:
    with small_sandbox(users_per_organization=9) as sandbox:
        rows = rows_of(read(sandbox, [STREAM], by_app=True).rows[STREAM], ORGANIZATIONS[0])
        days = Counter((row["team_slug"], row["login"]) for row in rows)
        for team in ("frontend", "backend"):  # one leaves the first, and one joins the second
            assert len({held for (slug, _), held in days.items() if slug == team}) > 1


def test_a_membership_twice_in_the_report_is_one_row_and_a_day_costs_one_request_and_its_links() -> None:
    with small_sandbox(metrics_shards=3, metrics_repeat_a_line=True) as sandbox:
        result = read(sandbox, [STREAM])
        days = days_with_report(sandbox)
        expected = sum(len(sandbox.metrics.team_members(day)) for day in days)
        assert len(result.rows[STREAM]) == expected == len(merged(result.rows[STREAM]))
        assert len(asked(sandbox, "user-teams-1-day")) == len(days) + 1
        assert downloads(sandbox) == 3 * len(days)


def test_memberships_join_the_users_metrics_by_account_day_and_user() -> None:
    with small_sandbox() as sandbox:
        result = read(sandbox, [STREAM, "user_metrics"], by_app=True)
        key = ("organization_id", "date", "user_id")
        members = {tuple(row[name] for name in key) for row in result.rows[STREAM]}
        active = {tuple(row[name] for name in key) for row in result.rows["user_metrics"]}
        assert len(active & members) > len(active) / 2
