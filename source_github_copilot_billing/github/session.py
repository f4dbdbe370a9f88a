"""Sends the requests of one credential: waits for GitHub's rate limit, adds the token, and stops after a final refusal.

The circuit breaker: once GitHub has refused the credential for good, every further request raises the same error and is
not sent. Accounts with the same credential share one session, and with it the rate limit and the circuit breaker.
"""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

from airbyte_cdk.models import FailureType

from source_github_copilot_billing.clock import Clock, server_now
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github import single_sign_on
from source_github_copilot_billing.github.auth import CLOCKS_DIFFER, MOST_CORRECTED, Bearer, Credential
from source_github_copilot_billing.github.http_error import NotTheApi, ResponseTooLarge, http_error
from source_github_copilot_billing.github.rate_limit import RateLimit, is_rate_limit
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import is_web_page, reason_of
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
BODY_DEADLINE_SECONDS = 600.0  # a body that arrives very slowly must not block a thread for ever
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_REFUSAL_BYTES = 1024 * 1024  # of an answer other than 2xx: it holds a message of a line
SUSPENDED = "installation has been suspended"  # in GitHub's 403 to every request of a suspended installation
MOST_APART = MOST_CORRECTED + CLOCKS_DIFFER  # of this machine's clock and GitHub's
POINTS = {"GET": 1, "POST": 5}  # what a request costs in GitHub's secondary rate limit


# Called at least once a minute, while the connector makes progress or waits: shows that it is alive.
KeepAlive = Callable[[], None]


class Session:
    """:param subject: the credential's name in messages, such as "Enterprise acme" or "GitHub App 123"
    :param gate: held while a request is sent and answered; all sessions of a command share it, and it limits how many
        requests they send at once
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
        self._refused: tuple[str, RawResponse] | None = None  # the last token that got a 401, and that answer

    def send(self, request: Request, url: str) -> RawResponse:
        """Send one request as soon as the rate limit allows it, and return the answer, whatever its status.

        :param url: where to send it: the request's own URL, or the target of a redirect
        :raises HttpError: 401 even with a new token, or 403 for a suspended installation; both open the circuit breaker
        :raises NoAnswer: there was no complete answer; trying again may help
        :raises ConnectorError: rate_limited, the body is too large, or the error that opened the circuit breaker
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
        """After a 401, try once more if the credential can get a new token. A second 401 is final.

        One thread at a time: the others then see that the credential was refused, and do not try the new token too.
        """
        with self._renewal:
            if self._broken is not None:
                raise self._broken
            last = first
            with self._breaking():
                is_renewed = self._credential.renew(refused)
            if is_renewed:
                _, last = self._signed(request, url)
                if last.status != 401:
                    return last
            # The first answer gives the real reason; the second one often says only "Bad credentials".
            answer = first if reason_of(first.body) else last
            of_credential = Request(request.path, self.subject, method=request.method, shown=request.shown)
            self._broken = http_error(of_credential, 401, reason_of(answer.body), answer.headers)
            raise self._broken

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        """Open the circuit breaker when no token can be had until a person acts, such as for a removed installation."""
        try:
            yield
        except ConnectorError as error:
            if error.failure_type == FailureType.config_error:
                self._broken = error
            raise

    def _signed(self, request: Request, url: str) -> tuple[str, RawResponse]:
        """Send with a token once the rate limit allows it, and again after every answer that only says to wait.

        :return: the token that was sent, and the answer
        """
        points = POINTS[request.method]
        while True:
            self._keep_alive()
            self._rate_limit.wait(points)
            with self._breaking():
                token = self._credential.token()  # after the wait, during which a token can expire
            # The gate is taken after the wait: a thread that waits for the rate limit must not block other requests.
            with self._gate:
                if self._broken is not None:
                    raise self._broken
                if self._refused is not None and self._refused[0] == token:
                    return self._refused  # not sent: GitHub has already refused this token
                sent_at = self._clock.now()
                reserved_at = self._rate_limit.reserve(points)
                if reserved_at is None:
                    continue  # the limit was used up while this thread waited for the gate
                try:
                    response = self._transmit(request, url, token)
                finally:
                    self._rate_limit.release(points)
            # Of errors only: a long bill would be decoded twice.
            reason = reason_of(response.body) if response.status >= 400 else ""
            if is_rate_limit(response.status, response.headers, reason):
                self._rate_limit.refused(response.headers, reserved_at, response.answered_at)
                continue
            self._rate_limit.succeeded()
            self._credential.learn(response.headers)
            if response.status < 300:
                self._refuse_a_wrong_clock(response.headers, sent_at)
            if 400 <= response.status < 500 and is_web_page(response.body):
                raise NotTheApi(request, response.status, urlsplit(url).netloc)
            return token, response

    def _refuse_a_wrong_clock(self, headers: Mapping[str, str], sent_at: datetime) -> None:
        """A sync of a wrong day would end well. Was the clock ahead, the state claims days that are not billed yet, and
        what the next syncs read counts as older than its receipts: it would be missing, and nothing would say so.

        :raises ConnectorError: invalid_configuration
        """
        dated = server_now(headers, self._clock)
        # Of the time from the request to here, because the machine may have slept meanwhile.
        if sent_at - MOST_APART <= dated <= self._clock.now() + MOST_APART:
            return
        self._broken = ConnectorError(
            Code.INVALID_CONFIGURATION,
            f"{self.subject}: GitHub's answer is dated {dated:%Y-%m-%d %H:%M %Z}, where this machine's clock says "
            f"{sent_at:%Y-%m-%d %H:%M} UTC. Its day decides what is read. Set this machine's clock; if it is right, a "
            "proxy changes GitHub's answers.",
        )
        raise self._broken

    def _transmit(self, request: Request, url: str, token: str) -> RawResponse:
        auth = Bearer(token)
        try:
            with exchange(self._http, request.method, url, HEADERS, auth, request.params, request.body) as response:
                answered_at = self._clock.monotonic()
                headers = lower_case(response.headers)
                single_sign_on.register_secrets(headers)
                self._rate_limit.learn(headers, answered_at)  # before the body is read, because that may fail
                is_success = 200 <= response.status_code < 300
                body = io.BytesIO()  # gives its bytes away without a copy
                for piece in pieces(response, self._clock, answered_at + BODY_DEADLINE_SECONDS):
                    self._keep_alive()
                    body.write(piece)
                    if is_success and body.tell() > MAX_BODY_BYTES:
                        raise ResponseTooLarge(request, f"is larger than {MAX_BODY_BYTES // 2**20} MB")
                    if not is_success and body.tell() > MAX_REFUSAL_BYTES:
                        body = io.BytesIO()  # as one that says nothing
                        break
                return RawResponse(response.status_code, headers, body.getvalue(), answered_at)
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
