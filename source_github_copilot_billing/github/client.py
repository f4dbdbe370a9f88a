"""GET, POST and pages of GitHub's API for one credential: retries, redirects, decoding, errors.

It knows the configured host only: neither a redirect nor a link takes a credential to another one.
"""

import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import requests

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.auth import Credential
from source_github_copilot_billing.github.downloads import Downloads
from source_github_copilot_billing.github.http_error import Unreachable, http_error
from source_github_copilot_billing.github.rate_limit import RateLimit
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response, decode, reason_of
from source_github_copilot_billing.github.retry import READ, PassingFailure, RetriesExhausted, RetryPolicy
from source_github_copilot_billing.github.session import KeepAlive, Session
from source_github_copilot_billing.github.single_sign_on import refuse_partial_results
from source_github_copilot_billing.github.transport import RawResponse, is_loopback, origin
from source_github_copilot_billing.user_names import PLAIN_NAMES, UserNames

# The parts . and .. of a path: the HTTP library resolves them, to another path.
STEPS = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 3
GATEWAY_STATUSES = (502, 504)  # GitHub's front gave up waiting for the answer
# Of a list: a server that always names a next one must not hold a sync for ever, or fill the memory. A hundred seats
# have 0.5 MB, so these are 200,000: four of each of 50,000 users.
MAX_PAGES, MAX_LIST_BYTES = 10_000, 1024**3


class GitHub:
    """What all clients of one command share.

    :param num_workers: requests at once, over all credentials
    :param names: how messages name users
    """

    def __init__(
        self,
        api_url: str,
        num_workers: int,
        clock: Clock,
        logger: logging.Logger,
        retry_policy: RetryPolicy = READ,
        keep_alive: KeepAlive = lambda: None,
        names: UserNames = PLAIN_NAMES,
    ) -> None:
        self.api_url = api_url.rstrip("/")
        self.num_workers = num_workers
        self.clock = clock
        self.logger = logger
        self.retry_policy = retry_policy
        self.keep_alive = keep_alive
        self.names = names
        self._gate = threading.Semaphore(num_workers)
        is_local = is_loopback(urlsplit(self.api_url).hostname or "")
        self.downloads = Downloads(self._gate, clock, keep_alive, is_local, retry_policy)

    def client(self, credential: Credential, subject: str) -> "GitHubClient":
        """:param subject: the credential, as messages name it, such as "Enterprise acme" """
        limit = RateLimit(subject, self.clock, self.logger, self.retry_policy.longest_wait_seconds, self.keep_alive)
        session = Session(credential, subject, limit, self._gate, self.num_workers, self.clock, self.keep_alive)
        return GitHubClient(self, session)


class GitHubClient:
    """Requests of one credential; many accounts can share it."""

    def __init__(self, github: GitHub, session: Session) -> None:
        self._github = github
        self._session = session
        self.clock, self.logger, self.names = github.clock, github.logger, github.names
        self.keep_alive = github.keep_alive  # to be called during waits that are not GitHub's rate limit
        self.downloads = github.downloads  # for the signed links in GitHub's answers; they get no credential

    def send(self, request: Request) -> Response:
        """The decoded answer to a request.

        :raises HttpError: a final answer other than 2xx
        :raises Unreachable: no usable answer after all tries
        :raises ConnectorError: rate_limited, an answer that is too large, one that lacks organizations for want of
            single sign-on, or what opened the circuit breaker
        """
        try:
            return self._send(request)
        except ConnectorError as error:
            raise error.without_frames() from None  # frames that hold the answer

    def _send(self, request: Request) -> Response:
        policy = self._github.retry_policy
        if not request.is_repeatable:
            policy = replace(policy, retries=0)
        try:
            return policy.run(lambda: self._attempt(request), self._github.clock)
        except RetriesExhausted as failure:
            raise Unreachable(
                f"{request.subject}: {request} failed {failure.tries} time(s), last with: {failure}. The next sync "
                "reads it again; if it keeps failing, check the network, a proxy and api_url.",
                failure.is_about_size,
            ) from None

    def pages(self, request: Request) -> Iterator[Response]:
        """Every page, following `Link: rel="next"` within the configured host."""
        response = self.send(request)
        yield response
        seen: set[str] = set()
        size = response.size
        while True:
            links = requests.utils.parse_header_links(response.headers.get("link", ""))
            target = next((link["url"] for link in links if link.get("rel") == "next"), None)
            if target is None:
                return
            url = self._own_url(request, self._url(request), target, "a page link")
            if url in seen or len(seen) >= MAX_PAGES:
                response.refuse("links to a page that was read before, or to no last one")
            seen.add(url)
            response = self.send(replace(request, path=url, params={}))
            size += response.size
            if size > MAX_LIST_BYTES:
                response.refuse(f"is one of a list that has more than {MAX_LIST_BYTES // 1024**2:,} MB")
            yield response

    def _attempt(self, request: Request) -> Response:
        """One try: the rules for an answer in their order: redirect, passing failure, success, final."""
        raw = self._followed(request)
        if raw.status >= 500:
            raise PassingFailure(f"HTTP status {raw.status}", is_about_size=raw.status in GATEWAY_STATUSES)
        if 200 <= raw.status < 300:
            refuse_partial_results(request, raw.headers)
            is_empty = request.may_be_empty and not raw.body
            body = None if is_empty else decode(raw.body, request)
            return Response(request, body, raw.headers, raw.status, len(raw.body))
        raise http_error(request, raw.status, reason_of(raw.body), raw.headers)

    def _followed(self, request: Request) -> RawResponse:
        url = self._url(request)
        raw = self._session.send(request, url)
        redirects = 0
        while raw.status in REDIRECTS and request.method == "GET" and redirects < MAX_REDIRECTS:
            redirects += 1
            url = self._own_url(request, url, raw.headers.get("location", ""), "a redirect")
            raw = self._session.send(replace(request, path=url, params={}), url)
        return raw

    def _url(self, request: Request) -> str:
        """:raises ConnectorError: a name changes where the path leads"""
        if request.path.startswith(("https://", "http://")):
            return request.path
        if STEPS.search(request.path):
            raise ConnectorError(
                Code.UNEXPECTED_ANSWER,
                f"{request.subject}: {request} was not sent: a name that GitHub gave leads elsewhere in a URL.",
            )
        return self._github.api_url + request.path

    def _own_url(self, request: Request, base: str, target: str, what: str) -> str:
        """The URL that a link or redirect leads to, which must be the configured host's."""
        api_url = self._github.api_url
        try:
            url = urljoin(base, target)
            leads_away = origin(url) != origin(api_url)
        except ValueError:  # no URL, such as http://[
            leads_away = True
        if leads_away:
            raise ConnectorError(
                Code.UNEXPECTED_ANSWER,
                f"{request.subject}: {what} leads away from {urlsplit(api_url).netloc}, so it was not followed. "
                "Does a proxy rewrite GitHub's answers?",
            )
        return url
