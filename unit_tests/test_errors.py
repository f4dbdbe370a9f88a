import pytest
from airbyte_cdk.models import FailureType

from source_github_copilot_billing.errors import Code, ConnectorError, final_error, worst_of

UNREACHABLE = ConnectorError(Code.UNREACHABLE, "acme: no answer.")
RATE_LIMITED = ConnectorError(Code.RATE_LIMITED, "acme: still refused.")
UNEXPECTED = ConnectorError(Code.UNEXPECTED_ANSWER, "acme: no items.")
REVOKED = ConnectorError(Code.INVALID_CREDENTIALS, "acme: revoked.")
NO_ACCESS = ConnectorError(Code.INVALID_PERMISSIONS, "beta: no access.")


def test_a_message_begins_with_its_code() -> None:
    assert str(UNREACHABLE) == "unreachable: acme: no answer."
    assert UNREACHABLE.sentence == "acme: no answer."


@pytest.mark.parametrize(
    ("code", "failure_type"),
    [
        (Code.INVALID_CONFIGURATION, FailureType.config_error),
        (Code.INVALID_CREDENTIALS, FailureType.config_error),
        (Code.INVALID_PERMISSIONS, FailureType.config_error),
        (Code.NO_RESOURCE, FailureType.config_error),
        (Code.RATE_LIMITED, FailureType.transient_error),
        (Code.UNREACHABLE, FailureType.transient_error),
        (Code.EXPORT_FAILED, FailureType.transient_error),
        (Code.UNEXPECTED_ANSWER, FailureType.system_error),
        (Code.INTERNAL_ERROR, FailureType.system_error),
    ],
)
def test_a_code_says_who_can_fix_it(code: Code, failure_type: FailureType) -> None:
    assert ConnectorError(code, "x").failure_type is failure_type


def test_the_worst_is_what_a_person_must_fix_then_what_a_developer_must_fix() -> None:
    assert worst_of([UNREACHABLE, UNEXPECTED, REVOKED, NO_ACCESS]) is REVOKED
    assert worst_of([UNREACHABLE, UNEXPECTED]) is UNEXPECTED
    assert worst_of([RATE_LIMITED, UNREACHABLE]) is RATE_LIMITED


def test_a_sync_without_failures_ends_without_an_error() -> None:
    assert final_error([]) is None


def test_a_sync_with_one_failure_ends_with_it() -> None:
    assert final_error([UNREACHABLE]) is UNREACHABLE


def test_a_sync_with_several_failures_ends_with_the_worst_and_counts_the_others() -> None:
    error = final_error([UNREACHABLE, REVOKED, NO_ACCESS])
    assert error is not None
    assert error.code is Code.INVALID_CREDENTIALS
    assert error.sentence.startswith("acme: revoked. (2 further failure(s) are in the log.")
