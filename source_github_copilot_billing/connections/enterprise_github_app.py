"""Enterprises, read by a GitHub App installed on them."""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from source_github_copilot_billing.accounts import Accounts, Capability
from source_github_copilot_billing.connections.connection import enterprises_of
from source_github_copilot_billing.connections.github_app import AppInstallations, parse_app_id, parse_private_key
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.client import GitHub


@dataclass(frozen=True)
class EnterpriseGitHubApp:
    """Enterprises, and the GitHub App that reads them.

    :param enterprises: empty for every enterprise where the App is installed
    """

    kind: ClassVar[str] = "enterprise_github_app"

    app_id: str
    private_key: RSAPrivateKey = field(repr=False)
    enterprises: tuple[str, ...]
    ai_credit_method: str

    @classmethod
    def parse(cls, form: Form) -> "EnterpriseGitHubApp":
        return cls(
            enterprises=enterprises_of(form),
            app_id=parse_app_id(form),
            private_key=parse_private_key(form.raw("private_key")),
            ai_credit_method=form.choice("ai_credit_method"),
        )

    def accounts(self, github: GitHub) -> Accounts:
        installations = AppInstallations(self.app_id, self.private_key, github)
        return installations.accounts("enterprise", self.enterprises, self.advice, self.ai_credit_method)

    def advice(self, capability: Capability) -> str:
        needs = {
            Capability.BILLING: "Billing needs the enterprise permission Enterprise billing: read",
            Capability.SEATS: "Seats need the App's enterprise permission on Copilot seats: read",
            Capability.METRICS: "Metrics need the enterprise permission Enterprise Copilot metrics: read",
        }
        steps = (
            f"{needs[capability]}. Add it in the App's settings; an owner of the enterprise then approves it under "
            "Settings, GitHub Apps."
        )
        if capability is Capability.BILLING:
            return (
                f"{steps} If GitHub does not offer this permission, read the enterprise with a personal access token "
                "(classic) with the scope manage_billing:enterprise."
            )
        return steps
