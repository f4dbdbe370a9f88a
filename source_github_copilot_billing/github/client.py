"""One credential's GET, POST and pages: waits for the limit, signs, retries, decodes.

It knows the configured host only: neither a redirect nor a link takes a credential to another one.
"""

import json
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from requests.adapters import HTTPAdapter
from urllib3.exceptions import LocationValueError

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.github.body import pieces
from source_github_copilot_billing.github.credentials import Bearer, Credential
from source_github_copilot_billing.github.errors import Code, ConnectorError, Unreachable, refusal
from source_github_copilot_billing.github.hosts import NO_PROXY_FOR_HTTP
from source_github_copilot_billing.github.network import TIMEOUT_SECONDS, in_words, may_have_arrived
from source_github_copilot_billing.github.rate_limit import RateLimit, is_rate_limit

API_VERSION = "2022-11-28"
USER_AGENT = "airbyte-source-github-copilot-billing"
BODY_DEADLINE_SECONDS = 600.0  # a body that drips must not hold a worker for ever
MAX_BODY_BYTES = 64 * 1024 * 1024
RETRIES = 5
PASSING_STATUSES = frozenset({500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 3
POINTS = {"GET": 1, "POST": 5}
MAX_PAGES = 10_000  # of a list: a server that always names a next one must not hold a sync for ever


@dataclass(frozen=True)
class Answer:
    """A decoded 2xx answer; numbers with a fraction are Decimal, exactly as GitHub wrote them."""

    body: Any
    headers: Mapping[str, str]
    request: str  # method and path with query, for error messages


@dataclass(frozen=True)
class _Reply:
    """:param answered_at: monotonic: when the headers were there, whose times are counted from then"""

    status: int
    headers: Mapping[str, str]
    body: bytes
    answered_at: float


class _Passing(Exception):
    """A failure that may pass by itself; its text is for the user and quotes no URL."""


class GitHubClient:
    """:param subject: whose bill this credential reads, as error messages name it, such as "Enterprise acme" """

    def __init__(
        self,
        api_url: str,
        credential: Credential,
        subject: str,
        clock: Clock,
        rate_limit: RateLimit,
        connections: int,
        retries: int = RETRIES,
    ) -> None:
        self.subject = subject
        self._api_url = api_url.rstrip("/")
        self._credential = credential
        self._clock = clock
        self._rate_limit = rate_limit
        self._retries = retries
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True))
        self._renewal = threading.Lock()
        self._refusal: ConnectorError | None = None

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """:raises Refused: a final no. :raises Unreachable: no usable answer after all tries.
        :raises ConnectorError: rate_limited, or what stopped this credential before"""
        return self._exchange("GET", self._api_url + path, params, None, self._retries)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool) -> Answer:
        """:param repeatable: whether GitHub may receive it twice. Where it may not, Unreachable is raised after
        the first failure, and the caller finds out whether the request arrived."""
        return self._exchange("POST", self._api_url + path, None, body, self._retries if repeatable else 0)

    def pages(self, path: str, params: Mapping[str, str | int]) -> Iterator[Answer]:
        """Every page, following `Link: rel="next"` within the configured host."""
        answer = self.get(path, params)
        yield answer
        seen: set[str] = set()
        while True:
            links = requests.utils.parse_header_links(answer.headers.get("link", ""))
            target = next((link["url"] for link in links if link.get("rel") == "next"), None)
            if target is None:
                return
            url = self._own_url(self._api_url + path, target, "a page link")
            if url in seen or len(seen) >= MAX_PAGES:
                self.unexpected(answer, "links to a page that was read before, or to no last one")
            seen.add(url)
            answer = self._exchange("GET", url, None, None, self._retries)
            yield answer

    def must_wait(self) -> bool:
        """Whether GitHub's limit holds this credential back."""
        return self._rate_limit.must_wait()

    def unexpected(self, answer: Answer, what: str) -> NoReturn:
        """:raises ConnectorError: unexpected_answer, naming the request"""
        raise ConnectorError(
            Code.UNEXPECTED_ANSWER,
            f"{self.subject}: the answer to {answer.request} {what}. Nothing of it was used; "
            "the next sync reads it again.",
        )

    def _exchange(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        retries: int,
    ) -> Answer:
        failures = 0
        while True:
            try:
                return self._try(method, url, params, body)
            except _Passing as failure:
                failures += 1
                if failures > retries:
                    raise Unreachable(
                        f"{self.subject}: {_describe(method, url, params)} failed {failures} time(s), last with: "
                        f"{failure}. The next sync reads it again; if it keeps failing, check the network, a proxy "
                        "and api_url."
                    ) from None
            self._clock.sleep(2 ** (failures - 1) * random.uniform(0.75, 1.25))  # noqa: S311  (no secret)

    def _try(
        self, method: str, url: str, params: Mapping[str, str | int] | None, body: Mapping[str, Any] | None
    ) -> Answer:
        """One try: the rules for an answer in their order: redirect, renewal, passing failure, success, final."""
        request = _describe(method, url, params)
        token, reply = self._send_and_follow(method, url, params, body)
        if reply.status == 401:
            reply = self._send_with_new_token(token, method, url, params, body)
        if reply.status >= 500:
            raise _Passing(f"HTTP status {reply.status}")
        if 200 <= reply.status < 300:
            return Answer(_decode(reply.body), reply.headers, request)
        raise refusal(self.subject, request.split("?")[0], reply.status, _reason(reply.body), reply.headers)

    def _send_with_new_token(
        self,
        refused: str,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
    ) -> _Reply:
        """Answer a 401 with one try of a new token, where one can be had; what is refused then is refused for good.

        One at a time: when every worker tried the new token at once, a credential that is refused for good would
        cost twice as many requests.
        """
        with self._renewal:
            if self._refusal is not None:
                raise self._refusal
            reply = None
            if self._renewed(refused):
                _, reply = self._send_and_follow(method, url, params, body)
                if reply.status != 401:
                    return reply
            self._refusal = refusal(
                self.subject,
                _describe(method, url, params).split("?")[0],
                401,
                _reason(reply.body) if reply else "Bad credentials",
                reply.headers if reply else {},
            )
            raise self._refusal

    def _renewed(self, refused: str) -> bool:
        with self._remembering():
            return self._credential.renew(refused)

    def _token(self) -> str:
        with self._remembering():
            return self._credential.token()

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """A token that GitHub gives no more, such as that of a removed installation, is not asked for again."""
        try:
            yield
        except ConnectorError as error:
            if error.failure_type == FailureType.config_error:
                self._refusal = error
            raise

    def _send_and_follow(
        self, method: str, url: str, params: Mapping[str, str | int] | None, body: Mapping[str, Any] | None
    ) -> tuple[str, _Reply]:
        """:return: the token that signed the last request, and the reply"""
        token, reply = self._send(method, url, params, body)
        redirects = 0
        while reply.status in REDIRECTS and method == "GET" and redirects < MAX_REDIRECTS:
            redirects += 1
            url = self._own_url(url, reply.headers.get("location", ""), "a redirect")
            token, reply = self._send(method, url, None, None)
        return token, reply

    def _send(
        self, method: str, url: str, params: Mapping[str, str | int] | None, body: Mapping[str, Any] | None
    ) -> tuple[str, _Reply]:
        """Send once the limit lets it go, again after each answer that only says "later".

        :return: the token that signed it, and the reply
        """
        while True:
            acquired_at = self._rate_limit.acquire(POINTS[method])
            try:
                if self._refusal is not None:
                    raise self._refusal
                token = self._token()  # after the wait: a token signed before it may have ended
                reply = self._transmit(method, url, params, body, token)
            finally:
                self._rate_limit.release(POINTS[method])
            reason = _reason(reply.body) if reply.status >= 400 else ""  # a long bill is not decoded twice
            if is_rate_limit(reply.status, reply.headers, reason):
                self._rate_limit.refused(reply.headers, acquired_at, reply.answered_at)
                continue
            self._rate_limit.succeeded()
            self._credential.learn(reply.headers)
            return token, reply

    def _transmit(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        token: str,
    ) -> _Reply:
        request = _describe(method, url, params)
        with closing(self._request(method, url, params, body, token)) as response:
            answered_at = self._clock.monotonic()
            # requests' header names are compared without case; lower case in a plain dict does the same.
            headers = {name.lower(): value for name, value in response.headers.items()}
            self._rate_limit.learn(headers, answered_at)  # before the body, which may be cut
            content = self._body(response, request, answered_at + BODY_DEADLINE_SECONDS)
            return _Reply(response.status_code, headers, content, answered_at)

    def _request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        token: str,
    ) -> requests.Response:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": USER_AGENT,
        }
        try:
            return self._session.request(
                method,
                url,
                params=params,
                json=body,
                headers=headers,
                auth=Bearer(token),
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
                proxies=NO_PROXY_FOR_HTTP,
            )
        except (requests.exceptions.InvalidURL, LocationValueError, UnicodeError):
            raise ConnectorError(
                Code.INVALID_CONFIGURATION, f"{self.subject}: no request can be made from this configuration."
            ) from None
        except requests.exceptions.RequestException as error:
            if may_have_arrived(error):
                self._rate_limit.lost()
            raise _Passing(in_words(error)) from None
        except OSError as error:  # such as a REQUESTS_CA_BUNDLE that names no file
            raise ConnectorError(
                Code.INVALID_CONFIGURATION, f"{self.subject}: no request can be made on this machine: {error}."
            ) from None

    def _body(self, response: requests.Response, request: str, until: float) -> bytes:
        content = bytearray()
        try:
            for piece in pieces(response, self._clock, until):
                content += piece
                if len(content) > MAX_BODY_BYTES:
                    raise ConnectorError(
                        Code.UNEXPECTED_ANSWER,
                        f"{self.subject}: the answer to {request} is larger than {MAX_BODY_BYTES // 2**20} MB and was "
                        "not read.",
                    )
        except requests.exceptions.RequestException as error:
            raise _Passing(in_words(error)) from None
        return bytes(content)

    def _own_url(self, base: str, target: str, what: str) -> str:
        """The URL that a link or redirect leads to, which must be the configured host's."""
        try:
            url = urljoin(base, target)
            # What sends the request reads a backslash as a slash; urlsplit does not, and would see another host.
            leads_away = "\\" in url or _origin(url) != _origin(self._api_url)
        except ValueError:  # no URL, such as http://[
            leads_away = True
        if leads_away:
            raise ConnectorError(
                Code.UNEXPECTED_ANSWER,
                f"{self.subject}: {what} leads away from {urlsplit(self._api_url).netloc}, so it was not followed. "
                "Does a proxy rewrite GitHub's answers?",
            )
        return url


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: what may get the credential. https://API.github.com:443 is https://api.github.com."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _describe(method: str, url: str, params: Mapping[str, str | int] | None) -> str:
    query = urlencode(params) if params else urlsplit(url).query
    return f"{method} {urlsplit(url).path}" + (f"?{query}" if query else "")


def _decode(body: bytes) -> Any:
    """:raises _Passing: for what is no JSON: a cut body, or a proxy's HTML page"""

    def no_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        # json.loads would decode half of a surrogate pair, too.
        decoded = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=no_constant)
        if b"\\ud" in body or b"\\uD" in body:
            # Half of a surrogate pair is no text: it could be neither hashed nor printed.
            json.dumps(decoded, ensure_ascii=False, default=str).encode()
        return decoded
    except (ValueError, ArithmeticError, RecursionError):
        raise _Passing("an answer that is not JSON") from None


def _reason(body: bytes) -> str:
    """GitHub's own message from an error's body, shortened; empty when there is none.

    Secrets are taken out before it is shortened: half of one is not known for one."""
    try:
        message = json.loads(body).get("message", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return " ".join(filter_secrets(str(message)).split())[:300].encode(errors="replace").decode()
