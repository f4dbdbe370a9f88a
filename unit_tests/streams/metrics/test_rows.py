"""The rows and ids of the metrics streams, from objects as GitHub documents them."""

from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.streams.metrics import lines, metrics
from source_github_copilot_billing.streams.metrics.lines import user_key
from source_github_copilot_billing.streams.metrics.metrics import COUNTERS, breakdown_rows
from source_github_copilot_billing.sync.stream import Row
from testing.accounts import enterprise, organization

DAY = date(2026, 10, 1)
REPORT = "Enterprise acme: the report"
COUNTED = {name: place for place, name in enumerate(COUNTERS)}
ACCOUNT_DAY: dict[str, Any] = {
    "day": "2026-10-01",
    "organization_id": "1001",
    "enterprise_id": "612428",
    "daily_active_users": 4,
    "weekly_active_copilot_cloud_agent_users": 0,
    **COUNTED,
    "totals_by_ide": [{"ide": "vscode", **COUNTED}],
    "totals_by_feature": [{"feature": "code_completion", **COUNTED}, {"feature": "agent_edit", **COUNTED}],
    "totals_by_language_model": [{"language": "python", "model": "auto", "loc_added_sum": 5}],
    "totals_by_cli": {"session_count": 2},
    "pull_requests": {"total_created": 2, "median_minutes_to_merge": 2.5, "total_new": 1},
    "etl_id": "x",
    "brand_new": 1,
}
USER_DAY: dict[str, Any] = {
    "user_id": 7,
    "user_login": "User-1",
    "day": "2026-10-01",
    "enterprise_id": "612428",
    **COUNTED,
    "ai_credits_used": 12.5,
    "used_agent": False,
    "used_copilot_code_review_active": None,
    "ai_adoption_phase": {"phase": "Phase 2", "phase_number": 2, "version": "v1"},
    "totals_by_feature": [{"feature": "copilot_app", **COUNTED}],
    "totals_by_cli": {
        "session_count": 2,
        "token_usage": {"output_tokens_sum": 5000, "prompt_tokens_sum": 3800, "avg_tokens_per_request": 4400.0},
        "last_known_cli_version": {"cli_version": "1.0.8", "sampled_at": "2026-10-01T00:01:43.000Z"},
    },
    "totals_by_copilot_app": {"request_count": 3, "token_usage": {"output_tokens_sum": 4200}},
    "totals_by_vscode_agent": {"session_count": 3, "total_user_messages": 14},
}
TEAM_DAY: dict[str, Any] = {
    "user_id": 7, "user_login": "User-1", "day": "2026-10-01", "organization_id": "1001", "team_id": 42,
    "slug": "frontend",
}  # fmt: skip

ODD = OddValues("metrics")


def known(row: Row) -> Row:
    """What is not null, without the key and the account."""
    account = ("id", "account_key", "account_type", "enterprise_slug", "organization_id", "organization_name")
    return {name: value for name, value in row.items() if value is not None and name not in account}


def breakdown(**report: Any) -> list[Row]:
    return list(breakdown_rows(enterprise(), DAY, report, ODD))


def metrics_row(account: Account, day: date, report: dict[str, Any]) -> Row:
    return metrics.COLUMNS.row(account, day, (), report, REPORT, ODD)


def user_row(**changes: Any) -> Row:
    values = {**USER_DAY, **changes}
    return lines.USERS.row(enterprise(), DAY, user_key(values, REPORT), values, REPORT, ODD)


def team_row(**changes: Any) -> Row:
    values = {**TEAM_DAY, **changes}
    return lines.TEAMS.row(enterprise(), DAY, lines.membership_key(values, REPORT), values, REPORT, ODD)


def test_a_day_of_an_account_is_one_row_with_arrays_whole_and_unknown_keys_kept() -> None:
    assert known(metrics_row(enterprise(), DAY, ACCOUNT_DAY)) == {
        "date": "2026-10-01",
        "enterprise_id": "612428",
        "daily_active_users": 4,
        "weekly_active_copilot_cloud_agent_users": 0,
        **COUNTED,
        "totals_by_ide": ACCOUNT_DAY["totals_by_ide"],
        "totals_by_feature": ACCOUNT_DAY["totals_by_feature"],
        "totals_by_language_model": ACCOUNT_DAY["totals_by_language_model"],
        "totals_by_cli": {"session_count": 2},
        "pull_requests_total_created": 2,
        "pull_requests_median_minutes_to_merge": 2.5,
        "other_fields": {"pull_requests": {"total_new": 1}, "brand_new": 1},
    }


