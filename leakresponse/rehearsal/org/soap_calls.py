"""Serving one call of a SOAP API: who calls, the answer or fault, and the rows that it leaves.

A caller is known by the session id in the envelope. Every call leaves an API row (API_TYPE by the API, object
reference) and ApiTotalUsage.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import events, events_soap
from leakresponse.rehearsal.org.calls import Answer, Call, Client
from leakresponse.rehearsal.org.discovery import checked_version
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.identity import authenticate, check_api
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.login_ranges import check_request
from leakresponse.rehearsal.org.serving import act, base_url, client_of, keep, respond
from leakresponse.rehearsal.org.soap_envelope import MEDIA, SoapRequest, answer, fault, read, text_of
from leakresponse.rehearsal.org.world import World

#: What an operation does: the XML inside its response, and what the logs need.
Operation = Callable[[Call, SoapRequest], tuple[str, Answer]]
#: What opens a session: the XML inside its response, by world, request, client, version, base address and API.
Opening = Callable[[World, SoapRequest, Client, str, str, str], str]


@dataclass(frozen=True, slots=True)
class SoapApi:
    """One API: `kind` is the letter of its address; `extra` are further namespace declarations of its answers.

    `openings` are operations that need no session.
    """

    kind: str
    namespace: str
    faults: str
    operations: Mapping[str, Operation]
    no_session: str
    extra: str = ""
    openings: Mapping[str, Opening] = field(default_factory=dict)


def serve(api: SoapApi, world: World, request: Request, body: bytes) -> Response:
    """Read the envelope, authenticate, act, log, answer. Refusals are faults with HTTP 500."""
    started = time.perf_counter()
    world.calls += 1
    try:
        asked = read(body)
        if opening := api.openings.get(asked.operation):
            return _opened(api, world, request, asked, opening)
        call = _call(world, request, asked, body)
    except BadInput as wrong:
        return _fault(api, "UNKNOWN_EXCEPTION", str(wrong))
    except ApiRefused as refused:
        return _fault(api, refused.code, api.no_session if refused.code == "INVALID_SESSION_ID" else refused.words)
    operation = api.operations.get(asked.operation)
    if operation is None:
        return _fault(api, "UNKNOWN_EXCEPTION", f"No operation available for request {asked.operation}")
    inside: list[str] = []

    def run(one: Call) -> Answer:
        xml, found = operation(one, asked)
        inside.append(xml)
        return found

    found, refusal = act(call, run)
    if refusal:
        content = fault(api.faults, refusal, str(found.body[0].get("message", "")) if found.body else "")
    else:
        content = answer(api.namespace, asked.operation, "".join(inside), api.extra)
    rows = [] if refusal else list(found.log)
    spent = time.perf_counter() - started
    rows.append(events_soap.api_row(call, asked.operation, found, api.kind, refusal, len(content), spent))
    keep(call, [*rows, events.usage_row(call, found, "SOAP")], found)
    return respond(Answer(500 if refusal else 200, media=MEDIA, content=content), {})


def _opened(api: SoapApi, world: World, request: Request, asked: SoapRequest, opening: Opening) -> Response:
    """Raises ApiRefused for a version that does not exist; a login that is refused is a LoginFault."""
    version = request.path_params["version"]
    version = checked_version(version if "." in version else f"{version}.0")
    try:
        inside = opening(world, asked, client_of(request), version, base_url(request), api.kind)
    except ApiRefused as refused:
        content = fault(api.faults, refused.code, refused.words, "LoginFault")
        return respond(Answer(500, media=MEDIA, content=content), {})
    content = answer(api.namespace, asked.operation, inside, api.extra)
    return respond(Answer(200, media=MEDIA, content=content), {})


def _call(world: World, request: Request, asked: SoapRequest, body: bytes) -> Call:
    """Raises ApiRefused for a dead session, a user without the API, or a version that does not exist."""
    caller, client = authenticate(world, asked.session_id), client_of(request)
    check_api(world, caller)
    check_request(world, caller, client.address)
    version = request.path_params["version"]
    version = checked_version(version if "." in version else f"{version}.0")
    named, options = asked.headers.get("CallOptions"), asked.headers.get("QueryOptions")
    if named is not None:
        client = replace(client, name=text_of(named, "client"))
    batch = text_of(options, "batchSize") if options is not None else ""
    return Call(
        world=world, caller=caller, client=client, method="POST", path=request.url.path, version=version,
        base_url=base_url(request), query={},
        headers={"sforce-query-options": f"batchSize={batch}"} if batch.isdigit() else {}, body=body, args={},
        now=world.clock.now(), request_id=request_id(), uri="Api",
    )  # fmt: skip


def _fault(api: SoapApi, code: str, words: str) -> Response:
    return respond(Answer(500, media=MEDIA, content=fault(api.faults, code, words)), {})
