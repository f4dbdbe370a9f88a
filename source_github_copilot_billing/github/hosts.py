"""Which hosts may be spoken to without TLS: this machine alone."""

import ipaddress

# For requests: http is spoken to this machine only, and a proxy would be told the token in clear. "" is no proxy;
# those of the environment stay for https, where they see nothing.
NO_PROXY_FOR_HTTP = {"http": ""}


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
