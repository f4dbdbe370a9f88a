"""What a refusal means, and the sentence that tells the user what to do.

Every error that a user can meet is a ConnectorError: its message begins with one of the codes below.
The README's table of error codes describes the same codes for users.
"""

from collections.abc import Mapping
from enum import Enum

from airbyte_cdk.models import AirbyteMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets


class Code(str, Enum):
    """The first word of an error message. Each code has one failure type: who can mend it."""

    INVALID_CONFIGURATION = "invalid_configuration"
    INVALID_CREDENTIALS = "invalid_credentials"
    INVALID_PERMISSIONS = "invalid_permissions"
    NO_RESOURCE = "no_resource"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    EXPORT_FAILED = "export_failed"
    UNEXPECTED_ANSWER = "unexpected_answer"
    INTERNAL_ERROR = "internal_error"

    @property
    def failure_type(self) -> FailureType:
        """config_error: a person must act. transient_error: passes by itself. system_error: report a bug."""
        if self in (Code.RATE_LIMITED, Code.UNREACHABLE, Code.EXPORT_FAILED):
            return FailureType.transient_error
        if self in (Code.UNEXPECTED_ANSWER, Code.INTERNAL_ERROR):
            return FailureType.system_error
        return FailureType.config_error


class ConnectorError(AirbyteTracedException):
    """An error with a code and a sentence for the user.

    Its trace message carries no stack trace: the sentence says where it happened, and the chain of causes of a
    network error quotes URLs, which can be signed. An internal_error carries
    one, because nothing else says where it happened.
    """

    def __init__(self, code: Code, sentence: str) -> None:
        sentence = filter_secrets(sentence)  # GitHub's message, or a proxy's, can repeat what it was sent
        super().__init__(message=f"{code.value}: {sentence}", internal_message=sentence, failure_type=code.failure_type)
        self.code = code

    def __repr__(self) -> str:
        return str(self)

    def as_airbyte_message(self, stream_descriptor: StreamDescriptor | None = None) -> AirbyteMessage:
        message = super().as_airbyte_message(stream_descriptor=stream_descriptor)
        if message.trace and message.trace.error:
            stack = message.trace.error.stack_trace if self.code is Code.INTERNAL_ERROR else None
            message.trace.error.stack_trace = filter_secrets(stack) if stack else None
        return message


class Refused(ConnectorError):
    """GitHub answered, and the answer is no: `status` is the HTTP status, `reason` GitHub's own message."""

    def __init__(self, code: Code, sentence: str, status: int, reason: str) -> None:
        super().__init__(code, sentence)
        self.status = status
        self.reason = reason


class Unreachable(ConnectorError):
    """No usable answer after all tries: GitHub may have received the request all the same."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.UNREACHABLE, sentence)


def refusal(subject: str, request: str, status: int, reason: str, headers: Mapping[str, str]) -> Refused:
    """The error for a final answer other than 2xx.

    :param subject: whose bill was asked for, such as "Enterprise acme"
    :param request: method and path, without query or secrets
    :param reason: the `message` of GitHub's answer
    :param headers: of GitHub's answer: x-oauth-scopes and x-accepted-… tell what the token has and lacks
    """
    said = f'GitHub answered {status} "{reason}" to {request}'
    if status == 401:
        return Refused(
            Code.INVALID_CREDENTIALS,
            f"{subject}: {said}. The token or the App's key is wrong, expired or revoked: "
            "create a new one and put it into the configuration.",
            status,
            reason,
        )
    if status == 403:
        return Refused(
            Code.INVALID_PERMISSIONS,
            f"{subject}: {said}. A personal access token needs the scope manage_billing:enterprise and an owner or "
            "billing manager of the enterprise; a GitHub App needs the organization permission "
            f"Administration: read, and its installation must not be suspended.{_scopes(headers)}",
            status,
            reason,
        )
    if status == 404:
        return Refused(
            Code.NO_RESOURCE,
            f"{subject}: {said}. Either the name is wrong, or the token may not see this billing "
            f"(GitHub hides what you may not see): check both.{_scopes(headers)}",
            status,
            reason,
        )
    return Refused(Code.UNEXPECTED_ANSWER, f"{subject}: {said}, which this connector does not expect.", status, reason)


def _scopes(headers: Mapping[str, str]) -> str:
    """What the token has and the endpoint wants, where GitHub's headers tell."""
    told = []
    if "x-oauth-scopes" in headers:
        told.append(f"the token has: {headers['x-oauth-scopes'] or 'no scope'}")
    for name in ("x-accepted-oauth-scopes", "x-accepted-github-permissions"):
        if headers.get(name):
            told.append(f"the endpoint accepts: {headers[name]}")
    return f" ({'; '.join(told)})" if told else ""
