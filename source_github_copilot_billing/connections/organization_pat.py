"""Organizations, read with one personal access token of an owner."""

from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, Capability, UnreadableAccount
from source_github_copilot_billing.connections.connection import enterprise_may_hold, parse_token
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.form import Form, connection_named
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.parallel import side_by_side

SUBJECT = "Personal access token of the organizations"


@dataclass(frozen=True)
class OrganizationPat:
    """Organizations, and the token of somebody who owns them all."""

    kind: ClassVar[str] = "organization_pat"

    organizations: tuple[str, ...]
    personal_access_token: str = field(repr=False)

    @classmethod
    def parse(cls, form: Form) -> "OrganizationPat":
        return cls(organizations=form.slugs("organizations", "orgs"), personal_access_token=parse_token(form))

    def accounts(self, github: GitHub) -> Accounts:
        """The organizations, with one client for all: GitHub limits the token, not the organization.

        :raises HttpError: GitHub refuses the token, for whatever organization
        """
        token = PersonalAccessToken(self.personal_access_token, SUBJECT, github.clock, github.logger)
        client = github.client(token, SUBJECT)
        found: dict[AccountId, Account] = {}
        unreadable: list[UnreadableAccount] = []
        looked_at = side_by_side(lambda name: self._look_at(client, name), self.organizations, github.num_workers)
        for looked in looked_at:
            if isinstance(looked, UnreadableAccount):
                unreadable.append(looked)
            else:  # setdefault: GitHub redirects a former name, so two names can be one organization
                found.setdefault(looked, Account(looked, client, self.advice))
        return Accounts(found=tuple(found.values()), unreadable=tuple(unreadable))

    def _look_at(self, client: GitHubClient, name: str) -> AccountId | UnreadableAccount:
        """Fetch the organization's number, and its name as GitHub spells it.

        This request also shows whether the token must be authorized for single sign-on. Billing and Copilot do not say
        so: they answer such a token with a plain 404.
        """
        account = AccountId("organization", name)
        try:
            request = Request(f"/orgs/{quote(name, safe='')}", str(account), self.advice(Capability.BILLING))
            organization = client.send(request).fields
            number = organization.values.get("id")
            if type(number) is not int:
                organization.refuse("id", "is missing or no whole number")
            return AccountId("organization", organization.text("login"), number)
        except ConnectorError as error:
            if error.code is Code.INVALID_CREDENTIALS:
                raise
            return UnreadableAccount(account, _without_an_organization(account, error))

    def advice(self, capability: Capability) -> str:
        if capability is Capability.BILLING:
            return (
                "Billing needs the token of an owner of the organization: a classic one with the scope admin:org, or a "
                "fine-grained one whose resource owner is the organization, with its permission Administration: read. "
                + enterprise_may_hold("billing")
            )
        if capability is Capability.SEATS:
            return (
                "Seats need the token of an owner of the organization: a classic one with the scope "
                "manage_billing:copilot or read:org, or a fine-grained one with the organization's permission GitHub "
                "Copilot Business: read. " + enterprise_may_hold("seats")
            )
        return (
            "Metrics need the token of an owner of the organization, or of somebody with the role View Organization "
            "Copilot Metrics: a classic one with the scope read:org, or a fine-grained one with the organization's "
            "permission Organization Copilot metrics: read."
        )


def _without_an_organization(account: AccountId, error: ConnectorError) -> ConnectorError:
    """Why an organization was not found. A 404 is most often a wrong name: GitHub shows every organization to
    everybody, except those of an enterprise with data residency."""
    if isinstance(error, HttpError) and error.status == 404:
        return error.with_sentence(
            f"{account}: GitHub knows no organization of this name, or hides it from this token. Write the name as in "
            "its URL, https://github.com/orgs/NAME. The token must belong to one of its owners. An enterprise is read "
            f"with the connection {connection_named('enterprise_pat')}."
        )
    return error
