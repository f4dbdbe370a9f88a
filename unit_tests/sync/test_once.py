from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.once import Once


def test_threads_that_want_one_key_share_one_fetch_and_other_keys_do_not_wait() -> None:
    once: Once[str, int] = Once()
    began, may_end = Event(), Event()
    calls = []

    def slow() -> int:
        calls.append("slow")
        began.set()
        may_end.wait(10)
        return 1

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(once.get, "slow", slow) for _ in range(2)]
        assert began.wait(10)
        assert once.get("other", lambda: 2) == 2
        may_end.set()
        assert [future.result() for future in waiting] == [1, 1]
    assert calls == ["slow"]


def test_a_failure_is_kept() -> None:
    once: Once[str, int] = Once()
    error = ConnectorError(Code.UNREACHABLE, "no answer")

    def fail() -> int:
        raise error

    for fetch in (fail, lambda: 1):
        with pytest.raises(ConnectorError) as caught:
            once.get("key", fetch)
        assert caught.value is error


def test_a_mistake_is_not_kept() -> None:
    once: Once[str, int] = Once()
    with pytest.raises(ZeroDivisionError):
        once.get("key", lambda: 1 // 0)
    assert once.get("key", lambda: 1) == 1
