"""Where a request may go: to the configured host, and to the public hosts that GitHub's links of reports name.

A URL is judged as the library sends it, which reads some characters of a host in its own way.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import requests

# The last part of a public name begins with a letter: whatever else can stand for an address, such as 2130706433,
# 0x7f.1 or [::ffff:127.0.0.1], is no name then. GitHub's names have no dot at their end.
PUBLIC_NAME = re.compile(r"(?!.{254})([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
THIS_MACHINE = ("localhost", "localdomain")


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
