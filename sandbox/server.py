"""HTTP/1.1 on loopback: reads requests, sends replies, and breaks connections where a fault says so."""

from __future__ import annotations

import ipaddress
import os
import secrets
import shutil
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .faults import Fault
from .messages import Call, Reply

# What a route of this server gets, and gives back: the reply, and the fault that its sending suffers.
Answer = Callable[[Call], tuple[Reply, "Fault | None"]]
Sent = Callable[[Call], None]
MEGABYTE = 1 << 20


class Server:
    """One listening address. `answer` is called in a thread for each connection; `tls` makes it speak https."""

    def __init__(
        self,
        host: str,
        port: int,
        name: str,
        answer: Answer,
        sent: Sent,
        clock: Callable[[], float],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the sandbox listens on loopback only, not on {host}")
        self._http = _Http((host, port), _Handler)
        self._http.name, self._http.answer, self._http.sent, self._http.clock = name, answer, sent, clock
        if tls is not None:
            # The handshake comes with the first read, in the connection's own thread.
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'http' if tls is None else 'https'}://{host}:{self._http.server_address[1]}"
        # How long a stop waits, at most: tests start and stop hundreds of sandboxes.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.close_connections()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    name: str
    answer: Answer
    sent: Sent
    clock: Callable[[], float]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Ends kept-alive connections, whose threads would wait for a next request for ever."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away in mid-answer is nothing to report; anything else is a mistake of the sandbox's.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        call = Call(
            host=self.server.name,
            method=self.command,
            path=parts.path,
            target=self.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )
        try:
            reply, fault = self.server.answer(call)
            self._send(reply, fault)
        finally:
            self.server.sent(call)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the sandbox keeps a request log of its own."""

    def version_string(self) -> str:
        return "github.com"

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.server.clock() if timestamp is None else timestamp, usegmt=True)

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        kind = None if fault is None else fault.kind
        if kind in ("reset", "reset_after"):
            return self._reset()
        if kind == "close":
            self.close_connection = True
            return
        if fault is not None and kind == "hang":
            self.server.closing.wait(fault.seconds)
        if fault is not None and kind == "huge":
            return self._send_huge(reply, fault)
        if reply.file is not None:
            return self._send_file(reply, kind)
        body = reply.payload()
        self._head(reply, str(len(body)))
        if self.command == "HEAD":
            return
        if kind in ("cut_body", "truncated_download"):
            body, self.close_connection = body[: len(body) // 2], True
        if fault is not None and kind == "drip":
            return self._drip(body, fault.seconds)
        self.wfile.write(body)
        self.wfile.flush()

    def _head(self, reply: Reply, length: str | None) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", length)
        self.send_header("x-github-request-id", secrets.token_hex(8).upper())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_file(self, reply: Reply, kind: str | None) -> None:
        if reply.file is None:
            return
        with reply.file.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            self._head(reply, str(size))
            if kind in ("cut_body", "truncated_download"):
                self.close_connection = True
                self.wfile.write(source.read(size // 2))
            else:
                shutil.copyfileobj(source, self.wfile, MEGABYTE)
        self.wfile.flush()

    def _send_huge(self, reply: Reply, fault: Fault) -> None:
        end = reply.payload() if reply.file is None else b""
        self._head(reply, str(fault.megabytes * MEGABYTE + len(end)) if fault.content_length else None)
        chunk = b" " * MEGABYTE
        for part in [*([chunk] * fault.megabytes), end]:
            if self.server.closing.is_set() or not part:
                break
            if fault.content_length:
                self.wfile.write(part)
            else:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        if not fault.content_length:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _drip(self, body: bytes, seconds: float) -> None:
        parts = 20
        size = max(1, -(-len(body) // parts))
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            self.wfile.flush()
            if self.server.closing.wait(seconds / parts):
                return

    def _reset(self) -> None:
        """A TCP reset, which only a close with `SO_LINGER` 0 sends."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Detached, because the reader's and the writer's hold on the socket would keep it open.
        os.close(self.connection.detach())


def bind_other_host(
    number: int,
    name: str,
    answer: Answer,
    sent: Sent,
    clock: Callable[[], float],
    tls: ssl.SSLContext | None = None,
) -> Server:
    """Another address than the API's where the system has one (Linux has, macOS has not): `number` is its last part."""
    try:
        return Server(f"127.0.0.{number}", 0, name, answer, sent, clock, tls)
    except OSError:
        return Server("127.0.0.1", 0, name, answer, sent, clock, tls)
