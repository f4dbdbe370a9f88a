"""A company's proxy on this machine: it joins a client with the host that CONNECT names, and keeps all that it sees."""

import socket
import threading
from collections.abc import Mapping
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType

PIECE = 1 << 16


class Proxy:
    """Use as a context manager.

    :ivar targets: the host and port of each CONNECT
    :ivar seen: every byte that passed it, in either direction
    """

    def __init__(self, refuses: bool = False, routes: Mapping[str, str] | None = None) -> None:
        """:param routes: which host and port of this machine a public name leads to, both with their ports"""
        self.targets: list[str] = []
        self.seen = bytearray()
        self._lock = threading.Lock()
        proxy = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                head = bytearray()
                while line := self.rfile.readline():
                    head += line
                    if line == b"\r\n":
                        break
                proxy._note(head)
                method, _, target = head.decode("latin-1").partition(" ")
                target = target.split(" ", 1)[0]
                if method != "CONNECT" or refuses:
                    self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                proxy.targets.append(target)
                host, _, port = (routes or {}).get(target, target).rpartition(":")
                with socket.create_connection((host, int(port)), timeout=10) as server:
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=proxy._pump, args=(server, self.connection), daemon=True)
                    back.start()
                    proxy._pump(self.connection, server)
                    back.join()

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _note(self, data: bytes | bytearray) -> None:
        with self._lock:
            self.seen += data

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        """Until either side hangs up."""
        try:
            while data := source.recv(PIECE):
                self._note(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return
