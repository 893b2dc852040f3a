"""The Metadata API over SOAP: its operations and addresses.

Addresses: `/services/Soap/m/{version}`, with the org's id behind it, and below `/deployRequest` as simple-salesforce
posts.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leakresponse.rehearsal.org import events, soap_metadata, soap_metadata_records
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.metadata_xml import NAMESPACE
from leakresponse.rehearsal.org.routes import Address
from leakresponse.rehearsal.org.soap_calls import Operation, SoapApi, serve
from leakresponse.rehearsal.org.soap_envelope import SoapRequest
from leakresponse.rehearsal.org.world import World

_ENDINGS = ("", "/{org}", "/deployRequest", "/deployRequest/{id}")
#: MetadataApiOperation tells of deployments and retrievals; that looking leaves no row is not confirmed.
_UNLOGGED = frozenset({"checkDeployStatus", "checkRetrieveStatus", "describeMetadata", "listMetadata", "readMetadata"})
_NO_SESSION = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session key"
_OPERATIONS: Mapping[str, soap_metadata.Operation] = {
    "deploy": soap_metadata.deploy, "checkDeployStatus": soap_metadata.check_deploy,
    "cancelDeploy": soap_metadata.cancel_deploy, "deployRecentValidation": soap_metadata.quick_deploy,
    "retrieve": soap_metadata.start_retrieve, "checkRetrieveStatus": soap_metadata.check_retrieve,
    "describeMetadata": soap_metadata.describe, "listMetadata": soap_metadata.list_metadata,
    "readMetadata": soap_metadata_records.read_metadata, "createMetadata": soap_metadata_records.write_metadata,
    "updateMetadata": soap_metadata_records.write_metadata, "upsertMetadata": soap_metadata_records.write_metadata,
    "deleteMetadata": soap_metadata_records.delete_metadata,
}  # fmt: skip


def _logged(name: str, act: soap_metadata.Operation) -> Operation:
    """The operation with its MetadataApiOperation row."""

    def run(call: Call, asked: SoapRequest) -> tuple[str, Answer]:
        inside = act(call, asked)
        return inside, Answer(log=[] if name in _UNLOGGED else [events.metadata_row(call, name)])

    return run


OPERATIONS: Mapping[str, Operation] = {name: _logged(name, act) for name, act in _OPERATIONS.items()}
METADATA = SoapApi("m", NAMESPACE, NAMESPACE, OPERATIONS, _NO_SESSION)
ADDRESSES = (
    Address(
        "/services/Soap/m/{version}", f"Metadata API: {', '.join(OPERATIONS)}",
        "faults with HTTP 500: `sf:INVALID_SESSION_ID`, `sf:INVALID_TYPE`, `sf:INVALID_CROSS_REFERENCE_KEY`, "
        "`sf:INSUFFICIENT_ACCESS`, `sf:UNKNOWN_EXCEPTION`",
    ),
)  # fmt: skip


def routes(world: World) -> list[Route]:
    """The addresses."""

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(serve, METADATA, world, request, await request.body())

    return [Route(f"/services/Soap/m/{{version}}{ending}", answer, methods=["POST"]) for ending in _ENDINGS]
