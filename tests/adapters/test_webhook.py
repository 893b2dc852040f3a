"""The webhook to the retailer's own systems: one JSON document, a bearer secret, no secret in an error."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from leakresponse.adapters import webhook
from leakresponse.adapters.webhook import post_json
from leakresponse.core.errors import BadInput, LeakResponseError, Refused, Unavailable

SECRET = "path-of-the-hook"


@dataclass
class Hook:
    """A served address: what it answers, and what it was sent."""

    url: str = ""
    status: int = 202
    wait: float = 0.0
    got: list[tuple[dict[str, Any], str]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A server on loopback."""
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.got.append((body, self.headers.get("Authorization", "")))
            time.sleep(made.wait)
            self.send_response(made.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/{SECRET}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_document_arrives_with_its_secret(hook: Hook) -> None:
    assert post_json(hook.url, {"action": "end_sessions"}, "token") == 202
    assert hook.got == [({"action": "end_sessions"}, "Bearer token")]


def test_without_a_token_no_header_is_sent(hook: Hook) -> None:
    post_json(hook.url, {})
    assert hook.got == [({}, "")]


@pytest.mark.parametrize(
    ("status", "error"), [(429, Unavailable), (503, Unavailable), (403, Refused), (404, Refused), (302, Refused)]
)
def test_other_answers_are_ours(hook: Hook, status: int, error: type[LeakResponseError]) -> None:
    hook.status = status
    with pytest.raises(error) as raised:
        post_json(hook.url, {})
    assert SECRET not in str(raised.value)


def test_an_answer_that_does_not_come_is_not_waited_for(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", (0.2, 0.2))
    hook.wait = 1.0
    with pytest.raises(Unavailable) as raised:
        post_json(hook.url, {})
    assert SECRET not in str(raised.value)


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable) as raised:
        post_json(f"http://127.0.0.1:1/{SECRET}", {})
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("url", ["", "no-address", "ftp://x.example/hook"])
def test_what_is_no_address_is_a_wrong_call(url: str) -> None:
    with pytest.raises(BadInput):
        post_json(url, {})
