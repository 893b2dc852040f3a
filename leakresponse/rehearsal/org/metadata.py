"""Metadata deploys over REST (REST guide, "Deploy Metadata with REST API")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org import events, metadata_runs
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import bad_request, no_method
from leakresponse.rehearsal.org.faults_model import KEPT_ALIVE
from leakresponse.rehearsal.org.metadata_results import deploy_result, with_offset
from leakresponse.rehearsal.org.multipart import parts_of, refusal
from leakresponse.rehearsal.org.routes import Endpoint

#: Names that the part with the options has: the documented one, and what the CLI and jsforce send.
_OPTIONS = ("json", "entity_content")


def deploy(call: Call) -> Answer:
    """`POST /metadata/deployRequest`: 201 with the id; a JSON body asks for a quick deploy of a validation."""
    if call.method != "POST":
        raise no_method(call.method)
    metadata_runs.check_may(call)
    content_type = call.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        return quick(call)
    parts = parts_of(call.body, content_type)
    options = _options(next((parts[name] for name in _OPTIONS if name in parts), b"{}"))
    package = parts.get("file")
    if package is None:
        raise refusal()
    if call.headers.get(KEPT_ALIVE):
        options = {**options, "checkOnly": True}
    return _ordered(call, metadata_runs.start(call, package, options), options)


def quick(call: Call) -> Answer:
    """A quick deploy: the validation's id is in the body, in the address, or in both."""
    validated = str(call.json().get("validatedDeployRequestId") or call.args.get("id", ""))
    return _ordered(call, metadata_runs.quick(call, validated), None, validated)


def _ordered(call: Call, deploy_id: str, options: Mapping[str, Any] | None, validated: str | None = None) -> Answer:
    row = metadata_runs.row_of(call.world, deploy_id)
    body = {
        "id": deploy_id, "validatedDeployRequestId": validated, "deployOptions": options,
        "deployResult": with_offset(deploy_result(call.world, row, details=False)),
    }  # fmt: skip
    return Answer(201, body, log=[events.metadata_row(call, "deploy")])


def _options(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw).get("deployOptions") or {}
    except (ValueError, AttributeError):
        raise refusal() from None
    if not isinstance(found, dict):
        raise refusal()
    return found


def status(call: Call) -> Answer:
    """`GET /metadata/deployRequest/{id}`; PATCH cancels; POST is the documented quick deploy."""
    if call.method == "POST":
        return quick(call)
    if call.method == "PATCH":
        return _cancel(call)
    if call.method != "GET":
        raise no_method(call.method)
    metadata_runs.check_may(call)
    row = metadata_runs.row_of(call.world, call.args["id"])
    details = call.query.get("includeDetails", "").lower() == "true"
    body = {"id": row["deploy_id"], "deployResult": with_offset(deploy_result(call.world, row, details))}
    return Answer(body=body)


def _cancel(call: Call) -> Answer:
    """`{"deployResult": {"status": "Canceling"}}`: 202."""
    wanted = call.json().get("deployResult")
    if not isinstance(wanted, dict) or wanted.get("status") not in {"Canceling", "Canceled"}:
        raise bad_request("INVALID_OPERATION", "The status of a deployment can only be set to Canceling")
    row = metadata_runs.cancel(call, call.args["id"])
    body = {"id": row["deploy_id"], "deployResult": with_offset(deploy_result(call.world, row, details=False))}
    return Answer(202, body, log=[events.metadata_row(call, "cancelDeploy")])


ROUTES = (
    Endpoint(
        "/metadata/deployRequest",
        deploy,
        "deploys by multipart form, `checkOnly` too; quick deploys by JSON",
        "400 `INVALID_MULTIPART_REQUEST`, `INVALID_ZIP_FILE`, `LIMIT_EXCEEDED`; 403; what a component lacks is told by "
        "the deploy's result",
    ),
    Endpoint(
        "/metadata/deployRequest/{id}",
        status,
        "status, with details on demand; PATCH cancels, POST deploys a validation",
        "404; 400 for canceling what is done",
    ),
)
