"""Organizations, read as a GitHub App that is installed there."""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from source_github_copilot_billing.accounts import Accounts, Capability
from source_github_copilot_billing.connections.connection import enterprise_may_hold
from source_github_copilot_billing.connections.github_app import AppInstallations, parse_app_id, parse_private_key
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.client import GitHub


@dataclass(frozen=True)
class OrganizationGitHubApp:
    """Organizations, and the GitHub App that reads them.

    :param organizations: empty for every organization where the App is installed
    """

    kind: ClassVar[str] = "organization_github_app"

    app_id: str
    private_key: RSAPrivateKey = field(repr=False)
    organizations: tuple[str, ...]

    @classmethod
    def parse(cls, form: Form) -> "OrganizationGitHubApp":
        return cls(
            organizations=form.slugs("organizations", "orgs"),
            app_id=parse_app_id(form),
            private_key=parse_private_key(form.raw("private_key")),
        )

    def accounts(self, github: GitHub) -> Accounts:
        installations = AppInstallations(self.app_id, self.private_key, github)
        return installations.accounts("organization", self.organizations, self.advice)

    def advice(self, capability: Capability) -> str:
        needs = {
            Capability.BILLING: "Billing needs the organization permission Administration: read",
            Capability.SEATS: "Seats need the organization permission Administration: read, or GitHub Copilot "
            "Business: read",
            Capability.METRICS: "Metrics need the organization permission Organization Copilot metrics: read",
        }
        advice = f"{needs[capability]} of the GitHub App, and its installation must not be suspended."
        if capability is Capability.METRICS:
            return advice
        return f"{advice} {enterprise_may_hold(capability.value)}"
