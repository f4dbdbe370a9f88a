"""Downloads from the storage hosts that GitHub's signed links point to. No credential ever goes there.

A signed link is a secret: it stands in no message, log or error.
"""

import threading
from dataclasses import dataclass
from typing import IO
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import Unreachable
from source_github_copilot_billing.github.retry import READ, PassingFailure, RetriesExhausted, RetryPolicy
from source_github_copilot_billing.github.session import KeepAlive
from source_github_copilot_billing.github.transport import (
    ImpossibleRequest,
    as_sent,
    exchange,
    is_loopback,
    is_public_name,
    lower_case,
    new_session,
    pieces,
)
from source_github_copilot_billing.plain_text import register_secret

MAX_FILE_BYTES = 4 * 1024**3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
DOWNLOAD_DEADLINE_SECONDS = 3600.0  # for all tries: a link is valid for about an hour


class LinkRefused(ConnectorError):
    """The storage host does not take the link (any more)."""

    def __init__(self, subject: str, status: int) -> None:
        super().__init__(
            Code.EXPORT_FAILED,
            f"{subject}: the storage host refused the report's download link with status {status}. "
            "The next sync gets a new link.",
        )
        self.status = status


class _Unsigned(AuthBase):
    """In the place of a credential: without it requests would sign with what a ~/.netrc holds for the host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@dataclass(frozen=True)
class Downloads:
    """:param gate: taken while a file comes: bounds the requests at once, together with those to GitHub
    :param keep_alive: called while a file comes
    :param is_local: whether the API is on this machine: only then a link may lead to this machine, and by http
    """

    gate: threading.Semaphore
    clock: Clock
    keep_alive: KeepAlive
    is_local: bool
    retry_policy: RetryPolicy = READ

    def fetch(self, url: str, file: IO[bytes], subject: str, most_bytes: int = MAX_FILE_BYTES) -> None:
        """Fetch a file whole into an open, empty file; a cut download begins again.

        :param subject: whose file, as messages name it
        :param most_bytes: that it may have; none has more than 4 GB
        :raises LinkRefused: the host answers 4xx: expired, or never valid
        :raises ConnectorError: no https link to a public host, too large, or no whole file after all tries
        """
        self._take(url, subject)
        until = self.clock.monotonic() + DOWNLOAD_DEADLINE_SECONDS
        most_bytes = min(most_bytes, MAX_FILE_BYTES)

        def attempt() -> None:
            self.keep_alive()
            file.seek(0)
            file.truncate()
            with self.gate:
                self._fetch_once(url, file, subject, until, most_bytes)

        try:
            self.retry_policy.run(attempt, self.clock, until)
        except RetriesExhausted as failure:
            raise Unreachable(
                f"{subject}: the download of a report failed {failure.tries} times, last with: {failure}. The next "
                "sync reads it again; if it keeps failing, check that the network or a proxy lets GitHub's storage "
                "host through."
            ) from None
        except ImpossibleRequest:
            raise _no_link(subject) from None

    def _fetch_once(self, url: str, file: IO[bytes], subject: str, until: float, most_bytes: int) -> None:
        with new_session(1) as session:
            for _ in range(MAX_REDIRECTS + 1):
                target = self._fetch_or_redirect(session, url, file, subject, until, most_bytes)
                if target is None:
                    return
                try:
                    url = urljoin(url, target)
                except ValueError:  # no URL, such as http://[
                    raise _no_link(subject) from None
                self._take(url, subject)
        raise ConnectorError(
            Code.UNEXPECTED_ANSWER, f"{subject}: a report's download link leads from one address to the next for ever."
        )

    def _take(self, url: str, subject: str) -> None:
        """Register the link as a secret.

        :raises ConnectorError: it is no https link, or leads to this machine, or to a bare address, where a company's
            own services listen
        """
        try:
            given, parts = urlsplit(url), as_sent(url)
            host = parts.hostname or ""
        except ValueError:
            raise _no_link(subject) from None
        # Taken out of the traceback of a bug, which can quote the link in either spelling.
        register_secret(given.query)
        register_secret(parts.query)
        if self.is_local and parts.scheme in ("https", "http") and is_loopback(host):
            return
        if parts.scheme != "https":
            raise _no_link(subject)
        if not is_public_name(host):
            raise ConnectorError(
                Code.UNEXPECTED_ANSWER,
                f"{subject}: a report's download link leads to {host}, which is no name of a public host, so it was "
                "not followed. Does a proxy rewrite GitHub's answers?",
            )

    def _fetch_or_redirect(
        self, session: requests.Session, url: str, file: IO[bytes], subject: str, until: float, most_bytes: int
    ) -> str | None:
        """Where the link leads on; None when the file was fetched."""
        size = 0
        with exchange(session, "GET", url, {"Accept-Encoding": "identity"}, _Unsigned()) as response:
            headers = lower_case(response.headers)
            if response.status_code in REDIRECTS and headers.get("location"):
                return headers["location"]
            if response.status_code >= 500 or response.status_code == 429:
                raise PassingFailure(f"HTTP status {response.status_code}")
            if response.status_code != 200:
                raise LinkRefused(subject, response.status_code)
            if "html" in headers.get("content-type", "").lower():
                raise PassingFailure("an HTML page instead of the file")  # a proxy's or an error page
            for piece in pieces(response, self.clock, until):
                self.keep_alive()
                size += len(piece)
                if size > most_bytes:
                    raise ConnectorError(
                        Code.UNEXPECTED_ANSWER,
                        f"{subject}: a report's file is larger than {most_bytes / 1024**2:,.0f} MB and was not read.",
                    )
                file.write(piece)
        # Only where the file is as it was sent: else its length is not the content-length's.
        promised = headers.get("content-length") if "content-encoding" not in headers else None
        if promised is not None and promised.isdigit() and int(promised) != size:
            raise PassingFailure("the file was cut off")
        return None


def _no_link(subject: str) -> ConnectorError:
    return ConnectorError(
        Code.UNEXPECTED_ANSWER, f"{subject}: a report's download link is no https link, so it was not followed."
    )
