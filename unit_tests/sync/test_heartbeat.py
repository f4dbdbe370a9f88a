import pytest

from source_github_copilot_billing.sync.heartbeat import Heartbeat
from testing.virtual_clock import VirtualClock
from unit_tests.sync.ledger import ACME, YESTERDAY, Ledger, entry


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def heartbeat(clock: VirtualClock) -> Heartbeat:
    return Heartbeat(clock)


def test_a_state_is_emitted_again_after_300_seconds_of_silence(clock: VirtualClock, heartbeat: Heartbeat) -> None:
    emitted_at: list[float] = []
    heartbeat.watch(lambda: emitted_at.append(clock.monotonic()))
    for _ in range(14):
        heartbeat.beat()
        clock.sleep(50)
    assert emitted_at == [300, 600]


def test_a_record_ends_the_silence(clock: VirtualClock, heartbeat: Heartbeat) -> None:
    emitted_at: list[float] = []
    heartbeat.watch(lambda: emitted_at.append(clock.monotonic()))
    clock.sleep(299)
    heartbeat.heard()
    clock.sleep(299)
    heartbeat.beat()
    assert emitted_at == []
    clock.sleep(1)
    heartbeat.beat()
    assert emitted_at == [599]


def test_the_state_that_is_emitted_again_says_what_it_said() -> None:
    ledger = Ledger(entry("2026-11-20"))
    ledger.clock.sleep(300)
    ledger.heartbeat.beat()
    ledger.heartbeat.beat()
    assert ledger.emitted() == [[entry("2026-11-20")]]


def test_a_state_ends_the_silence() -> None:
    ledger = Ledger(entry("2026-11-20"))
    ledger.clock.sleep(200)
    ledger.state.advance(ACME, YESTERDAY)
    ledger.clock.sleep(200)
    ledger.heartbeat.beat()
    assert ledger.emitted() == [[entry("2026-11-21")]]


def test_a_finished_stream_is_never_emitted_again() -> None:
    ledger = Ledger(entry("2026-11-20"))
    ledger.state.ensure_at_least_one_state_emitted()
    assert ledger.emitted() == [[entry("2026-11-20")]]
    ledger.clock.sleep(3000)
    ledger.heartbeat.beat()
    assert ledger.emitted() == []


def test_after_one_stream_is_finished_another_ones_state_is_emitted(clock: VirtualClock, heartbeat: Heartbeat) -> None:
    emitted: list[str] = []
    first, second = (lambda: emitted.append("first")), (lambda: emitted.append("second"))
    heartbeat.watch(first)
    heartbeat.watch(second)
    heartbeat.unwatch(first)
    clock.sleep(300)
    heartbeat.beat()
    assert emitted == ["second"]


def test_before_any_stream_there_is_nothing_to_emit(clock: VirtualClock, heartbeat: Heartbeat) -> None:
    clock.sleep(3000)
    heartbeat.beat()
    emitted: list[float] = []
    heartbeat.watch(lambda: emitted.append(clock.monotonic()))
    heartbeat.beat()
    assert emitted == [3000]
