"""How long a request waits for the network, and what went wrong there in words for the user.

An exception's own text quotes URLs, which can be signed.
"""

import requests
from urllib3.exceptions import NewConnectionError

from source_github_copilot_billing.github.body import TooSlow

TIMEOUT_SECONDS = (10.0, 60.0)  # to connect, and between two bytes of an answer


def in_words(error: requests.exceptions.RequestException) -> str:
    """Without the URL and the internals that requests quotes."""
    if isinstance(error, TooSlow):
        return "an answer that did not end in its time"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS: the server's certificate or protocol was refused"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused the connection"
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


def may_have_arrived(error: requests.exceptions.RequestException) -> bool:
    """Whether GitHub may have received, and counted, the request that got no answer."""
    if isinstance(
        error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError
    ):
        return False
    cause = error.args[0] if error.args else None
    return not isinstance(getattr(cause, "reason", None), NewConnectionError)  # also when the host was not found
