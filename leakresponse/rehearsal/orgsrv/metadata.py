"""Metadata REST deploy, as far as a connected app's certificate needs it.

Part names and orders are those seen from real clients (`json` or `entity_content`, `file` first or last). The type
holds one certificate: the old key fails with the deploy.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from cryptography import x509
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.errors import ApiError, not_found
from leakresponse.rehearsal.orgsrv.identity import Caller, require
from leakresponse.rehearsal.orgsrv.logs import new_request_id

if TYPE_CHECKING:
    from leakresponse.rehearsal.orgsrv.org import Org

_NS = "{http://soap.sforce.com/2006/04/metadata}"
MAX_ZIP_BYTES = 39 << 20


def deploy(org: Org, caller: Caller, request: Request, form: FormData) -> Response:
    """`POST /metadata/deployRequest`."""
    require(org, caller, "ModifyMetadata")
    options, package = _parts(form)
    check_only = str(options.get("checkOnly", False)).lower() == "true"
    failures, successes = _carry_out(org, package, check_only)
    deploy_id = org.store.new_id("0Af")
    now = iso(org.clock.now())
    result = {
        "id": deploy_id, "done": True, "success": not failures, "status": "Failed" if failures else "Succeeded",
        "checkOnly": check_only, "createdBy": caller.user_id, "createdDate": now, "startDate": now,
        "completedDate": now, "lastModifiedDate": now, "numberComponentsTotal": len(failures) + len(successes),
        "numberComponentsDeployed": len(successes), "numberComponentErrors": len(failures), "numberTestsTotal": 0,
        "numberTestsCompleted": 0, "numberTestErrors": 0, "rollbackOnError": True, "ignoreWarnings": False,
        "runTestsEnabled": False,
        "details": {"componentSuccesses": successes, "componentFailures": failures, "runTestResult": {"numTestsRun": 0}},
    }  # fmt: skip
    with org.store.write():
        row = {"deploy_id": deploy_id, "result": json.dumps(result), "check_only": int(check_only), "at": now}
        org.store.insert("_deploy", row)
        org.logs.call(caller, request, 201, new_request_id())
    pending = {**result, "done": False, "success": False, "status": "Pending", "details": None}
    body = {"id": deploy_id, "validatedDeployRequestId": None, "deployOptions": options, "deployResult": pending}
    return JSONResponse(body, 201)


def _parts(form: FormData) -> tuple[dict[str, Any], bytes]:
    options: dict[str, Any] = {}
    package = b""
    for name, part in form.multi_items():
        content = part.file.read() if isinstance(part, UploadFile) else part.encode()
        if name in {"json", "entity_content"}:
            options = json.loads(content).get("deployOptions", {})
        elif name == "file":
            package = content
    if not package or len(package) > MAX_ZIP_BYTES:
        raise ApiError(400, "INVALID_MULTIPART_REQUEST", "the multipart request is not well formed")
    return options, package


def _carry_out(org: Org, package: bytes, check_only: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = {n: archive.read(n) for n in archive.namelist() if n.endswith(".connectedApp")}
    except zipfile.BadZipFile:
        raise ApiError(400, "INVALID_MULTIPART_REQUEST", "the file part is no zip") from None
    failures, changes = [], []
    for name, content in files.items():
        try:
            changes.append((name, *_certificate(org, content)))
        except ValueError as wrong:
            failures.append(_message(name, False, str(wrong)))
    if not failures and not check_only:
        with org.store.write() as connection:
            for _name, app_id, certificate in changes:
                connection.execute("UPDATE _app SET certificate = ? WHERE app_id = ?", (certificate, app_id))
    return failures, [_message(name, True, "") for name, _app, _cert in changes]


def _certificate(org: Org, content: bytes) -> tuple[str, str]:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise ValueError("not well-formed XML") from None
    certificate = (root.findtext(f"{_NS}oauthConfig/{_NS}certificate") or "").strip()
    key = (root.findtext(f"{_NS}oauthConfig/{_NS}consumerKey") or "").strip()
    app = org.store.one("SELECT app_id FROM _app WHERE consumer_key = ?", key)
    if app is None:
        raise ValueError("no connected app has this consumer key")
    try:
        x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        raise ValueError("the certificate is not a valid X.509 certificate") from None
    return str(app["app_id"]), certificate


def _message(name: str, success: bool, problem: str) -> dict[str, Any]:
    full = name.rpartition("/")[2].removesuffix(".connectedApp")
    found = {
        "fullName": full,
        "componentType": "ConnectedApp",
        "fileName": name,
        "success": success,
        "changed": success,
    }
    return found | ({} if success else {"problem": problem, "problemType": "Error"})


def status(org: Org, caller: Caller, request: Request, deploy_id: str) -> Response:
    """`GET /metadata/deployRequest/{id}`."""
    require(org, caller, "ModifyMetadata")
    row = org.store.one("SELECT result FROM _deploy WHERE deploy_id = ?", deploy_id)
    if row is None:
        raise not_found()
    org.logs.call(caller, request, 200, new_request_id())
    return JSONResponse({"id": deploy_id, "deployResult": json.loads(row["result"])})
