"""Whose bill is read: values that make requests and send no request."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal
from urllib.parse import quote

from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.client import GitHubClient
from source_github_copilot_billing.github.request import Params, Request

AccountType = Literal["enterprise", "organization"]


class Capability(Enum):
    """What a credential may be allowed to read of an account, each by a permission of its own."""

    BILLING = "billing"
    SEATS = "seats"
    METRICS = "metrics"


@dataclass(frozen=True)
class AccountId:
    """Who an account is.

    :param name: the enterprise's slug or the organization's login, as GitHub or the user spells it
    :param organization_id: GitHub's number of the organization, which it keeps when it is renamed; None for an
        enterprise, and where GitHub did not say it
    :param enterprise_id: the same of an enterprise. Its rows do not use it: a token of an enterprise does not give it
    """

    account_type: AccountType
    name: str
    organization_id: int | None = None
    enterprise_id: int | None = None

    def __str__(self) -> str:
        """As messages name it, such as "Enterprise acme"."""
        return f"{self.account_type.capitalize()} {self.name}"

    @property
    def is_enterprise(self) -> bool:
        return self.account_type == "enterprise"

    @property
    def is_known(self) -> bool:
        """Whether GitHub has said its number, so that the name is right."""
        return self.organization_id is not None or self.enterprise_id is not None

    @property
    def place(self) -> tuple[str, str]:
        """Where its entry stands in the state, whatever its spelling: GitHub compares names without case."""
        return self.account_type, self.name.lower()

    @property
    def key(self) -> str:
        """The account's part of a row's id. An organization keeps its number when it is renamed."""
        return self.name if self.organization_id is None else str(self.organization_id)

    @property
    def columns(self) -> dict[str, str | int | None]:
        """The columns that say whose a row is: the same in every stream.

        `account_key` joins the rows of one account, also after an organization was renamed. `organization_name` is the
        account's own: a row of an enterprise's bill may name another one.
        """
        return {
            "account_key": f"{self.account_type}:{self.key.lower()}",
            "account_type": self.account_type,
            "enterprise_slug": self.name if self.is_enterprise else None,
            "organization_id": self.organization_id,
            "organization_name": None if self.is_enterprise else self.name,
        }

    def is_namesake_of(self, other: "AccountId") -> bool:
        """Whether the account that has the name now is not the one that had it before."""
        return _differ(self.organization_id, other.organization_id) or _differ(self.enterprise_id, other.enterprise_id)


def _differ(one: int | None, other: int | None) -> bool:
    """Whether both numbers are known, and not the same."""
    return one is not None and other is not None and one != other


@dataclass(frozen=True, eq=False)
class Account:
    """An enterprise or an organization, and the credential to read it with.

    :param advice: what a credential of this connection needs for a capability: one or two sentences
    :param ai_credit_mode: how AI credits are read; None where there is one way only
    """

    id: AccountId
    github: GitHubClient
    advice: Callable[[Capability], str]
    ai_credit_mode: str | None = None

    @property
    def is_enterprise(self) -> bool:
        return self.id.is_enterprise

    def billing(self, path: str, params: Params | None = None, user: str | None = None) -> Request:
        """A request below …/settings/billing/.

        :param user: the login that it names
        """
        root = "enterprises" if self.is_enterprise else "organizations"
        request = self._request(f"/{root}/{self._name}/settings/billing/{path}", params, Capability.BILLING)
        names = self.github.names
        return request if user is None or names.are_plain else replace(request, shown={user: names.in_messages(user)})

    def seats(self, params: Params) -> Request:
        return self._request(f"{self._copilot}/billing/seats", params, Capability.SEATS)

    def copilot_settings(self, organization: str) -> Request:
        """Copilot's plan and policies in an organization: the account, or one of an enterprise's."""
        return self._request(f"/orgs/{quote(organization, safe='')}/copilot/billing", None, Capability.SEATS)

    def metrics_report(self, name: str, params: Params) -> Request:
        """A Copilot metrics report, such as users-1-day."""
        return self._request(f"{self._copilot}/metrics/reports/{name}", params, Capability.METRICS)

    @property
    def _name(self) -> str:
        return quote(self.id.name, safe="")

    @property
    def _copilot(self) -> str:
        return f"/{'enterprises' if self.is_enterprise else 'orgs'}/{self._name}/copilot"

    def _request(self, path: str, params: Params | None, capability: Capability) -> Request:
        advice = self.advice(capability)
        return Request(path, str(self.id), advice, params or {}, is_of_known_account=self.id.is_known)


@dataclass(frozen=True)
class UnreadableAccount:
    """An account that cannot be read, and why."""

    id: AccountId
    error: ConnectorError


@dataclass(frozen=True)
class Accounts:
    """The accounts of a connection: at least one is found or unreadable.

    :param unreadable: accounts that were named, but cannot be read
    :param left_out: accounts that nobody named and that cannot be read: an error only where they were read before
    :param all_must_work: whether the user named the accounts, so that `check` proves access to each
    """

    found: tuple[Account, ...]
    unreadable: tuple[UnreadableAccount, ...] = ()
    left_out: tuple[UnreadableAccount, ...] = ()
    all_must_work: bool = True

    @property
    def all_ids(self) -> list[AccountId]:
        return [account.id for account in self.found] + [entry.id for entry in (*self.unreadable, *self.left_out)]
