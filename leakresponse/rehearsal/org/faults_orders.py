"""Giving the orders: when the org is ready, or while it runs by `/simulation/faults`.

GET tells every order with how many calls matched it (`seen`) and how many it struck; POST takes a word, a list as in a
faults file, or null, and puts it in the place of the orders before. Counters are not kept over a restart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.discovery import DAILY_CALLS
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.faults import Struck, key_of, object_of
from leakresponse.rehearsal.org.faults_model import Rule, rules_of
from leakresponse.rehearsal.org.world import World

PATH = "/simulation/faults"


def begin(world: World, rules: Iterable[Rule]) -> None:
    """From now on the org suffers these orders."""
    world.faults.order(rules)
    world.faults.start()
    world.clock.skew_seconds = world.faults.seconds("clock_skew")


def route(world: World) -> Route:
    """`/simulation/faults`."""

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            try:
                begin(world, rules_of(json.loads(await request.body() or b"null")))
            except (ValueError, BadInput) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse({"faults": world.faults.shown()})

    return Route(PATH, answer, methods=["GET", "POST"])


def of_call(call: Call) -> Struck:
    """An authenticated call as the orders see it; a body may name the object too."""
    asked, named = call.query.get("q", ""), ""
    if call.world.faults.asks_object(("request_limit", "lock_row")):
        named = object_of(call.path, asked) or _object_of_body(call)
    return Struck(call.method, call.path, key_of(call.query), call.caller.app_name, call.caller.username, named)


def limit(call: Call) -> None:
    """Raises 403 REQUEST_LIMIT_EXCEEDED for a call that is struck; it leaves its rows in the logs like any refusal.

    Where it is the day's limit, Sforce-Limit-Info says from then on that all calls are used up.
    """
    fault = call.world.faults.strike(of_call(call), ("request_limit",)) if call.world.faults.on else None
    if fault is None:
        return
    if fault.daily:
        call.world.calls = max(call.world.calls, DAILY_CALLS)
    kind = "TotalRequests" if fault.daily else "ConcurrentRequests (Concurrent API Requests)"
    raise ApiRefused(403, "REQUEST_LIMIT_EXCEEDED", f"{kind} Limit exceeded.")


def lock_row(call: Call, object_name: str) -> None:
    """Raises 400 UNABLE_TO_LOCK_ROW for the writing of a record that is struck."""
    if call.world.faults.on:
        found = of_call(call)
        call.world.faults.lock_row(Struck(found.method, found.path, found.query, found.app, found.user, object_name))


def _object_of_body(call: Call) -> str:
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    return str(body.get("object") or object_of("", str(body.get("query") or "")))
