"""What GitHub's header X-GitHub-SSO says: a token must be authorized before it may see an organization.

https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api (personal access tokens and SAML SSO)
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.plain_text import redacted, register_secret

HEADER = "x-github-sso"
HOW = (
    "On GitHub, the token's owner opens Settings, Developer settings, Personal access tokens, Configure SSO, and "
    "authorizes the token"
)


def register_secrets(headers: Mapping[str, str]) -> None:
    """The query of the link authorizes a token: it must not be printed."""
    query = _link(headers).query
    register_secret(query)
    for _, value in parse_qsl(query):
        register_secret(value)


def advice_to_authorize(headers: Mapping[str, str]) -> str | None:
    """What to do when single sign-on is why GitHub refused; None when it is not.

    The link is shown without its query. It leads to the sign-in all the same.
    """
    if _words(headers)[:1] != ["required"]:
        return None
    link = _link(headers)
    shown = redacted(urlunsplit((link.scheme, link.hostname or "", link.path, "", ""))) if link.hostname else ""
    place = f" ({shown})" if shown else ""
    return f"The token must be authorized for single sign-on{place}. {HOW}; then start again."


def refuse_partial_results(request: Request, headers: Mapping[str, str]) -> None:
    """:raises ConnectorError: invalid_permissions, when GitHub says that organizations are missing in its answer"""
    if _words(headers)[:1] != ["partial-results"]:
        return
    missing = redacted(_values(headers).get("organizations", "")).replace(",", ", ")
    raise ConnectorError(
        Code.INVALID_PERMISSIONS,
        f"{request.subject}: GitHub's answer to {request.name} is only a part: it lacks the organizations with "
        f"GitHub's numbers {missing or '(not named)'}, where the token is not authorized for single sign-on. Nothing "
        f"of the answer was used. {HOW} for these organizations.",
    )


def _words(headers: Mapping[str, str]) -> list[str]:
    """The header's parts, such as `required` and `url=https://…`."""
    return [part.strip() for part in headers.get(HEADER, "").split(";")]


def _values(headers: Mapping[str, str]) -> dict[str, str]:
    pairs = (word.partition("=") for word in _words(headers))
    return {name.lower(): value for name, sign, value in pairs if sign}


def _link(headers: Mapping[str, str]) -> SplitResult:
    try:
        return urlsplit(_values(headers).get("url", ""))
    except ValueError:  # no URL, such as http://[
        return urlsplit("")
