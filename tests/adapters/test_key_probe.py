"""Trying a key at an address that wants it: only 401 and 403 are a refusal of the key."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from leakresponse.adapters.webhook import try_key
from leakresponse.core.errors import BadInput, Refused, Unavailable
from leakresponse.core.redact import Redacted

KEY = Redacted("Bearer secret-key-0001")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Answers with the status that its path names, and 200 only to the key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = int(self.path.strip("/"))
            given = self.headers.get("X-Key") == KEY.reveal()
            self.send_response(status if given or status != 200 else 400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.parametrize(("status", "code"), [(200, ""), (204, ""), (401, "HTTP_401"), (403, "HTTP_403")])
def test_what_is_said_of_the_key(address: str, status: int, code: str) -> None:
    assert try_key(f"{address}/{status}", "X-Key", KEY) == code


@pytest.mark.parametrize(("status", "kind"), [(302, Refused), (404, Refused), (429, Unavailable), (503, Unavailable)])
def test_other_answers_say_nothing_of_it(address: str, status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        try_key(f"{address}/{status}", "X-Key", KEY)


def test_silence_and_a_wrong_address_say_nothing_either() -> None:
    with pytest.raises(Unavailable):
        try_key("http://127.0.0.1:9/", "X-Key", KEY)
    with pytest.raises(BadInput):
        try_key("no address", "X-Key", KEY)