def test_a_row_says_whose_it_is() -> None:
    of_organization = metrics_row(organization("acme-web", 1001), DAY, ACCOUNT_DAY)
    assert (of_organization["organization_id"], of_organization["organization_name"]) == (1001, "acme-web")
    assert of_organization["enterprise_slug"] is None
    of_enterprise = metrics_row(enterprise(), DAY, ACCOUNT_DAY)
    assert (of_enterprise["enterprise_slug"], of_enterprise["organization_name"]) == ("acme", None)
    assert of_organization["id"] != of_enterprise["id"]
    assert metrics_row(organization("renamed", 1001), DAY, ACCOUNT_DAY)["id"] == of_organization["id"]


def test_a_day_of_a_user_is_a_row_with_terminal_and_app_as_columns() -> None:
    assert known(user_row()) == {
        "date": "2026-10-01",
        "enterprise_id": "612428",
        "login": "User-1",
        "user_id": 7,
        **COUNTED,
        "ai_credits_used": 12.5,
        "used_agent": False,
        "ai_adoption_phase": "Phase 2",
        "ai_adoption_phase_number": 2,
        "ai_adoption_phase_version": "v1",
        "totals_by_feature": USER_DAY["totals_by_feature"],
        "cli_session_count": 2,
        "cli_output_tokens_sum": 5000,
        "cli_prompt_tokens_sum": 3800,
        "cli_avg_tokens_per_request": 4400.0,
        "cli_version": "1.0.8",
        "cli_version_sampled_at": "2026-10-01T00:01:43.000Z",
        "copilot_app_request_count": 3,
        "copilot_app_output_tokens_sum": 4200,
        "vscode_agent_session_count": 3,
        "vscode_agent_total_user_messages": 14,
    }


def test_a_membership_is_a_row() -> None:
    assert known(team_row()) == {
        "date": "2026-10-01", "login": "User-1", "user_id": 7, "team_id": 42, "team_slug": "frontend",
    }  # fmt: skip


def test_a_row_keeps_its_id_when_a_user_or_a_team_is_renamed() -> None:
    assert user_row(user_login="new")["id"] == user_row()["id"] != user_row(user_id=8)["id"]
    assert team_row(user_login="new", slug="new")["id"] == team_row()["id"]
    assert len({team_row()["id"], team_row(user_id=8)["id"], team_row(team_id=43)["id"]}) == 3


def test_names_without_numbers_are_keys_without_case() -> None:
    assert user_row(user_id=None)["id"] == user_row(user_id=None, user_login="USER-1")["id"]
    nameless = {"user_id": None, "team_id": None}
    assert team_row(**nameless)["id"] == team_row(**nameless, user_login="USER-1", slug="Frontend")["id"]


@pytest.mark.parametrize("change", [{"user_id": "7"}, {"user_id": None, "user_login": None}, {"user_id": True}])
def test_a_line_of_nobody_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError, match="user_id is missing or no whole number"):
        user_row(**change)
    with pytest.raises(ConnectorError, match="user_id is missing or no whole number"):
        team_row(**change)


@pytest.mark.parametrize("change", [{"team_id": "42"}, {"team_id": None, "slug": None}])
def test_a_membership_in_no_team_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError, match="team_id is missing or no whole number"):
        team_row(**change)


def test_a_report_of_another_day_is_refused() -> None:
    with pytest.raises(ConnectorError, match="day is not the day"):
        metrics_row(enterprise(), date(2026, 10, 2), ACCOUNT_DAY)
    with pytest.raises(ConnectorError, match="day is not the day"):
        breakdown(day="2026-10-02")


def test_each_entry_of_the_five_arrays_is_a_row() -> None:
    rows = breakdown(**ACCOUNT_DAY)
    parts = [tuple(row[name] for name in ("breakdown", "ide", "feature", "language", "model")) for row in rows]
    assert parts == [
        ("ide", "vscode", None, None, None),
        ("feature", None, "code_completion", None, None),
        ("feature", None, "agent_edit", None, None),
        ("language_model", None, None, "python", "auto"),
    ]
    assert len({row["id"] for row in rows}) == 4
    assert known(rows[0]) == {"date": "2026-10-01", "breakdown": "ide", "ide": "vscode", **COUNTED}
    assert known(rows[3]) == {
        "date": "2026-10-01", "breakdown": "language_model", "language": "python", "model": "auto", "loc_added_sum": 5,
    }  # fmt: skip


