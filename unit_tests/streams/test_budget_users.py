from datetime import date
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.budgets import budget_user_row
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.sync.stream import Row
from testing.accounts import enterprise
from unit_tests.streams.answers import answer

DAY = date(2026, 11, 20)


def row(
    account: Account | None = None, day: date = DAY, budget: str = "b-1", gone: int | None = None, **state: Any
) -> Row:
    listed = answer({"id": budget, "budget_scope": "multi_user_customer"}).fields
    state = {"user": "User-1", "consumed_amount": 50.5, "target_amount": 1000, **state}
    return budget_user_row(account or enterprise(), day, listed, answer(state).fields, OddValues("budget_users"), gone)


def test_id_of_a_user_of_a_budget_stays_the_same_from_version_to_version() -> None:
    assert row()["id"] == "d1e4d42499e9669c6d4647a8d67190ea"


def test_account_day_budget_and_user_make_another_row_and_amounts_and_case_do_not() -> None:
    same = row(user="USER-1", consumed_amount=60, target_amount=200, override_budget_id="b-2")
    assert (same["id"], same["consumed_amount"], same["override_budget_id"]) == (row()["id"], 60, "b-2")
    others = [
        row(enterprise("other")), row(day=date(2026, 11, 21)), row(budget="b-2"), row(user="user-2"),
        row(user=None, gone=1), row(user=None, gone=2),
    ]  # fmt: skip
    assert len({row()["id"], *(other["id"] for other in others)}) == 7


def test_what_github_does_not_give_of_a_user_is_unknown() -> None:
    assert [row(user=None, gone=1)[name] for name in ("login", "override_budget_id", "other_fields")] == [None] * 3
