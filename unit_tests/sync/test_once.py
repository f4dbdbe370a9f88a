from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.stream import Once


def test_threads_that_want_the_same_share_one_fetch_and_others_do_not_wait() -> None:
    once = Once()
    began, may_end = Event(), Event()
    calls = []

    def fetch(name: str) -> str:
        calls.append(name)
        if name == "quick":
            return name
        began.set()
        may_end.wait(10)
        return name

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(once, fetch, "slow") for _ in range(2)]
        assert began.wait(10)
        assert once(fetch, "quick") == "quick"
        may_end.set()
        assert [future.result() for future in waiting] == ["slow", "slow"]
    assert calls == ["slow", "quick"]


@pytest.mark.parametrize("error", [ConnectorError(Code.UNREACHABLE, "no answer"), ZeroDivisionError()], ids=repr)
def test_a_failure_is_kept(error: Exception) -> None:
    once, calls = Once(), []

    def fail() -> None:
        calls.append("")
        raise error

    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            once(fail)
        assert caught.value is error
    assert calls == [""]


def test_one_is_made_of_a_class_for_each_argument() -> None:
    once = Once()
    assert once(Event) is once(Event)
    assert once(str, 1) == "1"
    assert once(str, 2) == "2"
