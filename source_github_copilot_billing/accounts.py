"""Whose bill is read, and with which credential; found from the configuration."""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.config import Config, EnterprisePat, OrganizationGitHubApp
from source_github_copilot_billing.github.client import RETRIES, Answer, GitHubClient
from source_github_copilot_billing.github.credentials import (
    Credential,
    GitHubApp,
    InstallationToken,
    Minted,
    PersonalAccessToken,
    lifetime_seconds,
)
from source_github_copilot_billing.github.errors import Code, ConnectorError, Refused
from source_github_copilot_billing.github.rate_limit import LONGEST_WAIT_SECONDS, RateLimit

T = TypeVar("T")
HEADER_TEXT = re.compile(r"[!-~]+")  # what a request's header can carry


class Once(Generic[T]):
    """A value that all threads of a sync ask for once. A failure is kept too: it stood after all its retries, and
    every window that needs the value would spend as many again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None
        self._failure: ConnectorError | None = None

    def get(self, ask: Callable[[], T]) -> T:
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._value is None:
                try:
                    self._value = ask()
                except ConnectorError as error:
                    self._failure = error
                    raise
            return self._value


@dataclass(frozen=True)
class CostCenter:
    """A part of an enterprise's bill. Deleted ones keep what was used before their deletion."""

    id: str
    name: str


@dataclass(frozen=True)
class Account:
    """An enterprise or an organization whose bill is read.

    :param name: the enterprise's slug or the organization's login
    :param organization_id: GitHub's number of the organization; None for an enterprise
    """

    account_type: Literal["enterprise", "organization"]
    name: str
    github: GitHubClient
    organization_id: int | None = None
    _cost_centers: Once[tuple[CostCenter, ...]] = field(default_factory=Once, repr=False, compare=False)

    @property
    def label(self) -> str:
        """As messages name it."""
        return label(self.account_type, self.name)

    @property
    def is_enterprise(self) -> bool:
        return self.account_type == "enterprise"

    @property
    def partition(self) -> dict[str, str]:
        """The account's place in the state."""
        return {self.account_type: self.name}

    @property
    def key(self) -> str:
        """The account's part of a row's id. An organization keeps its number when it is renamed."""
        return self.name if self.organization_id is None else str(self.organization_id)

    @property
    def billing_path(self) -> str:
        root = "enterprises" if self.is_enterprise else "organizations"
        return f"/{root}/{quote(self.name, safe='')}/settings/billing"

    @property
    def seats_path(self) -> str:
        root = "enterprises" if self.is_enterprise else "orgs"
        return f"/{root}/{quote(self.name, safe='')}/copilot/billing/seats"

    def cost_centers(self) -> tuple[CostCenter, ...]:
        """Active and deleted ones; asked once a sync. An organization's bill is not split by them."""
        if not self.is_enterprise:
            return ()
        return self._cost_centers.get(lambda: tuple(self._ask_cost_centers()))

    def _ask_cost_centers(self) -> Iterator[CostCenter]:
        # https://docs.github.com/en/enterprise-cloud@latest/rest/billing/cost-centers
        seen: set[str] = set()
        for page in self.github.pages(f"{self.billing_path}/cost-centers", {}):
            for item in items_of(self.github, page, "costCenters"):
                if not isinstance(item.get("id"), str) or not item["id"] or not isinstance(item.get("name"), str):
                    self.github.unexpected(page, "has a cost center without id or name")
                if item["id"].lower() not in seen:  # listed twice, its usage would be added up twice
                    seen.add(item["id"].lower())
                    yield CostCenter(item["id"], item["name"])


def label(account_type: str, name: str) -> str:
    return f"{account_type.capitalize()} {name}"


def items_of(github: GitHubClient, answer: Answer, name: str) -> list[dict[str, Any]]:
    """The list of objects under a name in an answer.

    :raises ConnectorError: unexpected_answer, when it is not there: never an empty list instead
    """
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        github.unexpected(answer, f"has no list of objects under {name}")
    return found


@dataclass(frozen=True)
class Accounts:
    """:param refused: accounts that were named, but cannot be read
    :param left_out: installations that nobody named and that cannot be read: an error only where an earlier sync
        has read them"""

    found: tuple[Account, ...]
    refused: tuple["Refusal", ...] = ()
    left_out: tuple["Refusal", ...] = ()

    def require_some(self) -> None:
        """:raises ConnectorError: invalid_permissions, when there is nothing that could be read: a bill of no account
        would look like a bill of nothing"""
        if not self.found and not self.refused:
            reasons = " ".join(str(refusal.error.internal_message) for refusal in self.left_out)
            raise ConnectorError(
                Code.INVALID_PERMISSIONS,
                "the GitHub App can read no organization: install it on the organizations whose bill is to be read. "
                f"{reasons}".strip(),
            )


@dataclass(frozen=True)
class Refusal:
    """:param partition: the account's place in the state
    :param organization_id: GitHub's number of the organization; None where GitHub did not name it
    """

    partition: Mapping[str, str]
    error: ConnectorError
    organization_id: int | None = None


