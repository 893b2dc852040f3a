"""The addresses outside the REST API that browsers and SOAP clients call."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leakresponse.rehearsal.org import (
    aura,
    browser,
    callouts,
    events_threats,
    factors,
    files,
    login_as,
    metadata_runs,
    partner_api,
    password_logins,
    report_export,
    report_mailing,
    site,
    views,
)
from leakresponse.rehearsal.org.calls import Answer, Call, Client
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused, not_found
from leakresponse.rehearsal.org.pages import Page, serve_page
from leakresponse.rehearsal.org.routes import Address
from leakresponse.rehearsal.org.serving import client_of, json_response, respond, serve_oauth
from leakresponse.rehearsal.org.soap_calls import serve
from leakresponse.rehearsal.org.world import World

_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


def classic(call: Call) -> Answer:
    """`/{id}`: a record or a report in Classic, `?export=1` a report's rows; `/{key prefix}`: a list."""
    given = call.args["classic"]
    if _ID.fullmatch(given):
        if given.startswith("00O"):
            return report_export.export(call) if call.query.get("export") else report_export.run_page(call)
        return views.classic_record(call, given)
    if len(given) == 3:
        return views.classic_list(call, given)
    raise not_found()


PAGES: tuple[Page, ...] = (
    *report_export.PAGES, *views.PAGES, *aura.PAGES, *site.PAGES, *files.PAGES, *browser.PAGES, *login_as.PAGES,
    Page("/{classic}", classic, "a record, a list or a report in Classic; `?export=1` a report as CSV", "404"),
)  # fmt: skip
ADDRESSES: tuple[Address, ...] = (
    Address("/secur/frontdoor.jsp", "`sid`, `retURL`: a browser session below that of a token", "401"),
    *(Address(one.path, one.answers, one.refuses) for one in PAGES),
    Address(
        "/services/Soap/u/{version}",
        "partner API: login (to v64), query, queryMore, retrieve, create, update, delete, describe",
        "faults with `sf:` codes",
    ),
    Address("/services/Soap/c/{version}", "enterprise API: the same"),
)  # fmt: skip


def page_routes(world: World) -> list[Route]:
    """Routes of pages and of the SOAP API; the Classic one takes what is left and must come last."""
    return [
        Route("/simulation/login", partial(_simulated, world, browser.sign_on), methods=["POST"]),
        Route("/simulation/factor", partial(_simulated, world, factors.enrol), methods=["POST"]),
        Route("/simulation/threat", partial(_simulated, world, events_threats.order_threat), methods=["POST"]),
        Route("/simulation/deploys", partial(_simulated, world, metadata_runs.set_pace), methods=["POST"]),
        Route("/simulation/security-token", partial(_simulated, world, password_logins.reset_token), methods=["POST"]),
        Route("/simulation/callout", partial(_simulated, world, callouts.call_out), methods=["POST"]),
        Route("/simulation/mailing", partial(_simulated, world, report_mailing.mail_out), methods=["POST"]),
        Route("/secur/frontdoor.jsp", partial(_front_door, world), methods=["GET", "POST"]),
        *(_soap_route(world, kind, ending) for kind in ("u", "c") for ending in ("", "/{org}")),
        *(_page_route(world, one) for one in PAGES),
    ]


def _page_route(world: World, one: Page) -> Route:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(serve_page, world, one, request, await request.body())

    return Route(one.path, answer, methods=list(one.methods))


def _soap_route(world: World, kind: str, ending: str) -> Route:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(serve, partner_api.APIS[kind], world, request, await request.body())

    return Route(f"/services/Soap/{kind}/{{version}}{ending}", answer, methods=["POST"])


async def _simulated(world: World, act: Callable[[World, bytes, Client], Answer], request: Request) -> Response:
    """An act that only a simulation can offer."""
    body = await request.body()
    try:
        return await run_in_threadpool(serve_oauth, lambda: act(world, body, client_of(request)))
    except ValueError:
        return json_response(OauthRefused("invalid_request", "send a JSON object").body(), 400)


async def _front_door(world: World, request: Request) -> Response:
    form = await request.form() if request.method == "POST" else {}
    given = {**dict(request.query_params), **{name: str(value) for name, value in form.items()}}
    try:
        act = partial(browser.front_door, world, given.get("sid", ""), given.get("retURL", ""), client_of(request))
        return respond(await run_in_threadpool(act), {})
    except ApiRefused as refused:
        return json_response(refused.body(), refused.status)
