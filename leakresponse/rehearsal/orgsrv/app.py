"""The routes. Every handler runs in a worker thread; bodies are read before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused
from leakresponse.rehearsal.orgsrv import bulk, metadata, oauth, rest
from leakresponse.rehearsal.orgsrv.errors import (
    ApiError,
    OAuthError,
    api_refusal,
    not_found,
    oauth_refusal,
    query_refusal,
)
from leakresponse.rehearsal.orgsrv.identity import authenticate
from leakresponse.rehearsal.orgsrv.logs import new_request_id, parse_time
from leakresponse.rehearsal.orgsrv.org import Org

VERSIONS = [f"{number}.0" for number in range(50, 68)]
DAILY_REQUESTS = 5_000_000
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulated Salesforce org</title>
<style>body{font:16px/1.5 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:.1em .3em}
</style></head><body><h1>A simulated Salesforce org</h1><p>This is a simulation for rehearsing data-leak response. Nobody
in it is real, and nothing here reaches Salesforce.</p><p>It answers the REST API, Bulk API 2.0 queries and the OAuth
token endpoint. To connect, use what <code>connection.json</code> in its state folder says:</p>
<p><code>sf org login jwt --instance-url ADDRESS --client-id CONSUMER_KEY --username USERNAME --jwt-key-file KEY</code></p>
</body></html>"""
Handler = Callable[[Org, Request, bytes], Response]


def make_app(org: Org) -> Starlette:
    """The application of one org."""

    def route(path: str, handler: Handler, *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            answer = await run_in_threadpool(handler, org, request, body)
            if request.url.path.startswith("/services/data/"):
                answer.headers["Sforce-Limit-Info"] = f"api-usage=1/{DAILY_REQUESTS}"
            return answer

        return Route(path, endpoint, methods=list(methods) or ["GET"])

    async def deploy(request: Request) -> Response:
        caller = await run_in_threadpool(authenticate, org, request)
        form = await request.form()
        return await run_in_threadpool(metadata.deploy, org, caller, request, form)

    base = "/services/data/v{version}"
    handlers: Any = {ApiError: api_refusal, OAuthError: oauth_refusal, QueryRefused: query_refusal}
    return Starlette(
        routes=[
            Route("/", lambda _request: HTMLResponse(_PAGE)),
            route("/services/oauth2/token", oauth.token, "POST"),
            route("/services/oauth2/revoke", oauth.revoke, "POST", "GET"),
            route("/services/oauth2/introspect", lambda o, _r, b: oauth.introspect(o, b), "POST"),
            route("/services/oauth2/userinfo", lambda o, r, _b: oauth.userinfo(o, r)),
            route("/services/data", lambda _o, _r, _b: _versions()),
            route("/services/data/", lambda _o, _r, _b: _versions()),
            Route(f"{base}/metadata/deployRequest", deploy, methods=["POST"]),
            route(base + "/{rest:path}", _versioned, "GET", "POST", "PATCH", "DELETE", "PUT"),
            route(base, _versioned),
            route("/simulation/flush", _flush, "POST"),
            route("/simulation/clock", _clock, "POST"),
        ],
        exception_handlers=handlers,
    )


def _versions() -> Response:
    return JSONResponse([{"label": f"v{v}", "url": f"/services/data/v{v}", "version": v} for v in VERSIONS])


def _flush(org: Org, _request: Request, _body: bytes) -> Response:
    return JSONResponse({"files": org.logs.flush()})


def _clock(org: Org, _request: Request, body: bytes) -> Response:
    to = json.loads(body or b"{}").get("now")
    org.clock.move(parse_time(to) if to else None)
    return JSONResponse({"now": org.clock.now().isoformat()})


def _versioned(org: Org, request: Request, body: bytes) -> Response:
    """Everything below /services/data/vNN."""
    if request.path_params["version"] not in VERSIONS:
        raise not_found()
    caller = authenticate(org, request)
    parts = [p for p in request.path_params.get("rest", "").split("/") if p]
    match (request.method, *parts):
        case ("GET",):
            base = request.url.path.rstrip("/")
            names = ("query", "queryAll", "sobjects", "limits", "jobs", "metadata", "composite", "tooling")
            identity = f"{org.instance_url(request)}/id/{org.org_id}/{caller.user_id}"
            return JSONResponse({**{n: f"{base}/{n}" for n in names}, "identity": identity})
        case ("GET", "query" | "queryAll" as kind):
            return rest.query(org, caller, request, request.query_params.get("q", ""), kind == "queryAll")
        case ("GET", "query" | "queryAll", locator):
            return rest.query_more(org, caller, request, locator)
        case ("GET", "limits"):
            org.logs.call(caller, request, 200, new_request_id())
            return JSONResponse({"DailyApiRequests": {"Max": DAILY_REQUESTS, "Remaining": DAILY_REQUESTS - 1}})
        case ("GET", "sobjects"):
            return rest.sobjects(org, caller, request)
        case ("GET", "sobjects", name, "describe"):
            return rest.describe_one(org, caller, request, name)
        case ("GET", "sobjects", "EventLogFile", file_id, "LogFile"):
            return rest.log_file(org, caller, request, file_id)
        case ("GET", "sobjects", name, record_id):
            return rest.read_one(org, caller, request, name, record_id)
        case ("PATCH", "sobjects", name, record_id):
            return rest.update_one(org, caller, request, name, record_id, body)
        case ("DELETE", "sobjects", name, record_id):
            return rest.delete_one(org, caller, request, name, record_id)
        case ("POST", "sobjects", name):
            return rest.create_one(org, caller, request, name, body)
        case (_, "jobs", "query", *below):
            return _jobs(org, request, body, caller, below)
        case ("GET", "metadata", "deployRequest", deploy_id):
            return metadata.status(org, caller, request, deploy_id)
    raise not_found()


def _jobs(org: Org, request: Request, body: bytes, caller: Any, below: list[str]) -> Response:
    match (request.method, *below):
        case ("GET",):
            return bulk.listed(org, caller, request)
        case ("POST",):
            return bulk.create(org, caller, request, body)
        case ("GET", job_id):
            return bulk.status(org, caller, request, job_id)
        case ("PATCH", job_id):
            return bulk.abort(org, caller, request, job_id, body)
        case ("DELETE", job_id):
            return bulk.delete(org, caller, request, job_id)
        case ("GET", job_id, "results"):
            return bulk.results(org, caller, request, job_id)
    raise not_found()
