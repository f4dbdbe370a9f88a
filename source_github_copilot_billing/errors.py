"""The codes of the errors that a user can meet, and which error a sync ends with.

Every such error is a ConnectorError: its message begins with one of the codes below. The table of error codes in
docs/github-copilot-billing.md describes the same codes for users.
"""

from collections.abc import Sequence
from enum import Enum

from airbyte_cdk.models import AirbyteMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_github_copilot_billing.plain_text import plain_text


class Code(str, Enum):
    """The first word of an error message. Each code has one failure type: who can fix it."""

    INVALID_CONFIGURATION = "invalid_configuration"
    INVALID_CREDENTIALS = "invalid_credentials"
    INVALID_PERMISSIONS = "invalid_permissions"
    POLICY_DISABLED = "policy_disabled"
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

    Its trace message carries no stack trace: the sentence says where it happened, and the chain of causes of a network
    error quotes URLs, which can be signed. An internal_error carries one, because nothing else says where it happened.

    :ivar beside: what failed at the same time, and counts less: see `together`
    """

    beside: Sequence["ConnectorError"] = ()

    def __init__(self, code: Code, sentence: str) -> None:
        # GitHub's message, or a proxy's, can repeat what it was sent, and hold what commands a terminal.
        sentence = plain_text(filter_secrets(sentence))
        super().__init__(message=f"{code.value}: {sentence}", internal_message=sentence, failure_type=code.failure_type)
        self.code = code

    @property
    def sentence(self) -> str:
        """The message without its code."""
        return str(self.internal_message)

    @property
    def stops_account(self) -> bool:
        """Whether every further request for the same account would fail alike: a person must fix it, or a rate limit
        did not end."""
        return self.failure_type == FailureType.config_error or self.code is Code.RATE_LIMITED

    def without_frames(self) -> "ConnectorError":
        """The error itself, to be kept until the end of a sync: its frames would keep what they held, such as an answer
        of 64 MB. Those of an internal_error stay, because nothing else says where it happened."""
        if self.code is not Code.INTERNAL_ERROR:
            self.__context__ = self.__cause__ = self.__traceback__ = None
        return self

    def __repr__(self) -> str:
        return str(self)

    def as_airbyte_message(self, stream_descriptor: StreamDescriptor | None = None) -> AirbyteMessage:
        message = super().as_airbyte_message(stream_descriptor=stream_descriptor)
        if message.trace and message.trace.error:
            stack = message.trace.error.stack_trace if self.code is Code.INTERNAL_ERROR else None
            message.trace.error.stack_trace = filter_secrets(stack) if stack else None
        return message


def invalid_configuration(sentence: str) -> ConnectorError:
    return ConnectorError(Code.INVALID_CONFIGURATION, sentence)


def worst_of(failures: Sequence[ConnectorError]) -> ConnectorError:
    """The one of several failures that counts: the first that a person must fix, else the first that a developer must
    fix, else the first.

    :param failures: at least one
    """
    order = (FailureType.config_error, FailureType.system_error, FailureType.transient_error)
    return min(failures, key=lambda error: order.index(error.failure_type))


def together(failures: Sequence[ConnectorError]) -> ConnectorError:
    """The worst of what failed at the same time. The others go with it, so that they are logged and counted too."""
    worst = worst_of(failures)
    worst.beside = tuple(error for error in failures if error is not worst)
    return worst


def final_error(failures: Sequence[ConnectorError]) -> ConnectorError | None:
    """The error that a sync ends with, and how many more there were; None where nothing failed."""
    if not failures:
        return None
    worst = worst_of(failures)
    if len(failures) == 1:
        return worst
    return ConnectorError(
        worst.code,
        f"{worst.sentence} ({len(failures) - 1} further failure(s) are in the log. What was read is kept; "
        "what failed is read again by the next sync.)",
    )
