"""readMetadata, createMetadata, updateMetadata, upsertMetadata, deleteMetadata: components one by one, at once.

Up to ten a call; each has its own outcome (Metadata API guide, "CRUD-Based Calls").
"""

from __future__ import annotations

import copy
from xml.etree import ElementTree

from leakresponse.rehearsal.org import metadata_runs
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.metadata_deploy import applied, removed
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, File, Kind, Outcome, Run, listed
from leakresponse.rehearsal.org.metadata_package import number
from leakresponse.rehearsal.org.metadata_registry import KINDS
from leakresponse.rehearsal.org.metadata_retrieve import content_of
from leakresponse.rehearsal.org.metadata_xml import Element, bare, inside, parsed, said, written
from leakresponse.rehearsal.org.soap_envelope import XSI, SoapRequest, children_of, text_of, texts_of, xml

_MOST = 10
_FIELD = "CustomField"


def read_metadata(call: Call, asked: SoapRequest) -> str:
    """readMetadata: nil where there is no such component."""
    metadata_runs.check_may(call)
    kind_name = text_of(asked.element, "type") or text_of(asked.element, "metadataType")
    names = _few(texts_of(asked.element, "fullNames"))
    return f"<result>{''.join(_record(call, kind_name, name) for name in names)}</result>"


def _record(call: Call, kind_name: str, name: str) -> str:
    root = _field(call, name) if kind_name == _FIELD else _component(call, _kind(kind_name), name)
    if root is None:
        return '<records xsi:nil="true"/>'
    shown = Element(root.tag)
    shown.extend([one for one in root if one.tag != "fullName"])
    return f'<records xsi:type="{kind_name}">{xml("fullName", name)}{inside(shown)}</records>'


def _component(call: Call, kind: Kind, name: str) -> Element | None:
    content, _ = content_of(call.world, kind, name)
    return None if content is None else parsed(content)


def _field(call: Call, name: str) -> Element | None:
    whole = _component(call, KINDS["CustomObject"], name.partition(".")[0])
    fields = [] if whole is None else whole.findall("fields")
    return next((one for one in fields if said(one, "fullName") == name.partition(".")[2]), None)


def _kind(name: str) -> Kind:
    found = KINDS.get(name) or (KINDS["Settings"] if name.endswith("Settings") else None)
    if found is None:
        raise bad_request("INVALID_TYPE", f"Unknown type:{name[:80]}")
    return found


def _few(items: list[str]) -> list[str]:
    if len(items) > _MOST:
        raise bad_request(
            "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_MOST} records into this call"
        )
    return items


def write_metadata(call: Call, asked: SoapRequest) -> str:
    """createMetadata, updateMetadata and upsertMetadata."""
    metadata_runs.check_may(call)
    given = children_of(asked.element, "metadata")
    _few([one.tag for one in given])
    return "".join(_written(call, asked.operation, one) for one in given)


def _written(call: Call, operation: str, one: ElementTree.Element) -> str:
    """One SaveResult or UpsertResult."""
    kind_name = one.get(f"{{{XSI}}}type", "").rpartition(":")[2]
    root = bare(copy.deepcopy(one))
    name = said(root, "fullName") or ""
    try:
        with call.world.store.savepoint() as db:
            run = Run(call, db, number(call.version))
            outcome, new = _save(run, operation, kind_name, name, root)
            if any(part.problem for part in outcome.parts):
                raise ComponentRefused(next(part.problem for part in outcome.parts if part.problem))
            call.world.logs.write(db, run.log)
    except (ComponentRefused, ApiRefused) as refused:
        errors = {"message": refused.words, "statusCode": "FIELD_INTEGRITY_EXCEPTION"}
        return xml("result", {"errors": errors, "fullName": name, "success": False})
    more = {"created": new} if operation == "upsertMetadata" else {}
    return xml("result", {**more, "fullName": name, "success": True})


def _save(run: Run, operation: str, kind_name: str, name: str, root: Element) -> tuple[Outcome, bool]:
    """Apply one component, after looking whether it may be there. Raises ComponentRefused, ApiRefused."""
    owner = name.partition(".")[0] if kind_name == _FIELD else name
    there = _there(run, kind_name, name)
    if operation == "createMetadata" and there:
        raise ComponentRefused(f"There is already a component named {name}")
    if operation == "updateMetadata" and not there:
        raise ComponentRefused(f"In field: fullName - no {kind_name} named {name} found")
    if kind_name == _FIELD:
        root = _wrapped(name, root)
    kind = _kind("CustomObject" if kind_name == _FIELD else kind_name)
    root.tag = root.tag if kind.name == "Settings" else kind.name
    root[:] = [one for one in root if one.tag != "fullName"]
    outcome, _, _ = applied(run, kind, File(owner, kind.path(owner), written(root)), root)
    return outcome, not there


def _there(run: Run, kind_name: str, name: str) -> bool:
    if kind_name == _FIELD:
        obj = run.world.store.schema.get(name.partition(".")[0])
        return obj is not None and obj.field(name.partition(".")[2]) is not None
    return name in listed(run.world, _kind(kind_name))


def _wrapped(name: str, root: Element) -> Element:
    """A field as its object's file has it."""
    root.tag = "fields"
    for one in root.findall("fullName"):
        one.text = name.partition(".")[2]
    whole = Element("CustomObject")
    whole.append(root)
    return whole


def delete_metadata(call: Call, asked: SoapRequest) -> str:
    """deleteMetadata: one DeleteResult each."""
    metadata_runs.check_may(call)
    kind_name = text_of(asked.element, "type") or text_of(asked.element, "metadataType")
    kind = None if kind_name == _FIELD else _kind(kind_name)
    return "".join(_deleted(call, kind, name) for name in _few(texts_of(asked.element, "fullNames")))


def _deleted(call: Call, kind: Kind | None, name: str) -> str:
    try:
        with call.world.store.savepoint() as db:
            run = Run(call, db, number(call.version))
            if not removed(run, kind, name):
                words = f"In field: fullName - no {kind.name if kind else _FIELD} named {name} found"
                raise ComponentRefused(words)
            call.world.logs.write(db, run.log)
    except (ComponentRefused, ApiRefused) as refused:
        errors = {"message": refused.words, "statusCode": "INVALID_CROSS_REFERENCE_KEY"}
        return xml("result", {"errors": errors, "fullName": name, "success": False})
    return xml("result", {"fullName": name, "success": True})
