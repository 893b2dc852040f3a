"""An identity provider that knows sessions and nothing else, with the webhook that ends those of one person.

`POST /hook` with a JSON object that names a person (`username`, `user`, `subject` or `login`, a text or an object with
one of these, or a list `usernames`) ends every session of that person and answers `{"ended": n}`. `POST /sso` with
`{"session": "…"}` is the way into the org: 200 while the session lives, else 401. The journal has one JSON line for
each order: when, a hash of whom, how many sessions ended, the idempotency key; a restart reads from it what was ended.
Sessions come from a file that a scenario leaves.
`python -m leakresponse.rehearsal.idp_double --sessions FILE --journal FILE --port 0 --port-file F --with-parent PID`
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from leakresponse.adapters.processes import exit_with
from leakresponse.rehearsal.mail_sink import hash_of, mend

#: Where a scenario leaves `[{"session", "username"}]`, in the org's state folder.
SESSIONS = "idp.json"
MAX_BYTES = 1 << 16
_NAMES = ("username", "user", "subject", "login")


class Provider:
    """The sessions; thread-safe, since orders and logins come side by side."""

    def __init__(self, sessions: Path, journal: Path) -> None:
        self._journal, self._lock = journal, threading.Lock()
        mend(journal)
        self._owner = {one["session"]: one["username"] for one in json.loads(sessions.read_text(encoding="utf-8"))}
        ended = {one["who"] for one in read_orders(journal)}
        self._live = {key for key, name in self._owner.items() if hash_of(name) not in ended}

    def lets_in(self, session: str) -> bool:
        """Whether a session may go on into the org."""
        with self._lock:
            return session in self._live

    def end(self, username: str, key: str) -> int:
        """End every session of a person; the answer is how many. The journal has it before the caller."""
        with self._lock:
            gone = {one for one in self._live if hash_of(self._owner[one]) == hash_of(username)}
            line = {"at": datetime.now(UTC).isoformat(), "who": hash_of(username), "ended": len(gone), "key": key}
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(f"{json.dumps(line)}\n")
            self._live -= gone
            return len(gone)


def read_orders(journal: Path) -> list[dict[str, Any]]:
    """Every order that the provider took."""
    if not journal.exists():
        return []
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _people(given: Mapping[str, Any]) -> Iterator[str]:
    """Whom an order names, in whichever of the usual shapes."""
    yield from (str(one) for one in given.get("usernames") or ())
    for name in _NAMES:
        value = given.get(name)
        if isinstance(value, Mapping):
            yield from _people(value)
        elif isinstance(value, str) and value:
            yield value


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_POST(self) -> None:
        """The two addresses; anything else is 404, what is no JSON object 400."""
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(min(size, MAX_BYTES))
        try:
            given = json.loads(raw)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            self._answer(400, {"error": "send a JSON object"})
        elif self.path == "/sso":
            inside = self.provider.lets_in(str(given.get("session", "")))
            self._answer(200 if inside else 401, {"active": inside})
        elif self.path == "/hook":
            key = self.headers.get("Idempotency-Key", "")
            people = list(dict.fromkeys(_people(given)))
            ended = sum(self.provider.end(one, key) for one in people)
            self._answer(200 if people else 400, {"ended": ended})
        else:
            self._answer(404, {"error": "no such address"})

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the journal is the log."""


def serve(sessions: Path, journal: Path, port: int) -> ThreadingHTTPServer:
    """A server on loopback, not yet running; its port is `server_port`."""
    handler = type("Handler", (_Handler,), {"provider": Provider(sessions, journal)})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main() -> None:
    """Run it as a process of its own."""
    parser = argparse.ArgumentParser(description="An identity provider for rehearsals.")
    parser.add_argument("--sessions", type=Path, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--with-parent", type=int)
    options = parser.parse_args()
    if options.with_parent:
        exit_with(options.with_parent)
    server = serve(options.sessions, options.journal, options.port)
    if options.port_file:
        fresh = options.port_file.with_suffix(".new")
        fresh.write_text(str(server.server_port), encoding="ascii")
        fresh.replace(options.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
