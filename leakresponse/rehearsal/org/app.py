"""The org's addresses."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import (
    app_pages,
    bulk,
    bulk_v1,
    composite,
    composite_batch,
    composite_tree,
    connect_usage,
    discovery,
    eca_credentials,
    faults_orders,
    graphql_api,
    limits,
    metadata,
    named_credentials,
    oauth,
    oauth_routes,
    passwords,
    query,
    record_collections,
    record_files,
    record_lists,
    records,
    reports,
    search,
    soap_serving,
    subscriptions,
    timings,
    tooling,
)
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso, parse_moment
from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.faults_layer import FaultLayer
from leakresponse.rehearsal.org.page import page
from leakresponse.rehearsal.org.routes import Address, Endpoint, in_order
from leakresponse.rehearsal.org.serving import (
    json_response,
    serve_call,
)
from leakresponse.rehearsal.org.world import World

_ANY = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_MODULES = (
    discovery, query, records, record_files, record_collections, composite, composite_batch, composite_tree,
    metadata, bulk, reports, subscriptions, graphql_api, tooling, limits, record_lists, search,
    connect_usage, eca_credentials, named_credentials, passwords,
)  # fmt: skip
#: Addresses below `/services/data/vXX` in the order in which they are tried.
API: tuple[Endpoint, ...] = in_order(one for module in _MODULES for one in module.ROUTES)


#: What the docs say of the addresses outside the versioned API.
UNVERSIONED: tuple[Address, ...] = (
    *oauth.ADDRESSES, Address("/services/data", "the versions, ascending, without a login"), *bulk_v1.ADDRESSES,
    *soap_serving.ADDRESSES,
    *app_pages.ADDRESSES,
)  # fmt: skip


def make_app(world: World) -> ASGIApp:
    """The whole org as an ASGI application."""
    counted = timings.Timings()
    routes = [
        Route("/", lambda _request: HTMLResponse(page(world)), methods=["GET"]),
        *oauth_routes.routes(world),
        Route("/services/data", lambda _request: json_response(discovery.versions()), methods=["GET"]),
        *(_api_route(world, one) for one in API),
        Route("/services/data/{rest:path}", _nowhere, methods=_ANY),
        *_simulation_routes(world),
        faults_orders.route(world),
        timings.route(counted),
        *bulk_v1.routes(world),
        *soap_serving.routes(world),
        *app_pages.page_routes(world),
    ]
    return _WithoutSlash(timings.TimedLayer(FaultLayer(Starlette(routes=routes), world), counted))


def _api_route(world: World, one: Endpoint) -> Route:
    async def answer(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(serve_call, world, one.handler, one.family, request, body)

    return Route(f"/services/data/v{{version}}{one.path}", answer, methods=_ANY)


async def _nowhere(_request: Request) -> Response:
    refused = not_found()
    return json_response(refused.body(), refused.status)


def _simulation_routes(world: World) -> list[Route]:
    """What only a simulation has: moving the clock, closing the log hour."""

    async def flush(_request: Request) -> Response:
        files = await run_in_threadpool(world.logs.close_hours)
        return json_response({"files": files})

    async def clock(request: Request) -> Response:
        body = await request.body()
        try:
            wanted = json.loads(body or b"{}")["now"]
            await run_in_threadpool(world.clock.move, None if wanted is None else parse_moment(str(wanted)))
        except (ValueError, KeyError, TypeError, BadInput):
            return json_response({"error": 'send {"now": "2026-11-23T10:00:00Z"}, or null for real time'}, 400)
        return json_response({"now": iso(world.clock.now())})

    return [Route("/simulation/flush", flush, methods=["POST"]), Route("/simulation/clock", clock, methods=["POST"])]


class _WithoutSlash:
    """Salesforce takes addresses with and without a slash at the end."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) > 1 and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/")}
        await self._inner(scope, receive, send)


__all__ = ["API", "Call", "make_app"]
