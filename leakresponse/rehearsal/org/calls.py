"""One REST call and its answer, with the facts that logs need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org.errors import bad_request
from leakresponse.rehearsal.org.identity import Caller
from leakresponse.rehearsal.org.world import World

LogRow = tuple[str, Mapping[str, Any]]


@dataclass(slots=True)
class Client:
    """Where a request comes from and how the client calls itself."""

    address: str
    agent: str
    name: str = ""


@dataclass(slots=True)
class Call:
    """A versioned REST call of an authenticated caller. `uri` is what RestApi logs show."""

    world: World
    caller: Caller
    client: Client
    method: str
    path: str
    version: str
    base_url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    args: Mapping[str, str]
    now: datetime
    request_id: str
    uri: str = ""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises 400 JSON_PARSER_ERROR."""
        found = self.json_any()
        if not isinstance(found, dict):
            raise bad_request("JSON_PARSER_ERROR", "A JSON object was expected")
        return found

    def json_any(self) -> Any:
        """The body as JSON of any kind."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise bad_request("JSON_PARSER_ERROR", "Unexpected character in the request body") from None

    @property
    def root(self) -> str:
        """The versioned root of addresses, e.g. `/services/data/v67.0`."""
        return f"/services/data/v{self.version}"


@dataclass(frozen=True, slots=True)
class FilePart:
    """Bytes of a file from `start` up to `end`, after `head`."""

    path: Path
    start: int
    end: int
    head: bytes = b""

    @property
    def size(self) -> int:
        """How many bytes go over the wire."""
        return len(self.head) + self.end - self.start


@dataclass(slots=True)
class Answer:
    """What goes back, and what the logs say of it: rows, objects, the query, further log rows, stored events.

    `total` is how many rows the whole query has of which this is a page, None where there is no query.
    """

    status: int = 200
    body: Any = None
    file: FilePart | None = None
    media: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    total: int | None = None
    fields: int = 0
    entities: tuple[str, ...] = ()
    query: str = ""
    log: list[LogRow] = field(default_factory=list)
    stored: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    content: bytes = b""

    def encode(self) -> None:
        """Fill `content` from `body`."""
        if self.body is not None:
            self.content = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def size(self) -> int:
        """RESPONSE_SIZE."""
        return self.file.size if self.file else len(self.content)


def nothing() -> Answer:
    """204 No Content."""
    return Answer(204)
