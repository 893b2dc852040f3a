"""Faults on the wire: a layer around the org's application that refuses, delays, cuts or drops calls.

503, slow, cut and reset are made here, and so is an ended session: the org then answers in the words of whatever API
was called. What a call costs the org's data is the same as without the fault, except where 503 or `before` says that
it never got that far; a client that tries a write again must reckon with both.
"""

from __future__ import annotations

import asyncio
import contextlib
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leakresponse.rehearsal.org.faults import Struck, key_of, object_of
from leakresponse.rehearsal.org.faults_model import KEPT_ALIVE, Fault, Kind
from leakresponse.rehearsal.org.identity import end_session
from leakresponse.rehearsal.org.ids import hashed
from leakresponse.rehearsal.org.world import World

_WIRE: tuple[Kind, ...] = ("slow", "503", "reset", "cut", "expire_session", "kept_alive")
_SESSION_HEADERS = (b"authorization", b"x-sfdc-session")
_PAGE = b"<html><head><title>Service Unavailable</title></head><body><h1>503 Service Unavailable</h1></body></html>"
_UNAVAILABLE = b'[{"message":"Service unavailable","errorCode":"SERVER_UNAVAILABLE"}]'
_CLOSING_SECONDS = 5
_DEPLOYS = "/metadata/deployRequest"
_WHO = """
SELECT p.name AS app, u.Username AS user, a.session_id FROM sim_access a JOIN sim_app p ON p.app_id = a.app_id
JOIN "User" u ON u.Id = a.user_id WHERE a.token = ?
"""


class FaultLayer:
    """Stands before an application; also names the org's own time in the Date header."""

    def __init__(self, inner: ASGIApp, world: World) -> None:
        self._inner, self._world = inner, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the call through, or make its fault."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        dated = self._dated(send)
        fault = self._fault(scope)
        if fault is None:
            await self._inner(scope, receive, dated)
        else:
            await self._make(fault, scope, receive, send, dated)

    def _fault(self, scope: Scope) -> Fault | None:
        faults = self._world.faults
        if not faults.on:
            return None
        call = _struck(self._world, scope)
        faults.begins(call)
        return faults.strike(call, _WIRE)

    async def _make(self, fault: Fault, scope: Scope, receive: Receive, send: Send, dated: Send) -> None:
        if fault.kind == "503":
            await _unavailable(fault, receive, dated)
            return
        if fault.kind == "kept_alive" and not scope["path"].endswith(_DEPLOYS):
            await _as_if_done(scope, receive, dated)
            return
        if fault.kind == "kept_alive":
            scope = {**scope, "headers": [*scope["headers"], (KEPT_ALIVE.encode(), b"1")]}
        if fault.kind == "slow":
            await asyncio.sleep(fault.lasting)
        elif fault.kind == "expire_session":
            scope = await run_in_threadpool(_expired, self._world, fault, scope)
        elif fault.kind in {"reset", "cut"}:
            await self._drop(fault, scope, receive, send, dated)
            return
        await self._inner(scope, receive, dated)

    async def _drop(self, fault: Fault, scope: Scope, receive: Receive, send: Send, dated: Send) -> None:
        """Close the connection before the answer, or in the middle of its body."""
        silent = fault.kind == "reset"
        if fault.before:
            await _read(receive)
        else:
            await self._inner(scope, receive, _Half(dated, silent).send)
        await _close(receive, send, silent)

    def _dated(self, send: Send) -> Send:
        async def with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                moment = format_datetime(self._world.clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", []), (b"date", moment)]}
            await send(message)

        return with_date


class _Half:
    """Passes on the head of an answer and half of its body, or nothing at all; then only listens.

    Half of what Content-Length says, else half of the first piece.
    """

    def __init__(self, inner: Send, silent: bool) -> None:
        self._inner, self._over = inner, silent
        self._left: int | None = None

    async def send(self, message: Message) -> None:
        """Take one message of the application."""
        if self._over:
            return
        if message["type"] == "http.response.start":
            length = dict(message.get("headers", [])).get(b"content-length")
            self._left = None if length is None else int(length) // 2
        elif message["type"] == "http.response.body":
            message = self._cut(message.get("body", b""))
        await self._inner(message)

    def _cut(self, body: bytes) -> Message:
        left = len(body) // 2 if self._left is None else self._left
        self._over = left <= len(body)
        self._left = left - len(body)
        return {"type": "http.response.body", "body": body[:left], "more_body": True}


async def _close(receive: Receive, send: Any, at_once: bool) -> None:
    """End the connection under an answer, and wait until it is gone.

    The server's own cycle holds the connection; where that is hidden, the server closes it when nothing more comes.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return
    if at_once:
        transport.abort()
    else:
        transport.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass


async def _read(receive: Receive) -> bool:
    """Take the whole request; whether the client is still there."""
    while (message := await receive()).get("more_body"):
        pass
    return bool(message["type"] != "http.disconnect")


async def _unavailable(fault: Fault, receive: Receive, send: Send) -> None:
    if not await _read(receive):
        return
    body = _PAGE if fault.html else _UNAVAILABLE
    kind = b"text/html" if fault.html else b"application/json;charset=UTF-8"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if fault.retry_after is not None:
        headers.append((b"retry-after", str(fault.retry_after).encode()))
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _as_if_done(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to an act without the act: 204 for a change or deletion of a record, else 200."""
    if not await _read(receive):
        return
    silent = scope["method"] in {"DELETE", "PATCH"} and "/jobs/" not in scope["path"]
    body = b"" if silent or scope["path"].endswith("/revoke") else b"{}"
    headers = [(b"content-type", b"application/json;charset=UTF-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 204 if silent else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _expired(world: World, fault: Fault, scope: Scope) -> Scope:
    """The session of a call is over for good, or just this call comes without it."""
    if not fault.once:
        found = world.store.one(_WHO, hashed(_token(scope)))
        if found is not None:
            with world.store.write() as db:
                end_session(db, found["session_id"])
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in _SESSION_HEADERS]}


def _token(scope: Scope) -> str:
    headers: dict[bytes, str] = {
        name: value.decode("latin-1") for name, value in scope["headers"] if name in _SESSION_HEADERS
    }
    return headers.get(b"x-sfdc-session") or headers.get(b"authorization", "").partition(" ")[2].strip()


def _struck(world: World, scope: Scope) -> Struck:
    """A call as it stands on the wire; whose it is, and of what, is looked up where an order asks for it."""
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    app = user = ""
    if world.faults.asks_who(_WIRE) and (found := world.store.one(_WHO, hashed(_token(scope)))):
        app, user = found["app"], found["user"]
    obj = object_of(scope["path"], query.get("q", "")) if world.faults.asks_object(_WIRE) else ""
    return Struck(scope["method"], scope["path"], key_of(query), app, user, obj)
