"""Addresses that browsers call: the session comes in the cookie `sid`, no API log is written, only what a page leaves.

A page without a live session sends the browser to the login page, as Salesforce does; pages of the public site take
guests, whose user has no session at all (incidents: guest access to Experience Cloud).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.identity import Caller, authenticate
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.routes import Handler
from leakresponse.rehearsal.org.serving import act, base_url, client_of, keep, respond
from leakresponse.rehearsal.org.world import World

#: The API version whose forms pages use.
VERSION = "67.0"
HTML = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Page:
    """One address outside the versioned API. `guest` finds the guest user's caller; None sends guests to the login."""

    path: str
    handler: Handler
    answers: str
    refuses: str = "302 to the login page without a session"
    methods: tuple[str, ...] = ("GET",)
    guest: Callable[[World], Caller | None] | None = None


def serve_page(world: World, page: Page, request: Request, body: bytes) -> Response:
    """Find who calls, act, log, answer."""
    caller = _caller(world, page, request)
    if caller is None:
        return respond(_to_login(request), {})
    call = _call(world, caller, request, body)
    answer, refusal = act(call, page.handler)
    answer.encode()
    if not refusal:
        keep(call, list(answer.log), answer)
    return respond(answer, {"Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private"})


def _caller(world: World, page: Page, request: Request) -> Caller | None:
    try:
        return authenticate(world, request.cookies.get("sid", ""))
    except ApiRefused:
        return page.guest(world) if page.guest else None


def _to_login(request: Request) -> Answer:
    target = quote(request.url.path, safe="")
    return Answer(302, headers={"Location": f"/?ec=302&startURL={target}"}, media=HTML)


def _call(world: World, caller: Caller, request: Request, body: bytes) -> Call:
    path = request.url.path
    return Call(
        world=world, caller=caller, client=client_of(request), method=request.method, path=path, version=VERSION,
        base_url=base_url(request), query=dict(request.query_params), headers=request.headers, body=body,
        args=request.path_params, now=world.clock.now(), request_id=request_id(), uri=path,
    )  # fmt: skip