@dataclass(frozen=True)
class Patience:
    """How long a command may try: `check` answers a waiting person, `read` has time."""

    retries: int = RETRIES
    longest_wait_seconds: float = LONGEST_WAIT_SECONDS


IMPATIENT = Patience(retries=1, longest_wait_seconds=10)


def find_accounts(config: Config, clock: Clock, logger: logging.Logger, patience: Patience = Patience()) -> Accounts:
    """:raises ConnectorError: when the App itself is refused or cannot be reached"""

    def client(credential: Credential, subject: str) -> GitHubClient:
        limit = RateLimit(subject, clock, logger, patience.longest_wait_seconds)
        return GitHubClient(config.api_url, credential, subject, clock, limit, config.num_workers, patience.retries)

    if isinstance(config.credentials, EnterprisePat):
        slug = config.credentials.enterprise
        subject = label("enterprise", slug)
        token = PersonalAccessToken(config.credentials.personal_access_token, subject, clock, logger)
        return Accounts(found=(Account("enterprise", slug, client(token, subject)),))
    return _installations(config.credentials, clock, client)


def _installations(
    credentials: OrganizationGitHubApp, clock: Clock, client: Callable[[Credential, str], GitHubClient]
) -> Accounts:
    """https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""
    app = client(GitHubApp(credentials.app_id, credentials.private_key, clock), f"GitHub App {credentials.app_id}")
    named = bool(credentials.organizations)
    seen: set[int] = set()
    names: set[str] = set()
    wanted = {name.lower(): name for name in credentials.organizations}
    found: list[Account] = []
    refused: list[Refusal] = []
    left_out: list[Refusal] = []
    for page in _pages(app):
        if not isinstance(page.body, list):
            app.unexpected(page, "is no list of installations")
        for installation in page.body:
            try:
                number, target = installation["id"], installation["target_type"]
                login, organization_id = installation["account"]["login"], installation["account"]["id"]
                if (type(number), type(login), type(organization_id)) != (int, str, int) or not login:
                    raise TypeError
            except (KeyError, TypeError):
                if isinstance(installation, dict) and installation.get("target_type") in ("Enterprise", "User"):
                    continue  # an enterprise's account has a slug for a login: neither kind is an organization
                app.unexpected(page, "has an installation without id, target_type or account")
            if target != "Organization" or (named and login.lower() not in wanted) or organization_id in seen:
                continue
            seen.add(organization_id)  # on two pages, when the list moved meanwhile: its bill would be read twice
            if login.lower() in names:  # one of them has just left the name to the other
                app.unexpected(page, f"has two organizations of the name {login}")
            names.add(login.lower())
            wanted.pop(login.lower(), None)
            if installation.get("suspended_at"):
                error = ConnectorError(
                    Code.INVALID_PERMISSIONS,
                    f"{label('organization', login)}: the installation of the GitHub App is suspended. "
                    "An owner of the organization lifts that under Settings, GitHub Apps.",
                )
                (refused if named else left_out).append(Refusal({"organization": login}, error, organization_id))
                continue
            subject = label("organization", login)
            token = InstallationToken(_minting(app, number, subject, clock), clock)
            found.append(Account("organization", login, client(token, subject), organization_id))
    for name in wanted.values():
        error = ConnectorError(
            Code.INVALID_PERMISSIONS,
            f"{label('organization', name)}: the GitHub App is not installed there. An owner of the organization "
            "installs it from the App's page, or the name is wrong.",
        )
        refused.append(Refusal({"organization": name}, error))
    return Accounts(tuple(found), tuple(refused), tuple(left_out))


def _pages(app: GitHubClient) -> Iterator[Answer]:
    try:
        yield from app.pages("/app/installations", {"per_page": 100})
    except Refused as error:
        if error.status not in (401, 404):
            raise
        raise Refused(
            Code.INVALID_CREDENTIALS,
            f'{app.subject}: GitHub knows no App with this ID and key ({error.status} "{error.reason}"): check app_id '
            "on the App's settings page, and that private_key is a key of this App that was not deleted.",
            error.status,
            error.reason,
        ) from None


def _minting(app: GitHubClient, installation: int, subject: str, clock: Clock) -> Callable[[], Minted]:
    """https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app"""

    def mint() -> Minted:
        try:
            answer = app.post(f"/app/installations/{installation}/access_tokens", repeatable=True)
        except Refused as error:
            if error.status == 401:
                raise  # the App itself is refused, not this installation
            raise ConnectorError(
                Code.INVALID_PERMISSIONS,
                f'{subject}: GitHub gives the App no token for it ({error.status} "{error.reason}"): its installation '
                "was suspended or removed. An owner of the organization restores it under Settings, GitHub Apps.",
            ) from None
        body = answer.body if isinstance(answer.body, dict) else {}
        token, expires_at = body.get("token"), body.get("expires_at")
        if not isinstance(token, str) or not HEADER_TEXT.fullmatch(token) or not isinstance(expires_at, str):
            app.unexpected(answer, "has no token or expires_at")
        try:
            return Minted(token, lifetime_seconds(expires_at, answer.headers, clock))
        except ValueError:
            app.unexpected(answer, "has an expires_at that is no time stamp")

    return mint
