"""A mail server that keeps no mail: it says which notices it took, so that every one can be counted.

The journal has one JSON object a line, written and flushed before the 250 answer, so that an accepted message is always
in it. Neither address nor text is stored: a hash of each is enough to find doubles and wrong recipients.
`python -m leakresponse.rehearsal.mail_sink --journal FILE --port 0 --port-file F --with-parent PID`
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from leakresponse.adapters.processes import exit_with

MAX_BYTES, MAX_LINE = 1 << 20, 2_000
_RECIPIENT = re.compile(rb"RCPT TO:\s*<([^<>\s]+@[^<>\s]+)>", re.IGNORECASE)
_HEADER = re.compile(rb"^(x-notice-id|message-id|x-jurisdiction):[ \t]*(.*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that the sink took. `to_sha256` is the hash of the lower-case recipient address."""

    notice_id: str
    message_id: str
    jurisdiction: str
    to_sha256: str
    body_sha256: str
    at: str
    bytes: int


def read_journal(path: Path) -> list[Accepted]:
    """Every accepted message; a last line that a crash cut short was never answered and does not count."""
    return list(_lines(path)) if path.exists() else []


def _lines(path: Path) -> Iterator[Accepted]:
    with path.open(encoding="utf-8") as journal:
        for line in journal:
            if line.endswith("\n"):
                yield Accepted(**json.loads(line))


class Talk(asyncio.Protocol):
    """One connection: the commands that senders of notices use (RFC 5321), pipelined or not (RFC 2920).

    Our own rather than a library's, because a rehearsal with millions of notices waits for this process.
    """

    def __init__(self, journal: TextIO) -> None:
        self._journal = journal
        self._waiting = bytearray()
        self._sender = False
        self._recipients: list[str] = []
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast(asyncio.Transport, transport)
        self._answer(b"220 mail.sink.example ESMTP ready")

    def data_received(self, data: bytes) -> None:
        """Work through what is complete; the rest waits for more."""
        self._waiting += data
        while not self._transport.is_closing() and (self._take_message() if self._in_data else self._take_command()):
            continue

    def _take_command(self) -> bool:
        end = self._waiting.find(b"\n")
        if end < 0:
            if len(self._waiting) > MAX_LINE:
                self._answer(b"500 5.5.2 Line too long", close=True)
            return False
        line = bytes(self._waiting[:end]).rstrip(b"\r")
        del self._waiting[: end + 1]
        self._command(line[:4].upper().rstrip(), line)
        return True

    def _command(self, verb: bytes, line: bytes) -> None:
        if verb in (b"EHLO", b"HELO"):
            size = f"250-mail.sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE {MAX_BYTES}".encode()
            self._begin()
            self._answer(size if verb == b"EHLO" else b"250 mail.sink.example")
        elif verb == b"MAIL":
            self._begin()
            self._sender = True
            self._answer(b"250 2.1.0 OK")
        elif verb == b"RCPT":
            self._recipient(line)
        elif verb == b"DATA":
            self._in_data = bool(self._recipients)
            self._answer(b"354 End with <CR><LF>.<CR><LF>" if self._in_data else b"503 5.5.1 RCPT first")
        elif verb == b"QUIT":
            self._answer(b"221 2.0.0 Bye", close=True)
        elif verb in (b"RSET", b"NOOP"):
            if verb == b"RSET":
                self._begin()
            self._answer(b"250 2.0.0 OK")
        else:
            self._answer(b"502 5.5.1 Command not known here")

    def _recipient(self, line: bytes) -> None:
        found = _RECIPIENT.match(line)
        if not self._sender:
            self._answer(b"503 5.5.1 MAIL first")
        elif found is None:
            self._answer(b"501 5.1.3 Bad address")
        else:
            self._recipients.append(found.group(1).decode("utf-8", "replace"))
            self._answer(b"250 2.1.5 OK")

    def _take_message(self) -> bool:
        end = 0 if self._waiting.startswith(b".\r\n") else self._waiting.find(b"\r\n.\r\n")
        if end < 0:
            if len(self._waiting) > MAX_BYTES:
                self._answer(b"552 5.3.4 Message too big", close=True)
            return False
        content = bytes(self._waiting[: end + 2]) if end else b""
        del self._waiting[: end + (5 if end else 3)]
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        noted = entries(content.replace(b"\r\n..", b"\r\n."), self._recipients, at)
        self._journal.write("".join(json.dumps(entry) + "\n" for entry in noted))
        self._journal.flush()
        self._begin()
        self._answer(b"250 2.0.0 Noted")
        return True

    def _begin(self) -> None:
        self._sender, self._recipients, self._in_data = False, [], False

    def _answer(self, text: bytes, close: bool = False) -> None:
        self._transport.write(text + b"\r\n")
        if close:
            self._transport.close()


def entries(content: bytes, recipients: list[str], at: str) -> list[dict[str, Any]]:
    """What the journal says of one message."""
    parts = _END_OF_HEADERS.split(content, maxsplit=1)
    headers = {key.lower(): value for key, value in _HEADER.findall(parts[0])}
    common = {
        "notice_id": headers.get(b"x-notice-id", b"").decode("ascii", "replace"),
        "message_id": headers.get(b"message-id", b"").decode("ascii", "replace"),
        "jurisdiction": headers.get(b"x-jurisdiction", b"").decode("ascii", "replace"),
        "body_sha256": hashlib.sha256(parts[-1]).hexdigest(),
        "at": at,
        "bytes": len(content),
    }
    return [{**common, "to_sha256": hash_of(to)} for to in recipients]


def hash_of(address: str) -> str:
    """The hash by which an address is known in the journal."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


async def serve(journal: Path, port: int, port_file: Path | None) -> None:
    """Listen on loopback until cancelled; the port goes to `port_file` once the sink listens."""
    loop = asyncio.get_running_loop()
    with journal.open("a", encoding="utf-8") as lines:
        server = await loop.create_server(lambda: Talk(lines), "127.0.0.1", port)
        async with server:
            if port_file is not None:
                _write(port_file, str(server.sockets[0].getsockname()[1]))
            await server.serve_forever()


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)


def mend(journal: Path) -> None:
    """Cut off a last line that a crash left unfinished, so that the next one does not run into it."""
    if not journal.exists():
        return
    with journal.open("r+b") as lines:
        lines.truncate(_end_of_last_line(lines))


def _end_of_last_line(lines: BinaryIO) -> int:
    content = lines.read()
    return content.rfind(b"\n") + 1


def main() -> None:
    """Run the sink as a process of its own."""
    parser = argparse.ArgumentParser(description="A mail server for rehearsals that counts notices and keeps no mail.")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--with-parent", type=int)
    options = parser.parse_args()
    if options.with_parent:
        exit_with(options.with_parent)
    mend(options.journal)
    try:
        asyncio.run(serve(options.journal, options.port, options.port_file))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
