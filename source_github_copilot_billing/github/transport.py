"""Sends one HTTP request and reads its answer, with bounds on time and size; and where a request may go: to the
configured host, and to the public hosts that GitHub's links of reports name.

An exception's own text quotes URLs, which can be signed: what went wrong is said in words of this module.
"""

import ipaddress
import logging
import re
import ssl
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    LocationValueError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.github.retry import PassingFailure

USER_AGENT = "airbyte-source-github-copilot-billing"
TIMEOUT_SECONDS = (10.0, 60.0)  # to connect, and between two bytes of an answer
PIECE_BYTES = 1 << 20
# For requests: http is spoken to this machine only, and a proxy would see the token in clear. "" is no proxy;
# those of the environment stay for https, where they see nothing.
NO_PROXY_FOR_HTTP = {"http": ""}
# Why OpenSSL refuses a certificate (X509_V_ERR_… in x509_vfy.h): nobody is trusted who issued it, and what only the
# strict checks of Python 3.13 and newer refuse, such as a missing extension.
UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
STRICT_CHECKS = range(80, 94)
# The last part of a public name begins with a letter: whatever else can stand for an address, such as 2130706433,
# 0x7f.1 or [::ffff:127.0.0.1], is no name then. GitHub's names have no dot at their end.
PUBLIC_NAME = re.compile(r"(?!.{254})([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
THIS_MACHINE = ("localhost", "localdomain")

# urllib3 logs the path of each request at debug level, and the whole URL as a warning where it cannot parse a header;
# a signed link is a secret. What goes wrong is known from its exceptions all the same.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def as_sent(url: str) -> SplitResult:
    """The parts of a URL as a request to it is sent.

    :raises ValueError: for what is no URL
    """
    if "\\" in url:  # read as a slash by one part of the library, and not by another: two hosts in one URL
        raise ValueError("no URL")
    request = requests.PreparedRequest()
    request.prepare_url(url, None)
    return urlsplit(request.url or "")


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: what may get the credential. https://API.github.com:443 is https://api.github.com.

    :raises ValueError: for what is no URL
    """
    parts = as_sent(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine: only there is http allowed."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public_name(host: str) -> bool:
    """Whether a host is a name that can be of a public host: no address in any spelling, and not this machine."""
    return PUBLIC_NAME.fullmatch(host) is not None and host.rsplit(".", 1)[-1] not in THIS_MACHINE


@dataclass(frozen=True)
class RawResponse:
    """An answer before it is decoded.

    :param headers: names in lower case
    :param answered_at: monotonic: when the headers were there, whose times are counted from then
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    answered_at: float


class ImpossibleRequest(Exception):
    """No such request can be made: the URL is malformed, or this machine lacks what it needs. Quotes no URL."""


class NoAnswer(PassingFailure):
    """The request failed before its answer was whole.

    :param may_have_arrived: whether the server may have received, and counted, the request
    """

    def __init__(self, sentence: str, may_have_arrived: bool, is_about_size: bool) -> None:
        super().__init__(sentence, is_about_size)
        self.may_have_arrived = may_have_arrived


class _TooSlow(requests.exceptions.Timeout):
    """The body did not end in its time. requests' own time-out begins again with each byte."""


SLOW_OR_CUT = (_TooSlow, requests.exceptions.ReadTimeout, requests.exceptions.ChunkedEncodingError)


class _SessionWithoutRedirects(requests.Session):
    """Callers follow redirects. Even where it is told not to, requests would look where one leads: it reads the whole
    body meanwhile, without a bound, and fails at what is no URL.

    What the environment says of a host's proxy and certificates is looked up once: requests would go through the whole
    environment for each request."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[str, ...], Any] = {}

    def merge_environment_settings(
        self,
        url: str | bytes | None,
        proxies: MutableMapping[str, str] | None,
        stream: bool | None,
        verify: bool | str | None,
        cert: str | tuple[str, str] | None,
    ) -> Any:
        host = urlsplit(str(url))[:2]
        if host not in self._settings:
            self._settings[host] = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return self._settings[host]

    def get_redirect_target(self, _response: requests.Response) -> None:
        return None


def new_session(connections: int) -> requests.Session:
    """:param connections: at the same time; further requests wait for one of them"""
    session = _SessionWithoutRedirects()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True))
    return session


@contextmanager
def exchange(
    session: requests.Session,
    method: str,
    url: str,
    headers: Mapping[str, str],
    auth: AuthBase,
    params: Mapping[str, str | int] | None = None,
    json: Any = None,
) -> Iterator[requests.Response]:
    """Send one request, follow no redirect, and give the open answer: its headers are there, its body is not read.

    :param auth: being an AuthBase it also keeps requests from signing with what a ~/.netrc holds
    :raises NoAnswer: there is no answer, or its body, read within the block, ends badly
    :raises ImpossibleRequest: it cannot be sent at all
    """
    try:
        with session.request(
            method,
            url,
            params=params,
            json=json,
            headers={"User-Agent": USER_AGENT, **headers},
            auth=auth,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
            proxies=dict(NO_PROXY_FOR_HTTP),  # a copy: requests adds the environment's proxies to it
        ) as response:
            yield response
    except (requests.exceptions.InvalidURL, LocationValueError, UnicodeError):
        raise ImpossibleRequest("no request can be made from this URL") from None
    except requests.exceptions.RequestException as error:
        raise NoAnswer(_in_words(error), _may_have_arrived(error), isinstance(error, SLOW_OR_CUT)) from None


def pieces(response: requests.Response, clock: Clock, until: float) -> Iterator[bytes]:
    """An answer's body in pieces as they arrive, so that its size and its time can be bounded while it comes.

    `iter_content` gives nothing before so many bytes are there, which a body that drips takes for ever. The time is
    looked at when a piece is there: a server that drips a gzip header or a chunk's size byte by byte is bounded by the
    library's time-out between two bytes alone.

    :param response: within `exchange`
    :param until: by the clock's monotonic time
    :raises requests.exceptions.RequestException: cut off, undecodable, or too slow; `exchange` makes it a NoAnswer
    """
    try:
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            if clock.monotonic() > until:
                raise _TooSlow
            yield piece
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from None
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from None
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from None
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from None


def lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as a plain dict with names in lower case: requests compares them without case."""
    return {name.lower(): value for name, value in headers.items()}


def _in_words(error: requests.exceptions.RequestException) -> str:
    """What went wrong, without the URL and the internals that requests quotes."""
    if isinstance(error, _TooSlow):
        return "an answer that did not end in its time"
    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS: {_tls_in_words(error)}"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy of HTTPS_PROXY refused the connection, or cannot be reached"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {TIMEOUT_SECONDS[0]:.0f} seconds"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return f"no answer within {TIMEOUT_SECONDS[1]:.0f} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "the answer was cut off"
    if isinstance(error, requests.exceptions.ConnectionError):
        if "NameResolution" in str(error) or "getaddrinfo" in str(error):
            return "the host name was not found (DNS)"
        return "the connection was refused or reset"
    return type(error).__name__


def _tls_in_words(error: requests.exceptions.SSLError) -> str:
    refused = _refused_certificate(error)
    if refused is None:
        return "no secure connection can be made: the server speaks no TLS there, or ended it"
    reason = refused.verify_message.rstrip(".")
    if refused.verify_code in UNKNOWN_AUTHORITY:
        return (
            f"the server's certificate is not trusted: {reason} (where a company's proxy shows certificates of its "
            "own, REQUESTS_CA_BUNDLE names the file of the authorities to trust)"
        )
    if refused.verify_code in STRICT_CHECKS:
        return (
            f"the certificate is refused by Python's strict checks: {reason} (where it is a company's own, whoever "
            "issues it must make it anew without this fault; until then, run on Python 3.12 or older, which does not "
            "check it)"
        )
    return f"the server's certificate is refused: {reason}"


def _refused_certificate(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """OpenSSL's own error, within those of urllib3 and requests."""
    cause: object = error
    while isinstance(cause, BaseException) and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.reason if isinstance(cause, MaxRetryError) else next(iter(cause.args), None)
    return cause if isinstance(cause, ssl.SSLCertVerificationError) else None


def _may_have_arrived(error: requests.exceptions.RequestException) -> bool:
    if isinstance(
        error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError
    ):
        return False
    cause = error.args[0] if error.args else None
    return not isinstance(getattr(cause, "reason", None), NewConnectionError)  # also when the host was not found
