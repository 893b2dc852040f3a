"""The Metadata API over SOAP: what the Salesforce CLI, jsforce, CumulusCI and simple-salesforce speak.

The session id is in the SOAP header alone. Argument names differ between clients (`request`, `retrieveRequest`,
`DeployOptions`): elements are found by their local names.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

from leakresponse.rehearsal.org import metadata_runs
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.metadata_package import members_of
from leakresponse.rehearsal.org.metadata_registry import KINDS
from leakresponse.rehearsal.org.metadata_results import deploy_result
from leakresponse.rehearsal.org.metadata_retrieve import list_all, retrieve, zipped
from leakresponse.rehearsal.org.metadata_xml import bare
from leakresponse.rehearsal.org.soap_envelope import SoapRequest, children_of, local, text_of, texts_of, xml
from leakresponse.rehearsal.org.store import put

Operation = Callable[[Call, SoapRequest], str]
#: How long the zip of a retrieve can be fetched; a day is the simulation's own.
_KEPT = timedelta(days=1)
_REPEATED = {"runTests"}


def _child(element: ElementTree.Element, *names: str) -> ElementTree.Element | None:
    """The first child of one of these names, in any case."""
    wanted = {name.lower() for name in names}
    return next((one for one in element if local(one.tag).lower() in wanted), None)


def _bad_id() -> ApiRefused:
    return bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def deploy(call: Call, asked: SoapRequest) -> str:
    """deploy: the answer is an AsyncResult."""
    sent = _child(asked.element, "ZipFile")
    options = _child(asked.element, "DeployOptions")
    try:
        content = base64.b64decode("".join((sent.text or "").split()) if sent is not None else "", validate=True)
    except (binascii.Error, ValueError):
        raise bad_request("INVALID_ZIP_FILE", "The zip file is not valid") from None
    raw: dict[str, Any] = {} if options is None else {local(one.tag): (one.text or "").strip() for one in options}
    if options is not None:
        raw |= {name: found for name in _REPEATED if (found := texts_of(options, name))}
    return _async(metadata_runs.start(call, content, raw))


def _async(async_id: str) -> str:
    return xml("result", {"done": False, "id": async_id, "state": "Queued"})


def check_deploy(call: Call, asked: SoapRequest) -> str:
    """checkDeployStatus."""
    metadata_runs.check_may(call)
    row = _deploy_row(call, text_of(asked.element, "asyncProcessId") or text_of(asked.element, "id"))
    details = text_of(asked.element, "includeDetails").lower() in {"true", "1"}
    return _result(deploy_result(call.world, row, details))


def _deploy_row(call: Call, deploy_id: str) -> Mapping[str, Any]:
    try:
        return metadata_runs.row_of(call.world, deploy_id)
    except ApiRefused:
        raise _bad_id() from None


def _result(value: Any) -> str:
    return xml("result", _without_nulls(value))


def _without_nulls(value: Any) -> Any:
    """Elements that are not there are left out, as Salesforce's optional ones are."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def cancel_deploy(call: Call, asked: SoapRequest) -> str:
    """cancelDeploy: done at once, since nothing of a deploy is written before its end."""
    wanted = (
        text_of(asked.element, "id") or text_of(asked.element, "String") or text_of(asked.element, "asyncProcessId")
    )
    row = metadata_runs.cancel(call, str(_deploy_row(call, wanted)["deploy_id"]))
    return xml("result", {"done": False, "id": row["deploy_id"]})


def quick_deploy(call: Call, asked: SoapRequest) -> str:
    """deployRecentValidation: the answer is the new id alone."""
    wanted = text_of(asked.element, "validationId") or text_of(asked.element, "validationID")
    try:
        return xml("result", metadata_runs.quick(call, wanted))
    except ApiRefused as refused:
        raise _bad_id() if refused.status == 404 else refused from None


def start_retrieve(call: Call, asked: SoapRequest) -> str:
    """retrieve: what it finds is fixed now and fetched later."""
    metadata_runs.check_may(call)
    request = _child(asked.element, "request", "retrieveRequest")
    request = asked.element if request is None else request
    wanted = _child(request, "unpackaged")
    members = list(members_of(bare(wanted))) if wanted is not None else []
    version = (text_of(wanted, "version") if wanted is not None else "") or text_of(request, "apiVersion")
    single = text_of(request, "singlePackage").lower() == "true"
    got = retrieve(call.world, members, version or call.version, single)
    got.messages += [
        {"fileName": "package.xml", "problem": f"No package named '{name}' found"}
        for name in texts_of(request, "packageNames")
    ]
    retrieve_id = new_id("09S")
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_retrieve WHERE created < ?", (iso(call.now - _KEPT),))
        put(db, "sim_retrieve", {
            "retrieve_id": retrieve_id, "user_id": call.caller.user_id, "created": iso(call.now),
            "result": json.dumps({"fileProperties": got.properties, "messages": got.messages}),
            "package": zipped(got.files),
        })  # fmt: skip
    return _async(retrieve_id)


def check_retrieve(call: Call, asked: SoapRequest) -> str:
    """checkRetrieveStatus: the zip comes along unless includeZip says no; it is there until it was fetched."""
    metadata_runs.check_may(call)
    wanted = text_of(asked.element, "asyncProcessId") or text_of(asked.element, "id")
    row = call.world.store.one("SELECT * FROM sim_retrieve WHERE retrieve_id = ? AND user_id = ?",
                               wanted, call.caller.user_id)  # fmt: skip
    if row is None:
        raise _bad_id()
    kept = json.loads(row["result"])
    facts = {
        "done": True, "fileProperties": kept["fileProperties"], "id": row["retrieve_id"], "messages": kept["messages"],
        "status": "Succeeded", "success": True,
    }  # fmt: skip
    if text_of(asked.element, "includeZip").lower() not in {"false", "0"}:
        facts["zipFile"] = base64.b64encode(row["package"]).decode()
    return _result(facts)


def describe(call: Call, _asked: SoapRequest) -> str:
    """describeMetadata: the types of this org."""
    metadata_runs.check_may(call)
    listed = [
        {
            "childXmlNames": list(one.children), "directoryName": one.folder, "inFolder": one.foldered,
            "metaFile": one.meta, "suffix": one.suffix, "xmlName": one.name,
        }
        for one in sorted(KINDS.values(), key=lambda kind: kind.name)
    ]  # fmt: skip
    return xml("result", {
        "metadataObjects": listed, "organizationNamespace": "", "partialSaveAllowed": call.world.is_sandbox,
        "testRequired": not call.world.is_sandbox,
    })  # fmt: skip


def list_metadata(call: Call, asked: SoapRequest) -> str:
    """listMetadata: up to three queries."""
    metadata_runs.check_may(call)
    found: list[dict[str, Any]] = []
    for query in children_of(asked.element, "queries") or children_of(asked.element, "ListMetadataQuery"):
        kind = text_of(query, "type")
        listed = list_all(call.world, kind, text_of(query, "folder"))
        if listed is None:
            raise bad_request("INVALID_TYPE", f"Unknown type:{kind[:80]}")
        found += listed
    return _result(found)
