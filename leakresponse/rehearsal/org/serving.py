"""From an HTTP request to a call and back: who calls, what the call does, which log rows it leaves."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from leakresponse.rehearsal.org import events, events_threats, faults_orders
from leakresponse.rehearsal.org.calls import Answer, Call, Client, FilePart, LogRow
from leakresponse.rehearsal.org.discovery import checked_version, usage_header
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused
from leakresponse.rehearsal.org.identity import authenticate, bearer, check_api
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.login_ranges import check_request
from leakresponse.rehearsal.org.routes import Handler
from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

#: Longest address in bytes (REST guide, "Status Codes": 414).
MAX_URI = 16_384
_CHUNK = 1 << 19


def client_of(request: Request) -> Client:
    """Address (the first of X-Forwarded-For where given), user agent, and the name in Sforce-Call-Options."""
    forwarded = request.headers.get("x-forwarded-for", "").split(",")[0].strip()
    peer = request.client.host if request.client else ""
    parts = request.headers.get("sforce-call-options", "").split(",")
    options = dict(part.strip().partition("=")[::2] for part in parts)
    return Client(forwarded or peer, request.headers.get("user-agent", ""), options.get("client", ""))


def base_url(request: Request) -> str:
    """Scheme and host under which the client called."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def form_of(request: Request, body: bytes) -> dict[str, str]:
    """A form of the OAuth endpoints; parameters in the address count too."""
    return {**dict(request.query_params), **dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))}


def serve_oauth(act: Callable[[], Answer]) -> Response:
    """Run an OAuth act; refusals are 400 with an object."""
    try:
        answer = act()
    except OauthRefused as refused:
        answer = Answer(400, refused.body())
    except ApiRefused as refused:
        answer = Answer(refused.status, refused.body())
    answer.encode()
    return respond(answer, {"Cache-Control": "no-store"})


def serve_call(world: World, handler: Handler, family: str, request: Request, body: bytes) -> Response:
    """Authenticate, act, log, answer. A call that is not authenticated leaves no row: nobody is known who made it."""
    started = time.perf_counter()
    world.calls += 1
    try:
        call = _call(world, request, body)
    except ApiRefused as refused:
        answer = Answer(refused.status, refused.body())
        answer.encode()
        return respond(answer, {})
    answer, refusal = act(call, partial(_of_api_user, handler))
    answer.encode()
    _log(call, answer, family, time.perf_counter() - started, refusal)
    return respond(answer, {"Sforce-Limit-Info": usage_header(world), "X-SFDC-REQUEST-ID": call.request_id})


def _of_api_user(handler: Handler, call: Call) -> Answer:
    check_api(call.world, call.caller)
    return handler(call)


def _call(world: World, request: Request, body: bytes) -> Call:
    raw = len(request.url.path) + len(request.url.query)
    if raw > MAX_URI:
        raise ApiRefused(414, "URI_TOO_LONG", "The length of the URI exceeds the 16,384 byte limit")
    version = checked_version(request.path_params["version"])
    caller = authenticate(world, bearer(request.headers.get("authorization", "")))
    check_request(world, caller, client_of(request).address)
    path = request.url.path
    with_query = f"{path}?{request.url.query}" if request.url.query and "/sobjects/" in path else path
    # clients that cannot send PATCH name it in the address of a POST (REST guide, "Using Headers and Parameters")
    method = (request.query_params.get("_HttpMethod") if request.method == "POST" else "") or request.method
    return Call(
        world=world, caller=caller, client=client_of(request), method=method, path=path, version=version,
        base_url=base_url(request), query=dict(request.query_params), headers=request.headers, body=body,
        args=request.path_params, now=world.clock.now(),
        request_id=request.headers.get("x-sfdc-request-id") or request_id(), uri=with_query,
    )  # fmt: skip


def act(call: Call, handler: Handler) -> tuple[Answer, str]:
    """The handler's answer, or the refusal with its code; an order for a fault may refuse the call first."""

    def limited(one: Call) -> Answer:
        faults_orders.limit(one)
        return handler(one)

    return attempt(call, limited)


def attempt(call: Call, handler: Handler) -> tuple[Answer, str]:
    """The handler's answer, or the refusal with its code."""
    try:
        return handler(call), ""
    except QueryRefused as refused:
        soql = _soql_of(call)
        return Answer(refused.status, refused.body(soql), query=soql), refused.code
    except ApiRefused as refused:
        return Answer(refused.status, refused.body()), refused.code
    except sqlite3.Error:
        words = "An unexpected error occurred. Please include this ErrorId if you contact support"
        return Answer(500, [{"message": words, "errorCode": "UNKNOWN_EXCEPTION"}]), "UNKNOWN_EXCEPTION"


def _soql_of(call: Call) -> str:
    if "q" in call.query:
        return call.query["q"]
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        return ""
    return str(body.get("query", "")) if isinstance(body, dict) else ""


def _log(call: Call, answer: Answer, family: str, seconds: float, refusal: str) -> None:
    """Everything that an act leaves behind, in one transaction, before the client hears of it."""
    rows: list[LogRow] = list(answer.log) if not refusal else []
    if family == "REST":
        rows.append(events.rest_row(call, answer, seconds, refusal))
    rows.append(events.usage_row(call, answer, family))
    keep(call, rows, answer)


def keep(call: Call, rows: list[LogRow], answer: Answer) -> None:
    """Write the log rows and the stored events of an act, together."""
    with call.world.store.write() as db:
        call.world.logs.write(db, rows)
        for table, row in answer.stored:
            put(db, table, row)
        events_threats.watch(call, db, rows, answer.stored)


def respond(answer: Answer, headers: dict[str, str]) -> Response:
    """The HTTP response of an answer; a file is streamed."""
    every = {**headers, **answer.headers}
    if answer.file is not None and every.get("Content-Encoding") == "gzip":
        return StreamingResponse(_packed(_stream(answer.file)), answer.status, every, answer.media)
    if answer.file is not None:
        length = {"Content-Length": str(answer.file.size)}
        return StreamingResponse(_stream(answer.file), answer.status, {**every, **length}, answer.media)
    return Response(answer.content, answer.status, every, answer.media if answer.content else None)


def _packed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same as gzip, fast rather than small."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()


def _stream(part: FilePart) -> Iterator[bytes]:
    """The head, then the range of the file."""
    if part.head:
        yield part.head
    left = part.end - part.start
    with part.path.open("rb") as content:
        content.seek(part.start)
        while left > 0 and (chunk := content.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def json_response(body: Any, status: int = 200) -> Response:
    """A JSON answer outside the versioned API."""
    answer = Answer(status, body)
    answer.encode()
    return respond(answer, {})
