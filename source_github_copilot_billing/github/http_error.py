"""GitHub's final answers other than 2xx, and what they mean for the user."""

from collections.abc import Mapping

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.single_sign_on import advice_to_authorize


class HttpError(ConnectorError):
    """GitHub answered, and the answer is no.

    :param reason: GitHub's own message, redacted; may be empty, and may name the user who was asked for
    """

    def __init__(self, code: Code, sentence: str, status: int, reason: str) -> None:
        super().__init__(code, sentence)
        self.status = status
        self.reason = reason

    def with_sentence(self, sentence: str, code: Code | None = None) -> "HttpError":
        """The same answer, in another sentence."""
        return HttpError(code or self.code, sentence, self.status, self.reason)


class Unreachable(ConnectorError):
    """No usable answer after all tries: GitHub may have received the request all the same.

    :param is_about_size: whether a smaller question may be answered: GitHub took too long, or its answer was cut off
    """

    def __init__(self, sentence: str, is_about_size: bool = False) -> None:
        super().__init__(Code.UNREACHABLE, sentence)
        self.is_about_size = is_about_size


class ResponseTooLarge(ConnectorError):
    """The answer is larger than what is read into memory."""

    def __init__(self, request: Request, how: str) -> None:
        super().__init__(Code.UNEXPECTED_ANSWER, f"{request.subject}: the answer to {request} {how} and was not read.")


class NotTheApi(ConnectorError):
    """A web page said no, where GitHub's API was expected: nothing is known of the account or the credential."""

    def __init__(self, request: Request, status: int, host: str) -> None:
        super().__init__(
            Code.INVALID_CONFIGURATION,
            f"{request.subject}: {host} answered {status} to {request.name} with a web page: that is no API. api_url "
            "must be the address of GitHub's API, https://api.github.com or https://api.SUBDOMAIN.ghe.com. If it is, a "
            "proxy answers in GitHub's place.",
        )


def is_about_clock(reason: str) -> bool:
    """Whether GitHub refuses an App's JWT because of its times: 'Issued at' (iat) or 'Expiration time' (exp)."""
    return "('iat')" in reason or "('exp')" in reason


def may_have_smaller_answer(error: ConnectorError) -> bool:
    """Whether a smaller question may be answered where this one was not."""
    return isinstance(error, ResponseTooLarge) or (isinstance(error, Unreachable) and error.is_about_size)


def http_error(request: Request, status: int, reason: str, headers: Mapping[str, str]) -> HttpError:
    """The error for a final answer to a request.

    :param headers: x-oauth-scopes and x-accepted-… say what the token has and what the endpoint wants
    """
    code, sentence = _meaning(request, status, reason, headers)
    answered = f'{request.subject}: GitHub answered {status} "{request.quotable(reason)}" to {request.name}'
    return HttpError(code, f"{answered}{sentence}", status, reason)


def _meaning(request: Request, status: int, reason: str, headers: Mapping[str, str]) -> tuple[Code, str]:
    """The code of an answer, and the rest of its sentence."""
    needs = (f" {request.access}" if request.access else "") + _scopes(headers)
    if status == 401 and is_about_clock(reason):
        return Code.INVALID_CREDENTIALS, (
            ": it refuses the time in the App's sign-in. Set this machine's clock; if it is right, create a new "
            "private key of the App and put it into the configuration."
        )
    if status == 401:
        return Code.INVALID_CREDENTIALS, (
            ". The token or the App's key is wrong, expired or revoked: create a new one and put it into the "
            "configuration."
        )
    if status == 403:
        if single_sign_on := advice_to_authorize(headers):
            return Code.INVALID_PERMISSIONS, f". {single_sign_on}"
        if "ip allow list" in reason.lower():
            added = "An owner adds the IP address from which this connector reaches GitHub to that list."
            return Code.INVALID_PERMISSIONS, f". {added}"
        return Code.INVALID_PERMISSIONS, f".{needs}"
    if status == 404:
        if request.is_of_known_account:
            return Code.NO_RESOURCE, f": GitHub hides what the credential may not see.{needs}"
        return Code.NO_RESOURCE, (
            ". Either the name is wrong, or the credential may not see this (GitHub hides what one may not see): check "
            f"both.{needs}"
        )
    return Code.UNEXPECTED_ANSWER, ", which this connector does not expect."


def _scopes(headers: Mapping[str, str]) -> str:
    """What the token has and the endpoint wants, where GitHub's headers say it."""
    known = []
    if "x-oauth-scopes" in headers:
        known.append(f"the token has: {headers['x-oauth-scopes'] or 'no scope'}")
    for name in ("x-accepted-oauth-scopes", "x-accepted-github-permissions"):
        if headers.get(name):
            known.append(f"the endpoint accepts: {headers[name]}")
    return f" ({'; '.join(known)})" if known else ""
