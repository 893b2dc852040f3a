"""The HTTP routes of the OAuth endpoints, and of the buttons of Setup that have no API."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leakresponse.rehearsal.org import oauth, oauth_codes, oauth_device, oauth_people, oauth_setup, oauth_tokens
from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused
from leakresponse.rehearsal.org.identity import bearer
from leakresponse.rehearsal.org.oauth_clients import with_basic
from leakresponse.rehearsal.org.oauth_logins import Visit
from leakresponse.rehearsal.org.serving import base_url, client_of, form_of, serve_oauth
from leakresponse.rehearsal.org.world import World

_Act = Callable[[Request, bytes], Answer]


def routes(world: World) -> list[Route]:
    """Every address of `oauth.ADDRESSES`, and `/simulation/app`."""
    return [
        _route("/services/oauth2/token", lambda r, body: _token(world, r, body)),
        _route("/services/oauth2/authorize", lambda r, body: oauth_codes.authorize(world, *_page(r, body))),
        _route("/setup/connect", lambda r, body: oauth_device.connect(world, *_page(r, body))),
        _route("/services/oauth2/revoke", lambda r, b: oauth_tokens.revoke(world, form_of(r, b).get("token", ""))),
        _route("/services/oauth2/introspect", lambda r, body: oauth_tokens.introspect(world, _form(r, body))),
        _route("/services/oauth2/userinfo", lambda r, _: oauth_people.userinfo(world, _given(r), base_url(r))),
        _route("/id/{org}/{user}", lambda r, _: _identity(world, r)),
        _route("/simulation/app", lambda r, body: oauth_setup.press(world, body, client_of(r))),
    ]


def _route(path: str, act: _Act) -> Route:
    async def answer(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(serve_oauth, lambda: act(request, body))

    return Route(path, answer, methods=["GET", "POST"])


def _token(world: World, request: Request, body: bytes) -> Answer:
    """Secrets do not belong into an address: the token endpoint takes POST alone."""
    if request.method != "POST":
        raise OauthRefused("invalid_request", "must use HTTP POST")
    return oauth.token(world, _form(request, body), _visit(request))


def _form(request: Request, body: bytes) -> dict[str, str]:
    return with_basic(form_of(request, body), request.headers.get("authorization", ""))


def _visit(request: Request) -> Visit:
    return Visit(client_of(request), base_url(request))


def _page(request: Request, body: bytes) -> tuple[dict[str, str], bool, str, Visit]:
    """What the pages of the code and device flows take."""
    asks = request.method == "GET"
    return form_of(request, body), asks, request.cookies.get("sid", ""), _visit(request)


def _identity(world: World, request: Request) -> Answer:
    place, version = request.path_params, request.query_params.get("version", "")
    return oauth_people.identity(world, _given(request), place["org"], place["user"], base_url(request), version)


def _given(request: Request) -> str:
    """A token from the header or from `oauth_token` or `access_token`, empty where there is none."""
    asked = request.query_params
    try:
        return bearer(request.headers.get("authorization", ""))
    except ApiRefused:
        return asked.get("oauth_token") or asked.get("access_token") or ""
