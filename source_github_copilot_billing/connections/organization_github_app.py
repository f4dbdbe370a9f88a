"""Organizations, read as a GitHub App that is installed there."""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, Capability, UnreadableAccount
from source_github_copilot_billing.connections.app_installations import AppInstallations, parse_app_id
from source_github_copilot_billing.connections.private_key import parse_private_key
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.client import GitHub


@dataclass(frozen=True)
class OrganizationGitHubApp:
    """:param organizations: empty for every organization where the App is installed"""

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
        wanted = {name.lower(): name for name in self.organizations}
        found: list[Account] = []
        suspended: list[UnreadableAccount] = []
        for installation in installations.list("Organization"):
            if self.organizations and wanted.pop(installation.name.lower(), None) is None:
                continue
            account = AccountId("organization", installation.name, installation.account_id)
            if installation.is_suspended:
                suspended.append(UnreadableAccount(account, _suspended(account)))
            else:
                found.append(Account(account, installations.client(installation, account), self.advice))
        missing = [AccountId("organization", name) for name in wanted.values()]
        not_installed = [UnreadableAccount(account, _not_installed(account)) for account in missing]
        if not self.organizations:
            return Accounts(tuple(found), left_out=tuple(suspended), all_must_work=False)
        return Accounts(tuple(found), unreadable=(*suspended, *not_installed))

    def advice(self, capability: Capability) -> str:
        needs = {
            Capability.BILLING: "Billing needs the organization permission Administration: read",
            Capability.SEATS: "Seats need the organization permission Administration: read, or GitHub Copilot "
            "Business: read",
            Capability.METRICS: "Metrics need the organization permission Organization Copilot metrics: read",
        }
        return f"{needs[capability]} of the GitHub App, and its installation must not be suspended."


def _suspended(account: AccountId) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the installation of the GitHub App is suspended. An owner of the organization lifts that under "
        "Settings, GitHub Apps.",
    )


def _not_installed(account: AccountId) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the GitHub App is not installed there. An owner of the organization installs it from the App's "
        "page, or the name is wrong.",
    )
