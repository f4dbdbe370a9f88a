"""A GitHub App: its key, as people paste it, and the accounts on which it is installed, with a token for each."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from source_github_copilot_billing.accounts import (
    Account,
    AccountId,
    Accounts,
    AccountType,
    Capability,
    UnreadableAccount,
)
from source_github_copilot_billing.errors import Code, ConnectorError, invalid_configuration
from source_github_copilot_billing.form import Form, connection_named
from source_github_copilot_billing.github.auth import GitHubApp, InstallationToken, Minted, lifetime_seconds
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.http_error import HttpError, is_about_clock
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response

MALFORMED = "has an installation without id, target_type or account"
HEADER_TEXT = re.compile(r"[!-~]+")  # what a request's header can carry
NO_APP_ID = "must be the App ID (a number) or the client ID of the GitHub App, not its name or URL."
_PEM = re.compile(r"-----BEGIN ([A-Z ]*?)PRIVATE KEY-----(.*?)-----END \1PRIVATE KEY-----", re.DOTALL)
# Which connection reads the accounts on which an App is installed, by GitHub's target_type.
CONNECTION_OF = {"Enterprise": "enterprise_github_app", "Organization": "organization_github_app"}
NAMED = 3  # accounts in a message


def parse_app_id(form: Form) -> str:
    """The App ID or client ID of a form.

    :raises ConnectorError: invalid_configuration
    """
    return form.matching_text("app_id", NO_APP_ID)


def parse_private_key(value: Any) -> RSAPrivateKey:
    """Read a PEM key (PKCS#1 or PKCS#8), with real newlines, literal backslash-n, or spaces for newlines.

    :raises ConnectorError: invalid_configuration; never quotes the key
    """
    if not isinstance(value, str) or not value.strip():
        raise invalid_configuration("private_key is empty: paste the whole .pem file that GitHub made for the App.")
    text = value.replace("\\r", "").replace("\\n", "\n")
    if "PUBLIC KEY" in text or "CERTIFICATE" in text:
        raise invalid_configuration(
            "private_key holds a public key or a certificate: paste the private key (.pem) of the App."
        )
    match = _PEM.search(text)
    if match is None:
        raise invalid_configuration(
            "private_key is no PEM file: it must begin with -----BEGIN RSA PRIVATE KEY----- or "
            "-----BEGIN PRIVATE KEY----- and end with the matching END line."
        )
    kind, body = match.groups()
    lines = "\n".join(body.split())
    pem = f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----\n"
    try:
        key = _loaded(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise invalid_configuration(
            "private_key cannot be read: it is damaged, cut off or protected by a password. "
            "Make a new private key in the App's settings and paste the whole .pem file."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise invalid_configuration("private_key is no RSA key: GitHub Apps sign with RSA keys only.")
    return key


# A run parses its configuration twice, and OpenSSL takes long to check a key.
@lru_cache(maxsize=1)
def _loaded(pem: str) -> PrivateKeyTypes:
    return load_pem_private_key(pem.encode(), password=None)


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


class AppInstallations:
    """A GitHub App, signed in as itself: lists its installations and makes clients that sign in as one of them."""

    def __init__(self, app_id: str, private_key: RSAPrivateKey, github: GitHub) -> None:
        self._github = github
        self._subject = f"GitHub App {app_id}"
        self._app = github.client(GitHubApp(app_id, private_key, github.clock, github.logger), self._subject)

    def accounts(
        self,
        account_type: AccountType,
        names: Sequence[str],
        advice: Callable[[Capability], str],
        ai_credit_mode: str | None = None,
    ) -> Accounts:
        """The accounts of one type to read as the App, and those that were named and on which it is not installed.

        :param names: the accounts to read; empty for every account of this type where the App is installed
        :raises HttpError: invalid_credentials, when GitHub knows no such App
        :raises ConnectorError: the list of installations cannot be fetched, or there is no account to read: a bill of
            no account would look like a bill of nothing
        """
        wanted = {name.lower(): name for name in names}
        found: list[Account] = []
        suspended: list[UnreadableAccount] = []
        installed, elsewhere = self._fetch(account_type.capitalize())
        for installation in installed:
            if names and wanted.pop(installation.name.lower(), None) is None:
                continue
            account = _id_of(installation, account_type)
            if installation.is_suspended:
                suspended.append(UnreadableAccount(account, _suspended(account)))
            else:
                found.append(Account(account, self.client(installation, account), advice, ai_credit_mode))
        others = "".join(_read_otherwise(target_type, seen) for target_type, seen in elsewhere.items())
        if names:
            missing = [AccountId(account_type, name) for name in wanted.values()]
            not_installed = [UnreadableAccount(account, _not_installed(account, others)) for account in missing]
            return Accounts(tuple(found), unreadable=(*suspended, *not_installed))
        if not found:
            reasons = "".join(f" {entry.error.sentence}" for entry in suspended)
            raise ConnectorError(
                Code.INVALID_PERMISSIONS,
                f"the GitHub App can read no {account_type}: install it where the bill is to be read.{reasons}{others}",
            )
        return Accounts(tuple(found), left_out=tuple(suspended), all_must_work=False)

    def client(self, installation: Installation, account: AccountId) -> GitHubClient:
        """A client that signs in as an installation."""
        token = InstallationToken(partial(self._mint, installation, account), self._github.clock)
        return self._github.client(token, str(account))

    def _fetch(self, target_type: str) -> tuple[Sequence[Installation], Mapping[str, Sequence[str]]]:
        """The installations.

        https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app

        :return: those on accounts of the type that is to be read, each account once; and the names of other accounts,
            by GitHub's target_type (Organization, Enterprise or User)
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
        return tuple(wanted.values()), others

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

    def _mint(self, installation: Installation, account: AccountId) -> Minted:
        """A new token of an installation.

        https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        """
        path = f"/app/installations/{installation.id}/access_tokens"
        try:
            response = self._app.send(Request(path, self._subject, method="POST"))
        except HttpError as error:
            if error.status == 401:
                raise  # the App itself is refused, not this installation
            raise ConnectorError(
                Code.INVALID_PERMISSIONS,
                f'{account}: GitHub gives the App no token for it ({error.status} "{error.reason}"): its installation '
                f"was suspended or removed. An owner of the {account.account_type} restores it under Settings, GitHub "
                "Apps.",
            ) from None
        body = response.body if isinstance(response.body, dict) else {}
        token, expires_at = body.get("token"), body.get("expires_at")
        if not isinstance(token, str) or not HEADER_TEXT.fullmatch(token) or not isinstance(expires_at, str):
            response.refuse("has no token or expires_at")
        try:
            return Minted(token, lifetime_seconds(expires_at, response.headers, self._github.clock))
        except ValueError:
            response.refuse("has an expires_at that is no time stamp")


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


def _id_of(installation: Installation, account_type: AccountType) -> AccountId:
    if account_type == "enterprise":
        return AccountId(account_type, installation.name, enterprise_id=installation.account_id)
    return AccountId(account_type, installation.name, installation.account_id)


def _suspended(account: AccountId) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the installation of the GitHub App is suspended. An owner of the {account.account_type} lifts "
        "that under Settings, GitHub Apps.",
    )


def _not_installed(account: AccountId, others: str) -> ConnectorError:
    return ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{account}: the GitHub App is not installed there. An owner of the {account.account_type} installs it from "
        f"the App's page, or the name is wrong.{others}",
    )


def _read_otherwise(target_type: str, names: Sequence[str]) -> str:
    """A sentence about accounts of another type, on which the App is installed, and who reads them."""
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    if target_type not in CONNECTION_OF:
        return f" The App is installed on {target_type} {named}, which has no bill that this connector reads."
    connection = connection_named(CONNECTION_OF[target_type])
    return f" The App is installed on {target_type} {named}: the connection {connection} reads that."
