from datetime import date
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.streams.copilot_settings import settings_row
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.sync.stream import Row
from testing.accounts import enterprise, organization
from unit_tests.streams.answers import answer

DAY = date(2026, 11, 20)


def row(
    account: Account | None = None, day: date = DAY, name: str = "Web", number: int | None = 7, **settings: Any
) -> Row:
    given = answer({"plan_type": "business", **settings}).fields
    return settings_row(account or enterprise(), day, name, number, given, OddValues("copilot_settings"))


def test_id_of_an_organization_stays_the_same_from_version_to_version() -> None:
    assert row()["id"] == "f453a2e7ee4ee07f741aa9e21ccfaf7e"


def test_account_day_and_organization_make_another_row_and_names_and_settings_do_not() -> None:
    assert row(name="Renamed", plan_type="enterprise")["id"] == row()["id"]
    assert row(number=None)["id"] == row(name="WEB", number=None)["id"]
    others = [
        row(enterprise("other")), row(organization("web", 7)), row(day=date(2026, 11, 21)), row(number=8),
        row(number=None),
    ]  # fmt: skip
    assert len({row()["id"], *(other["id"] for other in others)}) == 6
