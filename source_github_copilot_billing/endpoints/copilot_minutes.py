"""Lines of other products that Copilot causes: the machines on which its agents work.

https://docs.github.com/en/billing/concepts/product-billing/github-actions
"""

from enum import Enum

from source_github_copilot_billing.endpoints.spelling import canonical

ACTIONS, SANDBOX = "actions", "sandbox"
MINUTES = "minutes"
_REVIEWER, _AGENT = "copilot-pull-request-reviewer", "copilot-swe-agent"


class CopilotCause(Enum):
    """Which part of Copilot caused another product's line."""

    CODE_REVIEW = "code_review"
    CLOUD_AGENT = "cloud_agent"
    OTHER = "other"  # it names Copilot in a way that is not known yet


def copilot_cause(product: str, unit_type: str, login: str, workflow_path: str) -> CopilotCause | None:
    """None where Copilot is not the cause, or is not named as it.

    `dynamic/` alone proves nothing: GitHub's own other workflows have such paths, too. Nor does Copilot's name in the
    file of an ordinary workflow, such as .github/workflows/copilot-setup-steps.yml.
    """
    # From autumn 2026 on the cloud agent may work in Sandbox, which has units of its own.
    if canonical(product) != SANDBOX and (canonical(product), canonical(unit_type)) != (ACTIONS, MINUTES):
        return None
    user, path = login.lower(), workflow_path.lower()
    for name, cause in ((_REVIEWER, CopilotCause.CODE_REVIEW), (_AGENT, CopilotCause.CLOUD_AGENT)):
        if name in user or name in path:
            return cause
    is_copilot = user == "copilot" or ("copilot" in user and user.endswith("[bot]"))
    return CopilotCause.OTHER if is_copilot or (path.startswith("dynamic/") and "copilot" in path) else None