def test_entries_that_differ_in_case_are_one_row_whatever_their_order() -> None:
    entries = [
        {"language": "python", "model": "GPT-5", "loc_added_sum": 5, "loc_deleted_sum": 1},
        {"language": "Python", "model": "gpt-5", "loc_added_sum": 2},
    ]
    for order in (entries, entries[::-1]):
        (row,) = breakdown(totals_by_language_model=order)
        assert (row["language"], row["model"]) == ("Python", "GPT-5")
        # Where one of them does not say, the sum is not known.
        assert (row["loc_added_sum"], row["loc_deleted_sum"]) == (7, None)


def test_an_entry_keeps_its_unknown_keys() -> None:
    (row,) = breakdown(totals_by_ide=[{"ide": "vscode", "known_plugins": 3}])
    assert row["other_fields"] == {"known_plugins": 3}


@pytest.mark.parametrize("entries", [{"ide": "vscode"}, "none", [1], [{"feature": 5}]])
def test_an_array_or_entry_of_another_form_costs_itself_alone_and_is_counted(entries: Any) -> None:
    odd = OddValues("metrics_breakdown")
    report = {"totals_by_feature": entries, "totals_by_ide": [{"ide": "vscode"}]}
    rows = list(breakdown_rows(enterprise(), DAY, report, odd))
    given = [row for row in rows if row["breakdown"] == "feature"]
    assert [row["ide"] for row in rows if row["breakdown"] == "ide"] == ["vscode"]
    assert given == [] or entries == {"ide": "vscode"}
    assert entries == {"ide": "vscode"} or "totals_by_feature (1)" in str(odd.sentence())


def test_a_report_without_arrays_has_no_rows() -> None:
    assert breakdown(day="2026-10-01", totals_by_ide=None, totals_by_feature=[]) == []


REPOSITORY_DAY: dict[str, Any] = {
    "day": "2026-10-01", "enterprise_id": "612428", "organization_id": "1001", "repo_id": 900000001,
    "repo_owner_name": "Acme", "repo_name": "Web", "repo_visibility": "INTERNAL",
    "pull_requests": {"total_created": 3, "median_minutes_to_merge": 2.5, "total_new": 1},
    "pull_request_review_times": [{"authored_by": "human", "total_merged": 1}],
}  # fmt: skip


def repository_row(account: Account | None = None, **changes: Any) -> Row:
    values = {**REPOSITORY_DAY, **changes}
    key = lines.repository_key(values, REPORT)
    return lines.REPOSITORIES.row(account or enterprise(), DAY, key, values, REPORT, ODD)


def test_a_repository_is_a_row_with_its_pull_requests() -> None:
    row = repository_row()
    assert row["id"] == "0c4f5cd3a42380a62c895741a93740ca"
    assert (row["repository_id"], row["repository_owner"], row["repository_name"]) == (900000001, "Acme", "Web")
    assert (row["repository_visibility"], row["enterprise_id"]) == ("INTERNAL", "612428")
    assert (row["pull_requests_total_created"], row["pull_requests_median_minutes_to_merge"]) == (3, 2.5)
    assert row["pull_requests_total_merged"] is None
    assert row["pull_request_review_times"] == REPOSITORY_DAY["pull_request_review_times"]
    assert row["other_fields"] == {"pull_requests": {"total_new": 1}}


def test_a_repository_is_known_by_its_number_and_without_one_by_its_name() -> None:
    assert repository_row(repo_name="renamed", pull_requests=None)["id"] == repository_row()["id"]
    assert repository_row(repo_id=None)["id"] == repository_row(repo_id=None, repo_name="WEB")["id"]
    others = [
        repository_row(), repository_row(repo_id=2), repository_row(repo_id=None),
        repository_row(repo_id=None, repo_owner_name="x"), repository_row(enterprise("other")),
    ]  # fmt: skip
    assert len({row["id"] for row in others}) == 5


@pytest.mark.parametrize("changes", [{"repo_id": "7"}, {"repo_id": None, "repo_name": ""}, {"repo_id": True}])
def test_a_repository_without_a_key_is_an_error(changes: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError, match="repo_id is missing"):
        repository_row(**changes)
