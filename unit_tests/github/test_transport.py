import socket
import threading
from collections.abc import Iterator

import pytest

from source_github_copilot_billing.github import transport
from source_github_copilot_billing.github.auth import Bearer
from source_github_copilot_billing.github.transport import NO_PROXY_FOR_HTTP, NoAnswer, exchange, new_session


def failure(url: str) -> NoAnswer:
    with pytest.raises(NoAnswer) as caught, exchange(new_session(1), "GET", url, {}, Bearer("a-token")):
        pass
    return caught.value


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
    assert str(error) == "the connection was refused or reset"
    assert error.may_have_arrived
    assert not error.is_about_size


def test_an_answer_that_does_not_come_may_have_arrived_and_be_about_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", (5.0, 0.1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert str(error).startswith("no answer within ")
    assert error.may_have_arrived
    assert error.is_about_size


def test_a_port_that_nobody_listens_on_is_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/")
    assert str(error) == "the connection was refused or reset"
    assert not error.may_have_arrived


def test_a_host_that_is_not_found_is_told_as_dns() -> None:
    error = failure("http://nowhere.invalid/")
    assert str(error) == "the host name was not found (DNS)"
    assert not error.may_have_arrived


def test_a_server_without_tls_is_told_as_tls(hanging_up: str) -> None:
    error = failure(f"https://{hanging_up}/")
    assert str(error).startswith("TLS: no secure connection can be made")
    assert not error.may_have_arrived


def test_a_host_without_a_proxy_keeps_none_beside_one_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each host's settings are looked up once."""
    for name, value in (("https_proxy", "http://127.0.0.1:9"), ("no_proxy", "direct.example.com")):
        monkeypatch.setenv(name, value)
    session = new_session(1)

    def proxy_of(url: str) -> str | None:
        settings = session.merge_environment_settings(url, dict(NO_PROXY_FOR_HTTP), True, None, None)
        return settings["proxies"].get("https")

    for _ in range(2):
        assert proxy_of("https://api.example.com/a") == "http://127.0.0.1:9"
        assert proxy_of("https://direct.example.com/a") is None
