"""A service outside with a key of its own, and the operator's endpoint that rotates it: both on loopback."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "shared-signing-secret"


@dataclass
class Outside:
    """`good` are the keys that the service takes; `asked` what the endpoint was asked, with its headers."""

    port: int = 0
    good: set[str] = field(default_factory=set)
    asked: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)
    act: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]] = lambda document: (200, {"done": True})

    @property
    def probe_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/orders"

    @property
    def hook_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/rotate"


def rightly_signed(headers: dict[str, str], body: bytes) -> bool:
    """As the operator's endpoint would check it."""
    moment = headers["X-Leak-Response-Timestamp"]
    wanted = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(headers["X-Leak-Response-Signature"], f"sha256={wanted}")


def _handler(outside: Outside) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            self._answer(200 if given in outside.good else 401, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = dict(self.headers.items())
            if not rightly_signed(headers, body):
                self._answer(403, {})
                return
            document = json.loads(body)
            outside.asked.append((document, headers))
            self._answer(*outside.act(document))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving() -> Iterator[Outside]:
    outside = Outside()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(outside))
    outside.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield outside
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
