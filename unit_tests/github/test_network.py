import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from source_github_copilot_billing.github.network import in_words, may_have_arrived


def failure(url: str, timeout: tuple[float, float] = (5, 5)) -> requests.exceptions.RequestException:
    with pytest.raises(requests.exceptions.RequestException) as told:
        requests.get(url, timeout=timeout)
    return told.value


@pytest.fixture
def hanging_up() -> Iterator[str]:
    """A server that reads a request and closes the connection."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_a_connection_that_ends_before_the_answer_may_have_arrived(hanging_up: str) -> None:
    error = failure(f"http://{hanging_up}/")
    assert in_words(error) == "the connection was refused or reset"
    assert may_have_arrived(error)


def test_an_answer_that_does_not_come_may_have_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=(5, 0.1))
    assert in_words(error) == "no answer within 60 seconds"
    assert may_have_arrived(error)


def test_a_port_that_nobody_listens_on_is_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/")
    assert in_words(error) == "the connection was refused or reset"
    assert not may_have_arrived(error)


def test_a_host_that_is_not_found_is_told_as_dns() -> None:
    error = failure("http://nowhere.invalid/")
    assert in_words(error) == "the host name was not found (DNS)"
    assert not may_have_arrived(error)


def test_a_server_without_tls_is_told_as_tls(hanging_up: str) -> None:
    error = failure(f"https://{hanging_up}/")
    assert in_words(error).startswith("TLS: ")
    assert not may_have_arrived(error)
