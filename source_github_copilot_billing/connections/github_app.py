"""Where a GitHub App is installed, and the token of each installation."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.auth import GitHubApp, InstallationToken, Minted, lifetime_seconds
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.http_error import HttpError, is_about_clock
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response

MALFORMED = "has an installation without id, target_type or account"
HEADER_TEXT = re.compile(r"[!-~]+")  # what a request's header can carry
NO_APP_ID = "must be the App ID (a number) or the client ID of the GitHub App, not its name or URL."


def parse_app_id(form: Form) -> str:
    """The App ID or client ID of a form.

    :raises ConnectorError: invalid_configuration
    """
    return form.matching_text("app_id", NO_APP_ID)


@dataclass(frozen=True)
class Installation:
    """One installation of a GitHub App on an account.

    :param name: the organization's login or the enterprise's slug
    :param account_id: GitHub's number of the organization or enterprise
    """

    id: int
    name: str
    account_id: int
    is_suspended: bool


@dataclass(frozen=True)
class Installations:
    """Where a GitHub App is installed.

    :param wanted: on accounts of the type that is to be read, each account once
    :param others: on accounts of other types: their names by GitHub's target_type (Organization, Enterprise or User)
    """

    wanted: Sequence[Installation]
    others: Mapping[str, Sequence[str]]


class AppInstallations:
    """A GitHub App, signed in as itself: lists its installations and makes clients that sign in as one of them."""

    def __init__(self, app_id: str, private_key: RSAPrivateKey, github: GitHub) -> None:
        self._github = github
        self._subject = f"GitHub App {app_id}"
        self._app = github.client(GitHubApp(app_id, private_key, github.clock, github.logger), self._subject)

    def fetch(self, target_type: str) -> Installations:
        """The installations, of which those on accounts of one type are wanted.

        https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app

        :raises HttpError: invalid_credentials, when GitHub knows no such App
        :raises ConnectorError: unexpected_answer, also when two accounts have one name
        """
        wanted: dict[int, Installation] = {}
        names: set[str] = set()
        others: defaultdict[str, list[str]] = defaultdict(list)
        for page in self._pages():
            if not isinstance(page.body, list):
                page.refuse("is no list of installations")
            for listed in page.body:
                if not isinstance(listed, dict) or not isinstance(listed.get("target_type"), str):
                    page.refuse(MALFORMED)
                if listed["target_type"] != target_type:
                    others[listed["target_type"]].append(self._name_of_other(listed))
                    continue
                installation = _parse(page, listed)
                # An account stands on two pages when the list moved meanwhile: its bill would be read twice.
                if installation.account_id in wanted:
                    continue
                wanted[installation.account_id] = installation
                if installation.name.lower() in names:  # one of them has just left the name to the other
                    page.refuse(f"has two {target_type.lower()}s of the name {installation.name}")
                names.add(installation.name.lower())
        return Installations(tuple(wanted.values()), others)

    def client(self, installation: Installation, account: AccountId) -> GitHubClient:
        """A client that signs in as an installation."""
        token = InstallationToken(self._minting(installation.id, account), self._github.clock)
        return self._github.client(token, str(account))

    def _name_of_other(self, listed: Mapping[str, Any]) -> str:
        """The name of an account that is not read: for messages alone, so any part of it may be missing."""
        account = listed.get("account")
        fields = account if isinstance(account, dict) else {}
        name = fields.get("slug") or fields.get("login")
        if not isinstance(name, str):
            return "of unknown name"
        is_organization = listed["target_type"] in ("Organization", "Enterprise")
        return name if is_organization else self._github.names.in_messages(name)

    def _pages(self) -> Iterator[Response]:
        try:
            yield from self._app.pages(Request("/app/installations", self._subject, params={"per_page": 100}))
        except HttpError as error:
            if error.status not in (401, 404) or is_about_clock(error.reason):
                raise
            raise error.with_sentence(
                f'{self._subject}: GitHub knows no App with this ID and key ({error.status} "{error.reason}"): check '
                "app_id on the App's settings page, and that private_key is a key of this App that was not deleted.",
                Code.INVALID_CREDENTIALS,
            ) from None

    def _minting(self, installation_id: int, account: AccountId) -> Callable[[], Minted]:
        """What fetches a new token of an installation.

        https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        """
        request = Request(f"/app/installations/{installation_id}/access_tokens", self._subject, method="POST")

        def mint() -> Minted:
            try:
                response = self._app.send(request)
            except HttpError as error:
                if error.status == 401:
                    raise  # the App itself is refused, not this installation
                raise ConnectorError(
                    Code.INVALID_PERMISSIONS,
                    f'{account}: GitHub gives the App no token for it ({error.status} "{error.reason}"): its '
                    f"installation was suspended or removed. An owner of the {account.account_type} restores it under "
                    "Settings, GitHub Apps.",
                ) from None
            body = response.body if isinstance(response.body, dict) else {}
            token, expires_at = body.get("token"), body.get("expires_at")
            if not isinstance(token, str) or not HEADER_TEXT.fullmatch(token) or not isinstance(expires_at, str):
                response.refuse("has no token or expires_at")
            try:
                return Minted(token, lifetime_seconds(expires_at, response.headers, self._github.clock))
            except ValueError:
                response.refuse("has an expires_at that is no time stamp")

        return mint


def _parse(page: Response, listed: Mapping[str, Any]) -> Installation:
    """An installation of the type that is wanted.

    :raises ConnectorError: unexpected_answer
    """
    try:
        account = listed["account"]
        # An enterprise's account has a slug; an organization's a login.
        name = account["slug"] if listed["target_type"] == "Enterprise" else account["login"]
        installation = Installation(listed["id"], name, account["id"], bool(listed.get("suspended_at")))
        if (type(installation.id), type(name), type(installation.account_id)) != (int, str, int) or not name:
            raise TypeError
    except (KeyError, TypeError):
        page.refuse(MALFORMED)
    return installation
