from concurrent.futures import ThreadPoolExecutor

from airbyte_cdk.models import AirbyteMessage, AirbyteStateMessage, AirbyteStateType, Type

from source_github_copilot_billing.source import MessagesOfEachThread


def test_no_worker_carries_another_one_s_state_away() -> None:
    messages = MessagesOfEachThread()
    state = AirbyteMessage(type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM))
    messages.emit_message(state)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: list(messages.consume_queue())).result() == []
    assert list(messages.consume_queue()) == [state]
