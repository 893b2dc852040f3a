"""Metadata deploys over REST (REST guide, "Deploy Metadata with REST API").

First version: connected apps. A deploy with a new certificate replaces the app's only one, so the old key fails at once
(Metadata API guide, ConnectedApp: the type holds one certificate; how soon is not confirmed).
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.certs import public_key
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_access, no_method, not_found
from leakresponse.rehearsal.org.identity import permissions
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.multipart import parts_of, refusal
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.store import put

_SPACE = "{http://soap.sforce.com/2006/04/metadata}"
_DEPLOYERS = frozenset({"ModifyMetadata", "ModifyAllData"})
MAX_ZIP, MAX_UNPACKED, MAX_FILES = 39 << 20, 400 << 20, 10_000
_NOT_SUPPORTED = "Not available for deploy in the simulated org"


@dataclass(frozen=True, slots=True)
class Component:
    """One file of a deploy, judged: `app_id` and `certificate` are set where a certificate is to be replaced."""

    full_name: str
    kind: str
    file_name: str
    problem: str = ""
    app_id: str = ""
    certificate: str = ""


def deploy(call: Call) -> Answer:
    """`POST /metadata/deployRequest`: 201 with the id; a JSON body asks for a quick deploy of a validation."""
    if call.method != "POST":
        raise no_method(call.method)
    if not permissions(call.world, call.caller.user_id) & _DEPLOYERS:
        raise no_access("Insufficient access rights: Modify Metadata Through Metadata API Functions is needed")
    content_type = call.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        return _quick(call)
    parts = parts_of(call.body, content_type)
    options = _options(next((parts[name] for name in ("json", "entity_content") if name in parts), b"{}"))
    package = parts.get("file")
    if package is None or len(package) > MAX_ZIP:
        raise refusal()
    components = list(_components(call, package))
    return _finish(call, components, options)


def _quick(call: Call) -> Answer:
    """Deploy what an earlier check-only deploy validated. Raises 404 where nothing qualifies."""
    wanted = str(call.json().get("validatedDeployRequestId") or call.args.get("id", ""))
    row = call.world.store.one("SELECT result FROM sim_deploy WHERE deploy_id = ?", wanted)
    kept = json.loads(row["result"]) if row else None
    if kept is None or not kept["checkOnly"] or not kept["success"]:
        raise not_found()
    components = [Component(**one) for one in kept["components"]]
    return _finish(call, components, {"checkOnly": False}, validated=wanted)


def _finish(call: Call, components: list[Component], options: dict[str, Any], validated: str | None = None) -> Answer:
    check_only = str(options.get("checkOnly", False)).lower() == "true"
    deploy_id, now = new_id("0Af"), iso(call.now)
    failed = any(one.problem for one in components) or not components
    with call.world.store.write() as db:
        if not failed and not check_only:
            for one in components:
                if one.certificate:
                    db.execute("UPDATE sim_app SET certificate = ? WHERE app_id = ?", (one.certificate, one.app_id))
                    db.execute("UPDATE ConnectedApplication SET LastModifiedDate = ? WHERE Id = ?", (now, one.app_id))
        kept = {
            "success": not failed, "checkOnly": check_only, "at": now, "options": options,
            "components": [_as_dict(one) for one in components],
        }  # fmt: skip
        put(db, "sim_deploy", {"deploy_id": deploy_id, "user_id": call.caller.user_id, "result": json.dumps(kept)})
        call.world.logs.write(db, [events.metadata_row(call, "deploy")])
    pending = {"id": deploy_id, "status": "Pending", "done": False, "success": False, "checkOnly": check_only}
    body = {
        "id": deploy_id, "validatedDeployRequestId": validated, "deployOptions": options or None,
        "deployResult": pending,
    }  # fmt: skip
    return Answer(201, body)


def _as_dict(one: Component) -> dict[str, str]:
    return {
        "full_name": one.full_name, "kind": one.kind, "file_name": one.file_name, "problem": one.problem,
        "app_id": one.app_id, "certificate": one.certificate,
    }  # fmt: skip


def status(call: Call) -> Answer:
    """`GET /metadata/deployRequest/{id}`; PATCH to cancel comes too late here; POST is the documented quick deploy."""
    if call.method == "POST":
        return deploy(call)
    row = call.world.store.one("SELECT * FROM sim_deploy WHERE deploy_id = ?", call.args["id"])
    if row is None:
        raise not_found()
    if call.method == "PATCH":
        raise bad_request("INVALID_ID_FIELD", "Deployment already completed")
    kept = json.loads(row["result"])
    details = call.query.get("includeDetails", "").lower() == "true"
    body = {"id": row["deploy_id"], "deployResult": _result(row["deploy_id"], row["user_id"], kept, details)}
    return Answer(body=body)


def _result(deploy_id: str, user_id: str, kept: dict[str, Any], details: bool) -> dict[str, Any]:
    at = f"{kept['at'][:-1]}+0000"
    good = [one for one in kept["components"] if not one["problem"]]
    bad = [one for one in kept["components"] if one["problem"]]
    found: dict[str, Any] = {
        "id": deploy_id, "success": kept["success"], "checkOnly": kept["checkOnly"], "done": True,
        "status": "Succeeded" if kept["success"] else "Failed", "ignoreWarnings": False, "rollbackOnError": True,
        "runTestsEnabled": False, "createdBy": user_id, "createdDate": at, "startDate": at, "lastModifiedDate": at,
        "completedDate": at, "numberComponentsTotal": len(kept["components"]),
        "numberComponentsDeployed": len(good) if kept["success"] else 0, "numberComponentErrors": len(bad),
        "numberTestsTotal": 0, "numberTestsCompleted": 0, "numberTestErrors": 0, "stateDetail": None,
        "errorStatusCode": None, "errorMessage": None, "canceledBy": None,
    }  # fmt: skip
    if details:
        tests: dict[str, Any] = {"numTestsRun": 0, "numFailures": 0, "totalTime": 0, "successes": [], "failures": []}
        found["details"] = {
            "componentSuccesses": [_message(one, at) for one in good],
            "componentFailures": [_message(one, at) for one in bad],
            "runTestResult": {**tests, "codeCoverage": [], "codeCoverageWarnings": [], "flowCoverage": []},
        }
    return found


def _message(one: dict[str, str], at: str) -> dict[str, Any]:
    return {
        "fullName": one["full_name"], "componentType": one["kind"], "fileName": one["file_name"],
        "id": one["app_id"] or None, "success": not one["problem"], "changed": not one["problem"], "created": False,
        "deleted": False, "createdDate": at, "problem": one["problem"] or None,
        "problemType": "Error" if one["problem"] else None, "lineNumber": None, "columnNumber": None,
    }  # fmt: skip


def _options(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw).get("deployOptions") or {}
    except (ValueError, AttributeError):
        raise refusal() from None
    return found if isinstance(found, dict) else {}


def _components(call: Call, package: bytes) -> Iterator[Component]:
    """The files of the package, judged one by one. Raises 400 where it is no zip or larger than Salesforce takes."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(package))
    except zipfile.BadZipFile:
        raise bad_request("INVALID_ZIP_FILE", "The zip file is not valid") from None
    with archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        if len(files) > MAX_FILES or sum(one.file_size for one in files) > MAX_UNPACKED:
            raise bad_request("LIMIT_EXCEEDED", "Maximum size of request reached")
        for one in files:
            path = PurePosixPath(one.filename)
            if path.suffix == ".xml" and "-meta" not in path.name:
                continue
            if path.parent.name == "connectedApps" and path.suffix == ".connectedApp":
                yield _connected_app(call, path, archive.read(one))
            else:
                yield Component(path.stem, path.parent.name, str(path), _NOT_SUPPORTED)


