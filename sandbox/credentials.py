"""Who asks: the personal access token, the App's JWT and the installations with their tokens."""

from __future__ import annotations

import functools
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .bill import Bill
from .messages import Call, Refusal
from .people import organization_id
from .settings import Settings

APP_ID = 314_159
JWT_SECONDS_MAX = 600
CLOCK_TOLERANCE_SECONDS = 60
INSTALLATION_TOKEN_LENGTH = 420
FINE_GRAINED_PERMISSIONS = (
    "organization_administration",
    "organization_copilot_metrics",
    "organization_copilot_seat_management",
)


@dataclass(frozen=True)
class Installation:
    id: int
    account: str
    account_id: int
    target_type: str
    suspended_at: datetime | None = None


@dataclass(frozen=True)
class Credential:
    """`kind` is pat, jwt, installation or none; `label` names it in the request log and for the rate limits."""

    kind: str
    label: str
    installation: Installation | None = None
    # Why GitHub answers 401 to it; None for a good one.
    refusal: str | None = None
    # Of a personal access token: scopes of a classic one; owner and permissions of a fine-grained one.
    scopes: tuple[str, ...] = ()
    is_fine_grained: bool = False
    resource_owner: str | None = None
    permissions: tuple[str, ...] = ()


@functools.cache
def app_key() -> rsa.RSAPrivateKey:
    """One key for the process: making one takes a good part of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey, layout: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, layout, serialization.NoEncryption()).decode()


class Credentials:
    """Issues and recognizes credentials, by the server's clock."""

    def __init__(self, settings: Settings, bills: list[Bill], now: Callable[[], float]) -> None:
        """The App is installed on the organizations of the first bill, and if wanted on all enterprises."""
        self._settings, self._bills, self._now = settings, bills, now
        self.personal_access_token = f"sandbox_pat_{secrets.token_hex(20)}"
        self.client_id = f"Iv0sandbox{secrets.token_hex(6)}"
        self.organization_token = f"sandbox_org_{secrets.token_hex(20)}"
        self.pat_revoked = self.organization_pat_revoked = False
        # Token -> (installation id, when it ends).
        self._tokens: dict[str, tuple[int, float]] = {}
        self._revoked: set[str] = set()
        self.jwts_seen: set[str] = set()
        # Names outlive their installations: a token that was revoked is still known by its account.
        self._accounts: dict[int, str] = {}
        self._lock = threading.RLock()
        self.installations: list[Installation] = []
        self._next_id = 5001
        for organization in bills[0].organizations:
            self.install(organization)
        if settings.user_installation:
            self._add(settings.user_installation, 70_001, "User")
        if settings.suspended_organization:
            self._add(settings.suspended_organization, organization_id(settings.suspended_organization), "Organization")
            self.suspend(settings.suspended_organization)
        if settings.enterprise_installation:
            for number, bill in enumerate(bills):
                self._add(bill.shape.enterprise, 50_001 + number, "Enterprise")

    # Installations

    def install(self, organization: str) -> None:
        with self._lock:
            if self.installation_of(organization) is None:
                self._add(organization, organization_id(organization), "Organization")

    def uninstall(self, organization: str) -> None:
        with self._lock:
            self._revoke(self._required(organization))
            self.installations = [
                found for found in self.installations if found.account.lower() != organization.lower()
            ]

    def rename(self, organization: str, new: str) -> None:
        with self._lock:
            changed = replace(self._required(organization), account=new)
            self.installations = [changed if found.id == changed.id else found for found in self.installations]
            self._accounts[changed.id] = new

    def suspend(self, organization: str, suspended: bool = True) -> None:
        with self._lock:
            installation = self._required(organization)
            at = datetime.fromtimestamp(int(self._now()), timezone.utc) if suspended else None
            changed = replace(installation, suspended_at=at)
            self.installations = [changed if found.id == installation.id else found for found in self.installations]

    def revoke_tokens(self, organization: str) -> None:
        """Ends all tokens of the organization's installation; new ones can be made."""
        self._revoke(self._required(organization))

    def installation_of(self, account: str) -> Installation | None:
        return next((found for found in self.installations if found.account.lower() == account.lower()), None)

    def installation(self, installation_id: int) -> Installation | None:
        return next((found for found in self.installations if found.id == installation_id), None)

    def issue(self, installation: Installation) -> tuple[str, datetime]:
        """A new token and when it ends (UTC, whole seconds)."""
        with self._lock:
            ends = self._now() + self._settings.token_lifetime_seconds
            token = ("sandbox_ist_" + secrets.token_hex(INSTALLATION_TOKEN_LENGTH))[:INSTALLATION_TOKEN_LENGTH]
            self._tokens[token] = (installation.id, ends)
            return token, datetime.fromtimestamp(int(ends), timezone.utc)

    def issued(self) -> list[str]:
        """Every installation token ever issued here."""
        with self._lock:
            return list(self._tokens)

    # Recognizing

    def identify(self, call: Call) -> Credential:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if not token:
            return Credential("none", "none", refusal="Bad credentials")
        if secrets.compare_digest(token.encode(), self.personal_access_token.encode()):
            refusal = "Bad credentials" if self.pat_revoked else None
            return Credential("pat", "pat", refusal=refusal, scopes=self._settings.pat_scopes)
        if secrets.compare_digest(token.encode(), self.organization_token.encode()):
            return self._identify_organization_token()
        with self._lock:
            known = self._tokens.get(token)
        if known is not None:
            return self._identify_installation(token, *known)
        if token.count(".") == 2 and scheme.lower() == "bearer":
            self.jwts_seen.add(token)
            return Credential("jwt", "jwt")
        return Credential("none", "unknown", refusal="Bad credentials")

    def _identify_organization_token(self) -> Credential:
        settings = self._settings
        is_fine_grained = settings.organization_pat_kind == "fine_grained"
        return Credential(
            "pat",
            "organization_pat",
            refusal="Bad credentials" if self.organization_pat_revoked else None,
            scopes=() if is_fine_grained else settings.organization_pat_scopes,
            is_fine_grained=is_fine_grained,
            resource_owner=self._bills[0].organizations[0],
            permissions=FINE_GRAINED_PERMISSIONS if is_fine_grained else (),
        )

    def _identify_installation(self, token: str, installation_id: int, ends: float) -> Credential:
        label = f"installation:{self._accounts[installation_id]}"
        installation = self.installation(installation_id)
        if installation is None or token in self._revoked or self._now() >= ends:
            return Credential("installation", label, installation, refusal="Bad credentials")
        return Credential("installation", label, installation)

    def check_app_jwt(self, call: Call) -> None:
        """Refuses, with GitHub's status and message, what is no valid JWT of this App."""
        token = call.headers.get("authorization", "").partition(" ")[2].strip()
        unverified = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_iss": False}
        try:
            claims = jwt.decode(token, app_key().public_key(), algorithms=["RS256"], options=unverified)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise Refusal(401, "A JSON web token could not be decoded") from None
        issuer, issued, ends = claims.get("iss"), claims.get("iat"), claims.get("exp")
        now = self._now()
        if not isinstance(issuer, str):
            raise Refusal(401, "'Issuer' claim ('iss') must be a String")
        if not isinstance(issued, int) or issued > now + CLOCK_TOLERANCE_SECONDS:
            raise Refusal(
                401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
            )
        if not isinstance(ends, int) or ends <= now:
            raise Refusal(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
                "assertion expires",
            )
        if ends > now + JWT_SECONDS_MAX:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        if issuer not in (str(APP_ID), self.client_id):
            raise Refusal(404, "Integration not found")

    def _add(self, account: str, account_id: int, target_type: str) -> None:
        self.installations = [*self.installations, Installation(self._next_id, account, account_id, target_type)]
        self._accounts[self._next_id] = account
        self._next_id += 1

    def _revoke(self, installation: Installation) -> None:
        with self._lock:
            self._revoked |= {token for token, (owner, _) in self._tokens.items() if owner == installation.id}

    def _required(self, account: str) -> Installation:
        installation = self.installation_of(account)
        if installation is None:
            raise ValueError(f"the App is not installed on {account!r}")
        return installation
