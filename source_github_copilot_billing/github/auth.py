"""The ways to sign a request: one small class each.

GitHub's rules: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
Every token that is made here is registered with the CDK, which takes it out of whatever is printed: a proxy may repeat
the header of a request in its error page.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from requests import PreparedRequest
from requests.auth import AuthBase

from source_github_copilot_billing.clock import Clock, parse_time_stamp, server_now
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.plain_text import register_secret

JWT_ISSUED_BACK = timedelta(minutes=1)  # GitHub's advice against clocks that differ
JWT_LIFETIME = timedelta(minutes=9)  # GitHub takes at most 10 minutes
JWT_KEPT_SECONDS = 5 * 60  # three of the eight minutes it has left are for clocks that differ
RENEWED_EARLY_SECONDS = 60
CLOCKS_DIFFER = timedelta(seconds=45)  # GitHub takes a JWT that is up to a minute off
MOST_CORRECTED = timedelta(days=1)  # a JWT for years to come must not be made because an answer says so
EXPIRATION_HEADER = "github-authentication-token-expiration"
WARNED_DAYS = 14


class Credential(Protocol):
    def token(self) -> str:
        """The token to sign the next request with; made or renewed first where it must be."""

    def renew(self, refused: str) -> bool:
        """Whether another token than the refused one can be had; it is made here, at most once."""

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take from an answer's headers what they say of the credential."""


class Bearer(AuthBase):
    """Signs one request. Being an `AuthBase` it also keeps requests from signing with what a ~/.netrc holds."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class PersonalAccessToken:
    """Warns once when the token soon ends, as the header github-authentication-token-expiration says."""

    def __init__(self, token: str, subject: str, clock: Clock, logger: logging.Logger) -> None:
        self._token = token
        self._subject = subject
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._looked = False

    def token(self) -> str:
        return self._token

    def renew(self, refused: str) -> bool:  # noqa: ARG002  (a credential's interface)
        return False

    def learn(self, headers: Mapping[str, str]) -> None:
        with self._lock:
            if self._looked or EXPIRATION_HEADER not in headers:
                return
            self._looked = True
        try:
            expires = parse_time_stamp(headers[EXPIRATION_HEADER])
        except ValueError:
            return  # another format than the one known: no date to warn with
        if expires - self._clock.now() <= timedelta(days=WARNED_DAYS):
            self._logger.warning(
                f"{self._subject}: the personal access token expires on {expires:%Y-%m-%d %H:%M} UTC. Make a new one "
                "and put it into the configuration before then."
            )


class GitHubApp:
    """Signs as the App itself, by a JWT: good for /app/… only.

    :param issuer: the App ID or client ID, as a string
    :param key: loaded once: signing with PEM text would parse it each time, 150 times slower
    """

    def __init__(self, issuer: str, key: RSAPrivateKey, clock: Clock, logger: logging.Logger) -> None:
        self._issuer = issuer
        self._key = key
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._token = ""
        self._made_at = float("-inf")
        self._issued = datetime.min.replace(tzinfo=timezone.utc)
        self._answered = datetime.min.replace(tzinfo=timezone.utc)  # the last answer's time, by GitHub's clock
        self._behind = timedelta(0)  # how far this machine's clock is behind GitHub's, by the last answer
        self._correction = timedelta(0)  # what is added to this machine's clock

    def token(self) -> str:
        with self._lock:
            now = self._clock.monotonic()
            issued = self._clock.now() + self._correction
            # By either clock: the monotonic one stands still while a machine sleeps, the other one can be set back.
            age = max(now - self._made_at, abs((issued - self._issued).total_seconds()))
            if age >= JWT_KEPT_SECONDS:
                claims = {
                    "iss": self._issuer,
                    "iat": int((issued - JWT_ISSUED_BACK).timestamp()),
                    "exp": int((issued - JWT_ISSUED_BACK + JWT_LIFETIME).timestamp()),
                }
                self._token = jwt.encode(claims, self._key, algorithm="RS256")
                register_secret(self._token)
                self._made_at, self._issued = now, issued
            return self._token

    def renew(self, refused: str) -> bool:
        """By GitHub's clock, where this machine's differs from it so much that it can be the reason.

        :raises ConnectorError: invalid_credentials, where it differs by more than a day
        """
        with self._lock:
            if self._token != refused:
                return True  # another thread has signed a new one since
            if abs(self._behind - self._correction) < CLOCKS_DIFFER:
                return False
            if abs(self._behind) > MOST_CORRECTED + CLOCKS_DIFFER:
                raise ConnectorError(
                    Code.INVALID_CREDENTIALS,
                    f"GitHub App {self._issuer}: GitHub refused the App's sign-in, and its answer is dated "
                    f"{self._answered:%Y-%m-%d %H:%M %Z}, where this machine's clock says "
                    f"{self._clock.now():%Y-%m-%d %H:%M} UTC. They are more than a day apart, so the sign-in was not "
                    "repeated with that time. Set this machine's clock; if it is right, a proxy changes GitHub's "
                    "answers.",
                )
            self._correction, self._made_at = self._behind, float("-inf")
            minutes = abs(self._behind.total_seconds()) / 60
        self._logger.warning(
            f"GitHub App {self._issuer}: this machine's clock is {minutes:.0f} minute(s) "
            f"{'behind' if self._behind > timedelta(0) else 'ahead of'} GitHub's, so GitHub refused the App's sign-in. "
            "It is repeated with GitHub's time. Set this machine's clock."
        )
        return True

    def learn(self, headers: Mapping[str, str]) -> None:
        if "date" not in headers:
            return
        with self._lock:
            self._answered = server_now(headers, self._clock)
            self._behind = self._answered - self._clock.now()


@dataclass(frozen=True)
class Minted:
    """GitHub's answer to POST /app/installations/{id}/access_tokens, and how long it says the token is good for."""

    token: str
    lifetime_seconds: float


