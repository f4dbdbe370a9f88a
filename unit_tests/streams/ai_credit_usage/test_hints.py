from typing import Any

import pytest

from source_github_copilot_billing.streams.ai_credit_usage.user_activity import likeliest_first


def row(login: Any, credits: Any) -> dict[str, Any]:
    return {"user_login": login, "ai_credits_used": credits}


def test_users_with_credits_come_with_the_most_first() -> None:
    assert likeliest_first([row("b", 1), row("c", 0), row("a", 1.0), row("d", 2.5)]) == ["d", "a", "b"]


def test_a_user_given_twice_counts_by_the_last_row_and_in_any_case() -> None:
    assert likeliest_first([row("Anna", 1), row("b", 2), row("anna", 3)]) == ["anna", "b"]


def test_a_report_in_which_nobody_has_credits_names_nobody() -> None:
    assert likeliest_first([row("a", 0)]) == []


@pytest.mark.parametrize("rows", [[], [{"user_login": "a"}], [row("a", None)], [row("a", "5")], [row("a", True)]])
def test_a_report_that_tells_no_credits_is_no_hint(rows: list[dict[str, Any]]) -> None:
    assert likeliest_first(rows) is None


@pytest.mark.parametrize("broken", [row(None, 1), row("", 1), row(5, 1), {"ai_credits_used": 4}])
def test_a_row_without_a_login_is_passed_over(broken: dict[str, Any]) -> None:
    assert likeliest_first([broken, row("a", 1)]) == ["a"]
