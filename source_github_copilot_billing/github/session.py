"""One credential's requests: each waits for GitHub's limit, is signed, and passes the circuit breaker.

Accounts that are read with the same credential share its session, and so its limit and its breaker.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from airbyte_cdk.models import FailureType

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github import single_sign_on
from source_github_copilot_billing.github.auth import Bearer, Credential
from source_github_copilot_billing.github.http_error import HttpError, ResponseTooLarge, http_error
from source_github_copilot_billing.github.rate_limit import RateLimit, is_rate_limit
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import reason_of
from source_github_copilot_billing.github.transport import (
    ImpossibleRequest,
    NoAnswer,
    RawResponse,
    exchange,
    lower_case,
    new_session,
    pieces,
)

API_VERSION = "2022-11-28"
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
BODY_DEADLINE_SECONDS = 600.0  # a body that drips must not hold a worker for ever
MAX_BODY_BYTES = 64 * 1024 * 1024
SUSPENDED = "installation has been suspended"  # GitHub's 403 to every request of such an installation
POINTS = {"GET": 1, "POST": 5}  # of GitHub's secondary limit


class KeepAlive(Protocol):
    """Told whenever the connector makes progress or waits for GitHub, at least once a minute."""

    def __call__(self) -> None: ...


class Session:
    """:param subject: the credential, as messages name it, such as "Enterprise acme" or "GitHub App 123"
    :param gate: taken while a request is under way: bounds the requests at once over all sessions of a command
    """

    def __init__(
        self,
        credential: Credential,
        subject: str,
        rate_limit: RateLimit,
        gate: threading.Semaphore,
        connections: int,
        clock: Clock,
        keep_alive: KeepAlive,
    ) -> None:
        self.subject = subject
        self._credential = credential
        self._rate_limit = rate_limit
        self._gate = gate
        self._clock = clock
        self._keep_alive = keep_alive
        self._http = new_session(connections)
        self._renewal = threading.Lock()
        self._broken: ConnectorError | None = None  # what opened the circuit breaker
        self._refused: tuple[str, RawResponse] | None = None  # the last token that got a 401, and the answer

    def send(self, request: Request, url: str) -> RawResponse:
        """The answer to one request, whatever its status, once the limit lets the request go.

        :param url: where it is sent: the request's own URL, or where a redirect led
        :raises HttpError: 401 also with a new token, or 403 for a suspended installation; every further request raises
            it at once
        :raises NoAnswer: a failure that may pass by itself
        :raises ConnectorError: rate_limited, a body that is too large, or what opened the circuit breaker
        """
        token, response = self._signed(request, url)
        if response.status == 401:
            self._refused = token, response
            return self._send_with_new_token(token, response, request, url)
        if response.status == 403 and SUSPENDED in (reason := reason_of(response.body)).lower():
            self._broken = http_error(request, 403, reason, response.headers)
            raise self._broken
        return response

    def _send_with_new_token(self, refused: str, first: RawResponse, request: Request, url: str) -> RawResponse:
        """Answer a 401 with one try of a new token, where there is one; what is refused then is refused for good.

        One thread at a time: when every thread tried the new token at once, a credential that is refused for good
        would cost twice as many requests.
        """
        with self._renewal:
            if self._broken is not None:
                raise self._broken
            last = first
            if self._is_renewed(refused):
                _, last = self._signed(request, url)
                if last.status != 401:
                    return last
            # The first answer says what was wrong; the second one is often no more than "Bad credentials".
            self._broken = self._unauthorized(request, first if reason_of(first.body) else last)
            raise self._broken

    def _unauthorized(self, request: Request, response: RawResponse) -> HttpError:
        asked = Request(request.path, self.subject, method=request.method)
        return http_error(asked, 401, reason_of(response.body), response.headers)

    def _is_renewed(self, refused: str) -> bool:
        with self._breaking():
            return self._credential.renew(refused)

    def _token(self) -> str:
        with self._breaking():
            return self._credential.token()

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        """A token that GitHub gives no more, such as that of a removed installation, is not requested again."""
        try:
            yield
        except ConnectorError as error:
            if error.failure_type == FailureType.config_error:
                self._broken = error
            raise

    def _signed(self, request: Request, url: str) -> tuple[str, RawResponse]:
        """Send once the limit lets it go, again after each answer that only says "later".

        :return: the token that signed it, and the answer
        """
        points = POINTS[request.method]
        while True:
            self._keep_alive()
            self._rate_limit.wait(points)
            token = self._token()  # after the wait: a token signed before it may have expired
            # Taken after the wait, so that who waits for GitHub's limit holds back no other request.
            with self._gate:
                if self._broken is not None:
                    raise self._broken
                if self._refused is not None and self._refused[0] == token:
                    return self._refused  # not sent: it would be refused like the request before
                reserved_at = self._rate_limit.reserve(points)
                if reserved_at is None:
                    continue  # the limit was used up while this thread waited for the gate
                try:
                    response = self._transmit(request, url, token)
                finally:
                    self._rate_limit.release(points)
            reason = reason_of(response.body) if response.status >= 400 else ""  # a long bill is not decoded twice
            if is_rate_limit(response.status, response.headers, reason):
                self._rate_limit.refused(response.headers, reserved_at, response.answered_at)
                continue
            self._rate_limit.succeeded()
            self._credential.learn(response.headers)
            return token, response

    def _transmit(self, request: Request, url: str, token: str) -> RawResponse:
        auth = Bearer(token)
        try:
            with exchange(self._http, request.method, url, HEADERS, auth, request.params, request.body) as response:
                answered_at = self._clock.monotonic()
                headers = lower_case(response.headers)
                single_sign_on.register_secrets(headers)
                self._rate_limit.learn(headers, answered_at)  # before the body, which may be cut
                body = bytearray()
                for piece in pieces(response, self._clock, answered_at + BODY_DEADLINE_SECONDS):
                    self._keep_alive()
                    body += piece
                    if len(body) > MAX_BODY_BYTES:
                        raise ResponseTooLarge(request, MAX_BODY_BYTES // 2**20)
                return RawResponse(response.status_code, headers, bytes(body), answered_at)
        except ImpossibleRequest:
            raise ConnectorError(
                Code.INVALID_CONFIGURATION, f"{self.subject}: no request can be made from this configuration."
            ) from None
        except NoAnswer as failure:
            if failure.may_have_arrived:
                self._rate_limit.lost()
            raise
        except OSError as error:  # such as a REQUESTS_CA_BUNDLE that names no file
            raise ConnectorError(
                Code.INVALID_CONFIGURATION, f"{self.subject}: no request can be made on this machine: {error}."
            ) from None