def _connected_app(call: Call, path: PurePosixPath, content: bytes) -> Component:
    root = _parsed(content)
    if root is None or root.tag != f"{_SPACE}ConnectedApp":
        return Component(path.stem, "ConnectedApp", str(path), "Error parsing file: the content is not a ConnectedApp")
    app = call.world.store.one("SELECT app_id, consumer_key FROM sim_app WHERE developer_name = ?", path.stem)
    if app is None:
        words = "You can't create a connected app. To enable connected app creation, contact Salesforce Support."
        return Component(path.stem, "ConnectedApp", str(path), words)
    key = (root.findtext(f"{_SPACE}oauthConfig/{_SPACE}consumerKey") or "").strip()
    if key and key != app["consumer_key"]:
        return Component(path.stem, "ConnectedApp", str(path), "Cannot modify consumerKey of an existing connected app")
    certificate = (root.findtext(f"{_SPACE}oauthConfig/{_SPACE}certificate") or "").strip()
    if certificate and public_key(certificate) is None:
        return Component(path.stem, "ConnectedApp", str(path), "Invalid certificate")
    return Component(path.stem, "ConnectedApp", str(path), "", app["app_id"], certificate)


def _parsed(content: bytes) -> ElementTree.Element | None:
    """The XML, None where it is none; document types are refused, since entities could grow without end."""
    if b"<!DOCTYPE" in content:
        return None
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return None


ROUTES = (
    Endpoint(
        "/metadata/deployRequest",
        deploy,
        "certificates of connected apps; `checkOnly`, quick deploy",
        "other components fail the deploy",
    ),
    Endpoint("/metadata/deployRequest/{id}", status, "status with details", "404"),
)
