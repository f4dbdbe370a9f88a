import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteStateMessage, AirbyteStateType, Type

from source_github_copilot_billing.source import MessagesOfEachThread, _without_tracebacks


def test_no_worker_carries_another_one_s_state_away() -> None:
    messages = MessagesOfEachThread()
    state = AirbyteMessage(type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM))
    messages.emit_message(state)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: list(messages.consume_queue())).result() == []
    assert list(messages.consume_queue()) == [state]


def test_what_the_concurrent_core_logs_is_plain_text(caplog: pytest.LogCaptureFixture) -> None:
    _without_tracebacks(logging.getLogger("test_source")).warning("Stream of %s", "acme\x9b\u202e")
    assert caplog.messages == ["Stream of acme\\x9b\\u202e"]
