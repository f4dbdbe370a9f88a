"""A server on loopback that is not GitHub: it records what it is sent, and repeats each credential in its answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

INSTALLATION_TOKEN = (
    "eavesdropper_installation_token_" + "0123456789abcdef" * 25
)  # longer than what is quoted of an error's message


class Eavesdropper:
    """Use as a context manager. `heard` holds the headers of every request, `credentials` what signed them."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def credentials(self) -> set[str]:
        return {headers["authorization"].split()[-1] for headers in self.heard if "authorization" in headers}

    def __enter__(self) -> "Eavesdropper":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, Any]:
        self.heard.append(headers)
        if path.startswith("/app/installations") and method == "GET":
            organization, enterprise = {"login": "acme-data", "id": 2}, {"slug": "acme", "id": 3}
            return 200, [
                {"id": 1, "target_type": "Organization", "account": organization},
                {"id": 2, "target_type": "Enterprise", "account": enterprise},
            ]
        if path.endswith("/access_tokens"):
            return 201, {"token": INSTALLATION_TOKEN, "expires_at": "2999-01-01T00:00:00Z"}
        credential = headers.get("authorization", "")
        return 403, {"message": f"Not for {credential} {credential.split()[-1:]}"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        eavesdropper = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.rfile.read(int(headers.get("content-length", 0)))
                status, data = eavesdropper._answer(self.command, self.path, headers)
                body = json.dumps(data).encode()
                self.send_response_only(status)  # without the Date of this machine: tests have a clock of their own
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        return Handler
