"""Serving the Metadata API over SOAP: the caller of an envelope, the answer or fault, and the rows it leaves.

Addresses: `/services/Soap/m/{version}`, with the org's id behind it, and below `/deployRequest` as simple-salesforce
posts. A caller is known by the session id in the envelope. API_TYPE of the API log is M (object reference).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import events, events_soap, soap_metadata, soap_metadata_records
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.discovery import checked_version
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.identity import authenticate, check_api
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.login_ranges import check_request
from leakresponse.rehearsal.org.metadata_xml import NAMESPACE
from leakresponse.rehearsal.org.routes import Address
from leakresponse.rehearsal.org.serving import act, base_url, client_of, keep, respond
from leakresponse.rehearsal.org.soap_envelope import MEDIA, SoapRequest, answer, fault, read, text_of
from leakresponse.rehearsal.org.world import World

_ENDINGS = ("", "/{org}", "/deployRequest", "/deployRequest/{id}")
#: MetadataApiOperation tells of deployments and retrievals; that looking leaves no row is not confirmed.
_UNLOGGED = frozenset({"checkDeployStatus", "checkRetrieveStatus", "describeMetadata", "listMetadata", "readMetadata"})
_NO_SESSION = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session key"
OPERATIONS: Mapping[str, soap_metadata.Operation] = {
    "deploy": soap_metadata.deploy, "checkDeployStatus": soap_metadata.check_deploy,
    "cancelDeploy": soap_metadata.cancel_deploy, "deployRecentValidation": soap_metadata.quick_deploy,
    "retrieve": soap_metadata.start_retrieve, "checkRetrieveStatus": soap_metadata.check_retrieve,
    "describeMetadata": soap_metadata.describe, "listMetadata": soap_metadata.list_metadata,
    "readMetadata": soap_metadata_records.read_metadata, "createMetadata": soap_metadata_records.write_metadata,
    "updateMetadata": soap_metadata_records.write_metadata, "upsertMetadata": soap_metadata_records.write_metadata,
    "deleteMetadata": soap_metadata_records.delete_metadata,
}  # fmt: skip
ADDRESSES = (
    Address(
        "/services/Soap/m/{version}", f"Metadata API: {', '.join(OPERATIONS)}",
        "faults with HTTP 500: `sf:INVALID_SESSION_ID`, `sf:INVALID_TYPE`, `sf:INVALID_CROSS_REFERENCE_KEY`, "
        "`sf:INSUFFICIENT_ACCESS`, `sf:UNKNOWN_EXCEPTION`",
    ),
)  # fmt: skip


def routes(world: World) -> list[Route]:
    """The addresses."""

    async def serve(request: Request) -> Response:
        return await run_in_threadpool(_serve, world, request, await request.body())

    return [Route(f"/services/Soap/m/{{version}}{ending}", serve, methods=["POST"]) for ending in _ENDINGS]


def _serve(world: World, request: Request, body: bytes) -> Response:
    started = time.perf_counter()
    world.calls += 1
    try:
        asked = read(body)
        call = _call(world, request, asked, body)
    except BadInput as wrong:
        return _fault("UNKNOWN_EXCEPTION", str(wrong))
    except ApiRefused as refused:
        return _fault(refused.code, _NO_SESSION if refused.code == "INVALID_SESSION_ID" else refused.words)
    operation = OPERATIONS.get(asked.operation)
    if operation is None:
        return _fault("UNKNOWN_EXCEPTION", f"No operation available for request {asked.operation}")
    inside: list[str] = []

    def run(one: Call) -> Answer:
        inside.append(operation(one, asked))
        logged = asked.operation not in _UNLOGGED
        return Answer(log=[events.metadata_row(one, asked.operation)] if logged else [])

    found, refusal = act(call, run)
    if refusal:
        content = fault(NAMESPACE, refusal, str(found.body[0].get("message", "")) if found.body else "")
    else:
        content = answer(NAMESPACE, asked.operation, "".join(inside))
    rows = [] if refusal else list(found.log)
    spent = time.perf_counter() - started
    rows.append(events_soap.api_row(call, asked.operation, found, "m", refusal, len(content), spent))
    keep(call, [*rows, events.usage_row(call, found, "SOAP")], found)
    return respond(Answer(500 if refusal else 200, media=MEDIA, content=content), {})


def _call(world: World, request: Request, asked: SoapRequest, body: bytes) -> Call:
    """Raises ApiRefused for a dead session or a version that does not exist."""
    caller = authenticate(world, asked.session_id)
    check_api(world, caller)
    check_request(world, caller, client_of(request).address)
    version = request.path_params["version"]
    version = checked_version(version if "." in version else f"{version}.0")
    client, named = client_of(request), asked.headers.get("CallOptions")
    if named is not None:
        client = replace(client, name=text_of(named, "client"))
    return Call(
        world=world, caller=caller, client=client, method="POST", path=request.url.path, version=version,
        base_url=base_url(request), query={}, headers={}, body=body, args={}, now=world.clock.now(),
        request_id=request_id(), uri="Api",
    )  # fmt: skip


def _fault(code: str, words: str) -> Response:
    return respond(Answer(500, media=MEDIA, content=fault(NAMESPACE, code, words)), {})