class InstallationToken:
    """Signs as the installation on one organization: one token for all threads, renewed before it ends."""

    def __init__(self, mint: Callable[[], Minted], clock: Clock) -> None:
        self._mint = mint
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Minted | None = None
        self._renew_at = 0.0
        self._failure: ConnectorError | None = None
        self._failed_at = 0.0

    def token(self) -> str:
        current = self._current
        asked_at = self._clock.monotonic()
        if current is not None and asked_at < self._renew_at:
            return current.token
        with self._lock:
            if self._current is None or self._clock.monotonic() >= self._renew_at:
                self._take_new(asked_at)
            assert self._current is not None  # noqa: S101  (narrows the type: _take_new has set it)
            return self._current.token

    def renew(self, refused: str) -> bool:
        asked_at = self._clock.monotonic()
        with self._lock:
            if self._current is None or self._current.token == refused:
                self._take_new(asked_at)
        return True

    def learn(self, headers: Mapping[str, str]) -> None:
        """An installation token's answers say nothing of it: GitHub gave its end when it was made."""

    def _take_new(self, asked_at: float) -> None:
        if self._failure is not None and self._failed_at > asked_at:
            # It failed while this thread waited: all tries again, one thread after another, would take hours.
            raise self._failure
        try:
            minted = self._mint()
        except ConnectorError as error:
            self._failure, self._failed_at = error, self._clock.monotonic()
            raise
        # A token shorter-lived than the early renewal would otherwise be minted for every request.
        keep = max(minted.lifetime_seconds - RENEWED_EARLY_SECONDS, minted.lifetime_seconds / 2)
        self._renew_at = self._clock.monotonic() + keep
        self._current = minted
        register_secret(minted.token)


def lifetime_seconds(expires_at: str, headers: Mapping[str, str], clock: Clock) -> float:
    """From GitHub's now to `expires_at`, such as 2026-11-20T11:00:00Z.

    :raises ValueError: when expires_at is no time stamp
    """
    return (parse_time_stamp(expires_at) - server_now(headers, clock)).total_seconds()
