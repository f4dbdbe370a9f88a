"""Downloads from the storage host that GitHub's signed links point to. No credential ever goes there.

A signed link is a secret: it stands in no message, log or error.
"""

import logging
import random
from typing import IO
from urllib.parse import urlsplit

import requests
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from urllib3.exceptions import LocationValueError

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.github.body import pieces
from source_github_copilot_billing.github.client import RETRIES, USER_AGENT
from source_github_copilot_billing.github.errors import Code, ConnectorError, Unreachable
from source_github_copilot_billing.github.hosts import NO_PROXY_FOR_HTTP, is_loopback
from source_github_copilot_billing.github.network import TIMEOUT_SECONDS, in_words

# urllib3 logs the path of each request at debug level, and the whole URL as a warning where it cannot parse a header;
# a signed link is a secret. What goes wrong is told by its exceptions all the same.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

MAX_FILE_BYTES = 4 * 1024**3
DOWNLOAD_DEADLINE_SECONDS = 3600.0  # for all tries: a link is valid for about an hour


class LinkRefused(ConnectorError):
    """The storage host does not take the link (any more)."""

    def __init__(self, subject: str, status: int) -> None:
        super().__init__(
            Code.EXPORT_FAILED,
            f"{subject}: the storage host refused the report's download link with status {status}. "
            "The next sync makes a new report.",
        )


class _Passing(Exception):
    """A failure that may pass by itself; its text quotes no link."""


def download(url: str, file: IO[bytes], subject: str, clock: Clock, retries: int = RETRIES) -> None:
    """Fetch a file whole into an open, empty file; a cut download begins again.

    :raises LinkRefused: the host answers 4xx: expired, or never valid
    :raises ConnectorError: no https link, larger than 4 GB, or no whole file after all tries
    """
    if not _is_safe(url):
        raise _no_link(subject)
    if signature := urlsplit(url).query:
        add_to_secrets(signature)  # taken out of the traceback of a mistake, which can quote the link
    until = clock.monotonic() + DOWNLOAD_DEADLINE_SECONDS
    failures = 0
    while True:
        try:
            _fetch(url, file, subject, clock, until)
            return
        except _Passing as failure:
            failures += 1
            if failures > retries or clock.monotonic() > until:
                raise Unreachable(
                    f"{subject}: the download of a report failed {failures} times, last with: {failure}. The next sync "
                    "reads it again; if it keeps failing, check that the network or a proxy lets GitHub's storage host "
                    "through."
                ) from None
        file.seek(0)
        file.truncate()
        clock.sleep(2 ** (failures - 1) * random.uniform(0.75, 1.25))  # noqa: S311  (no secret)


def _fetch(url: str, file: IO[bytes], subject: str, clock: Clock, until: float) -> None:
    size = 0
    try:
        with requests.get(
            url,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            auth=_unsigned,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
            proxies=NO_PROXY_FOR_HTTP,
        ) as response:
            if response.status_code >= 500 or response.status_code == 429:
                raise _Passing(f"HTTP status {response.status_code}")
            if response.status_code != 200:
                raise LinkRefused(subject, response.status_code)
            if "html" in response.headers.get("content-type", "").lower():
                raise _Passing("an HTML page instead of the file")  # a proxy's or an error page
            for piece in pieces(response, clock, until):
                size += len(piece)
                if size > MAX_FILE_BYTES:
                    raise ConnectorError(
                        Code.UNEXPECTED_ANSWER,
                        f"{subject}: a report's file is larger than {MAX_FILE_BYTES // 1024**3} GB and was not read.",
                    )
                file.write(piece)
            is_as_sent = "content-encoding" not in response.headers  # else its length is not the file's
            promised = response.headers.get("content-length") if is_as_sent else None
    except (requests.exceptions.InvalidURL, LocationValueError, UnicodeError):
        raise _no_link(subject) from None
    except requests.exceptions.RequestException as error:
        raise _Passing(in_words(error)) from None
    if promised is not None and promised.isdigit() and int(promised) != size:
        raise _Passing("the file was cut off")


def _no_link(subject: str) -> ConnectorError:
    return ConnectorError(
        Code.UNEXPECTED_ANSWER, f"{subject}: a report's download link is no https link, so it was not followed."
    )


def _is_safe(url: str) -> bool:
    if "\\" in url:  # what sends the request would read it as a slash, and another host
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # no URL, such as http://[
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In the place of a credential: without it requests would sign with what a ~/.netrc holds for the host."""
    return request
