import pytest

from source_github_copilot_billing.endpoints.copilot_minutes import CopilotCause, copilot_cause

REVIEWER = "copilot-pull-request-reviewer"
REVIEW, AGENT, OTHER = CopilotCause.CODE_REVIEW, CopilotCause.CLOUD_AGENT, CopilotCause.OTHER


@pytest.mark.parametrize(
    ("login", "path", "wanted"),
    [
        (f"{REVIEWER}[bot]", f"dynamic/{REVIEWER}/{REVIEWER}", REVIEW),
        ("", f"dynamic/agents/{REVIEWER}", REVIEW),
        (f"{REVIEWER.upper()}[bot]", "", REVIEW),
        ("", "dynamic/copilot-swe-agent/copilot", AGENT),
        ("copilot-swe-agent[bot]", ".github/workflows/ci.yml", AGENT),
        ("", "dynamic/agents/copilot-new-thing", OTHER),
        ("copilot-new-thing[bot]", "", OTHER),
        ("Copilot", ".github/workflows/ci.yml", OTHER),
        ("", "dynamic/github-code-scanning/codeql", None),
        ("dependabot[bot]", "dynamic/dependabot/dependabot-updates", None),
        ("github-advanced-security[bot]", "dynamic/agents/github-advanced-security", None),
        ("copilot-fan", ".github/workflows/copilot-setup-steps.yml", None),
        ("", "required/.github/workflows/policy.yml", None),
        ("", "", None),
    ],
)
def test_minutes_are_copilots_by_their_user_or_path(login: str, path: str, wanted: CopilotCause | None) -> None:
    assert copilot_cause("Actions", "Minutes", login, path) is wanted


@pytest.mark.parametrize(
    ("product", "unit", "wanted"),
    [
        ("actions", "minutes", AGENT),
        ("actions", "gigabyte-hours", None),
        ("Sandbox", "minutes", AGENT),
        ("sandbox", "gigabyte-hours", AGENT),
        ("copilot", "ai-credits", None),
        ("git_lfs", "minutes", None),
    ],
)
def test_only_the_machines_of_agents_are_caused(product: str, unit: str, wanted: CopilotCause | None) -> None:
    assert copilot_cause(product, unit, "", "dynamic/copilot-swe-agent/copilot") is wanted
