"""Records in the SOAP API: XML of what queries answer, values of what a client sends, and the results of saving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from leakresponse.rehearsal.org import access_describe, events
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.record_writes import change_record, create_record, delete_record
from leakresponse.rehearsal.org.records import known_id, object_of
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soap_envelope import XSI, children_of, local, xml

#: Records of one call (SOAP API guide, create()).
MAX_RECORDS = 200
#: What a client says of a record beside its fields.
_NOT_FIELDS = frozenset({"type", "Id", "id", "fieldsToNull"})


def record_xml(tag: str, record: Mapping[str, Any]) -> str:
    """An sObject: its type, its id twice as the partner API has it, its fields; parents and children nest."""
    kind = record["attributes"]["type"]
    parts = [xml("sf:type", kind), xml("sf:Id", record.get("Id"))]
    for name, value in record.items():
        if name != "attributes":
            parts.append(_field(f"sf:{name}", value))
    return f'<{tag} xsi:type="sf:sObject">{"".join(parts)}</{tag}>'


def _field(tag: str, value: Any) -> str:
    if isinstance(value, dict) and "records" in value:
        rows = "".join(record_xml("records", one) for one in value["records"])
        return f'<{tag} xsi:type="QueryResult">{xml("done", True)}{rows}{xml("size", value["totalSize"])}</{tag}>'
    if isinstance(value, dict) and "attributes" in value:
        return record_xml(tag, value)
    return xml(tag, value)


def records_of(element: ElementTree.Element) -> list[dict[str, Any]]:
    """The sObjects of a create or update: `type`, `Id`, and fields; nil and fieldsToNull are null."""
    found = []
    for one in children_of(element, "sObjects"):
        values: dict[str, Any] = {
            local(part.tag): None if part.get(f"{{{XSI}}}nil") == "true" else (part.text or "") for part in one
        }
        for part in children_of(one, "fieldsToNull"):
            values[(part.text or "").strip()] = None
        if not values.get("type"):
            values["type"] = (one.get(f"{{{XSI}}}type") or "").rpartition(":")[2]
        found.append(values)
    return found


def save_results(
    call: Call, operation: str, records: Sequence[Mapping[str, Any]], ids: Sequence[str]
) -> tuple[str, Answer]:
    """Write the records one by one; the XML of their outcomes, and the rows that the writes leave."""
    items: list[Mapping[str, Any]] = [{"Id": one} for one in ids] if operation == "delete" else list(records)
    if len(items) > MAX_RECORDS:
        raise bad_request("EXCEEDED_ID_LIMIT", f"record limit reached: cannot submit more than {MAX_RECORDS} records")
    answer, parts = Answer(), []
    for item in items:
        parts.append(_saved(call, operation, item, answer))
    return "".join(parts), answer


def _saved(call: Call, operation: str, item: Mapping[str, Any], answer: Answer) -> str:
    try:
        record_id, obj = _save(call, operation, item, answer)
    except ApiRefused as refused:
        error = {"fields": refused.fields or [], "message": refused.words, "statusCode": refused.code}
        return xml("result", {"errors": error, "id": None, "success": False})
    answer.rows += 1
    answer.entities = tuple(dict.fromkeys((*answer.entities, obj.name)))
    return xml("result", {"id": record_id, "success": True})


def _save(call: Call, operation: str, item: Mapping[str, Any], answer: Answer) -> tuple[str, SObject]:
    schema = call.world.store.schema
    given = {name: value for name, value in item.items() if name not in _NOT_FIELDS}
    record_id = str(item.get("Id") or item.get("id") or "")
    name = str(item.get("type", ""))
    obj = schema.get(name) if name else schema.by_prefix(record_id)
    if obj is None:
        raise bad_request("INVALID_TYPE", "sObject type is not supported")
    if operation == "delete":
        answer.log += delete_record(call, obj, known_id(record_id))
        return record_id, obj
    if operation == "update":
        change_record(call, obj, known_id(record_id), given)
    else:
        record_id = create_record(call, obj, given)
    answer.log.append(events.save_row(call, obj.key_prefix, operation.capitalize(), [record_id]))
    return record_id, obj


def described(call: Call, name: str) -> dict[str, Any]:
    """describeSObjectResult in short, of what the caller sees. Raises 400 for an object that is not there for it."""
    try:
        found = access_describe.described(call, object_of(call, name))
    except ApiRefused:
        raise bad_request("INVALID_TYPE", f"sObject type '{name[:80]}' is not supported.") from None
    head = {key: value for key, value in found.items() if isinstance(value, str | bool)}
    return {**head, "fields": found["fields"]}
