from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.cost_centers import CostCenter
from source_github_copilot_billing.streams.cost_centers import cost_center_row
from source_github_copilot_billing.streams.left_out import OddValues
from testing.accounts import enterprise
from unit_tests.streams.answers import answer

DAY = date(2026, 11, 20)


def row(
    resource: dict[str, Any] | None = None,
    day: date = DAY,
    account: Account | None = None,
    id: str = "c-1",
    **listed: Any,
) -> dict[str, Any]:
    center = CostCenter(id, "Control Rooms", answer({"state": "active", **listed}).fields)
    item = None if resource is None else answer(resource).fields
    return cost_center_row(account or enterprise(), day, center, item, OddValues("cost_centers"))


def test_id_stays_the_same_from_version_to_version() -> None:
    """Destinations upsert by it: another id would let the row stand there twice."""
    assert row()["id"] == "d0a6e9783d7a653c2d17abc0ef10a331"
    assert row({"type": "User", "name": "user-1"})["id"] == "bd0295360c2cf7130354f26b5ee37d67"


def test_id_does_not_depend_on_case() -> None:
    assert row({"type": "User", "name": "user-1"})["id"] == row({"type": "USER", "name": "User-1"}, id="C-1")["id"]


def test_every_part_of_the_natural_key_makes_another_row() -> None:
    user = {"type": "User", "name": "user-1"}
    rows = [
        row(user),
        row(),
        row({"type": "Team", "name": "user-1"}),
        row({"type": "User", "name": "user-2"}),
        row(user, day=date(2026, 11, 21)),
        row(user, account=enterprise("other")),
        row(user, id="c-2"),
    ]
    assert len({found["id"] for found in rows}) == len(rows)


@pytest.mark.parametrize(
    ("listed", "pool"),
    [
        ({}, (None, None, None)),
        ({"ai_credit_pool_enabled": False}, (False, None, None)),
        (
            {
                "ai_credit_pool_enabled": True,
                "ai_credit_pool_state": {"target_amount": 1900, "current_amount": 0.5},
            },
            (True, 1900.0, 0.5),
        ),
    ],
)
def test_pool_that_github_does_not_give_is_unknown(listed: dict[str, Any], pool: tuple[Any, ...]) -> None:
    found = row(**listed)
    assert (found["pool_enabled"], found["pool_target"], found["pool_current"]) == pool
