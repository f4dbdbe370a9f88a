"""Each column that can hold a text or the number of something is marked as one that can name a person, or is here."""

import pytest

from source_github_copilot_billing.streams import STREAMS
from source_github_copilot_billing.sync.schema import PERSON, columns

# No person: the account, an organization, a team, a cost center, a budget, a product, or a kind of something.
HARMLESS = frozenset(
    {
        *("id", "account_key", "enterprise_slug", "enterprise_id", "organization_id", "organization_name"),
        *("granted_by_organization", "granted_by_organization_id", "assigning_team_type", "override_budget_id"),
        *("repository_id", "repository_visibility", "seat_management_setting", "public_code_suggestions"),
        *("ide_chat", "platform_chat", "cli"),
        *("assigning_team_id", "assigning_team_slug", "assigning_team_name"),
        *("team_id", "team_slug", "cost_center_id", "cost_center_name", "azure_subscription", "state", "resource_type"),
        *("budget_id", "budget_type", "budget_scope", "product_skus", "product_sku_keys"),
        *("product", "product_key", "sku", "sku_key", "unit_type", "plan_type", "model"),
        "workflow_path",
        *("ide", "feature", "language", "cli_version", "cli_version_sampled_at"),
        *("ai_adoption_phase", "ai_adoption_phase_version", "stream", "part"),
    }
)


def can_name_somebody(name: str, column: dict[str, object]) -> bool:
    kinds = {column["type"]} if isinstance(column["type"], str) else set(column["type"])  # type: ignore[call-overload]
    if "enum" in column or "format" in column:
        return False
    return bool(kinds & {"string", "object", "array"}) or name.endswith("id")


@pytest.mark.parametrize("stream", [stream.name for stream in STREAMS])
def test_a_column_that_can_name_somebody_is_marked_or_known_to_be_harmless(stream: str) -> None:
    unknown = {name for name, column in columns(stream).items() if can_name_somebody(name, column)} - HARMLESS
    marked = {name for name, column in columns(stream).items() if PERSON in column}
    assert unknown == marked


def test_no_column_is_called_harmless_that_is_no_longer_there() -> None:
    assert {name for stream in STREAMS for name in columns(stream.name)} >= HARMLESS
