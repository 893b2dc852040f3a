"""From the JSON of a record to the values of a row: types, lengths, references, required and unique fields.

Codes and words: REST guide, "Status Codes and Error Responses"; object reference, "API Field Properties"; wordings as
published from real orgs (INVALID_EMAIL_ADDRESS and MALFORMED_ID in the guide's samples, DUPLICATE_VALUE in
go-salesforce issue 133, "Foreign key external ID" in the SOAP guide's upsert page).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.schema import Field, SObject, quoted

_EMAIL = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:.]+(\.[^@\s<>,;:.]+)+")
_NUMBERS = frozenset({"int", "double", "currency", "percent"})
_AUTO_NUMBERS = frozenset({"CaseNumber", "OrderNumber"})
#: Standard fields that find a record as an external id does (describe: idLookup).
_LOOKUPS = frozenset({"Email", "Username"})


def values_of(call: Call, obj: SObject, given: Mapping[str, Any], creating: bool) -> dict[str, Any]:
    """Values ready for the store. Raises 400 for fields that do not exist, or are missing or not writable."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping):
            link, target = _by_external_id(call, obj, name, value)
            found[link.name] = target
            continue
        one = _writable(obj, name, creating)
        found[one.name] = _stored(call, one, value)
    _check_required(obj, found, creating)
    return found


def key_field(obj: SObject, name: str) -> Field | None:
    """The field of that name if records can be found by it: an external id, or a standard one with idLookup."""
    one = obj.field(name)
    return one if one is not None and (one.external_id or one.name in _LOOKUPS) else None


def ids_by_key(db: sqlite3.Connection, obj: SObject, one: Field, value: Any) -> list[str]:
    """Records that are alive and have that value in a key field."""
    alive = "AND IsDeleted = 0" if obj.has_deleted_flag else ""
    sql = " ".join(("SELECT Id FROM", quoted(obj.name), "WHERE", quoted(one.name), "= ?", alive, "ORDER BY rowid"))
    return [row[0] for row in db.execute(sql, (value,))]


def check_unique(db: sqlite3.Connection, obj: SObject, record_id: str, row: Mapping[str, Any]) -> None:
    """Raises 400 DUPLICATE_VALUE where another record has the value of a unique field."""
    for name, value in row.items():
        one = obj.fields[name]
        if not one.unique or value is None:
            continue
        twin = next((other for other in ids_by_key(db, obj, one, value) if other != record_id), None)
        if twin:
            words = f"duplicate value found: {name} duplicates value on record with id: {twin}"
            raise bad_request("DUPLICATE_VALUE", words, [])


def complete(db: sqlite3.Connection, obj: SObject, record_id: str, row: Mapping[str, Any], creating: bool) -> None:
    """What Salesforce fills in itself: a person's whole name, numbers, names of records without one, closed cases."""
    if "LastName" in obj.fields and "FirstName" in obj.fields:
        whole = "TRIM(COALESCE(FirstName || ' ', '') || LastName)"
        _set(db, obj, record_id, f"Name = CASE WHEN LastName IS NULL THEN Name ELSE {whole} END")
    elif creating and "Name" in obj.fields and not row.get("Name"):
        _set(db, obj, record_id, "Name = Id")
    for name in _AUTO_NUMBERS & obj.fields.keys() if creating else ():
        _set(db, obj, record_id, f"{quoted(name)} = ?", _next_number(db, obj, name, record_id))
    if obj.name == "Case" and "Status" in row:
        closed = row["Status"] == "Closed"
        _set(
            db, obj, record_id, "IsClosed = ?, ClosedDate = ?", int(closed), row["LastModifiedDate"] if closed else None
        )


def _set(db: sqlite3.Connection, obj: SObject, record_id: str, sets: str, *values: Any) -> None:
    db.execute(" ".join(("UPDATE", quoted(obj.name), "SET", sets, "WHERE Id = ?")), (*values, record_id))


def _next_number(db: sqlite3.Connection, obj: SObject, name: str, record_id: str) -> str:
    """One more than the newest record's number, in eight digits."""
    sql = ("SELECT", quoted(name), "FROM", quoted(obj.name), "WHERE Id != ? ORDER BY rowid DESC LIMIT 1")
    last = db.execute(" ".join(sql), (record_id,)).fetchone()
    digits = re.sub(r"\D", "", str(last[0])) if last else ""
    return f"{int(digits or 0) + 1:08d}"


def _writable(obj: SObject, name: str, creating: bool) -> Field:
    one = obj.field(name)
    if one is None:
        raise bad_request("INVALID_FIELD", f"No such column '{name}' on sobject of type {obj.name}")
    if one.type == "id":
        if creating:
            raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
        raise bad_request("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    if not (one.updateable or (creating and one.type in {"reference", "picklist"})) or one.components:
        words = f"Unable to create/update fields: {one.name}. Please check the security settings of this field"
        raise bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", words, [one.name])
    return one


def _check_required(obj: SObject, found: Mapping[str, Any], creating: bool) -> None:
    """Raises 400 where a new record lacks what it needs, or a change would empty it."""
    computed = {"Name", "OwnerId"} if found.get("LastName") else {"OwnerId"}
    missing = [
        one.name for one in obj.fields.values()
        if not one.nillable and one.updateable and one.type not in {"boolean", "id"} and one.name not in computed
        and (creating or one.name in found) and found.get(one.name) in (None, "")
    ]  # fmt: skip
    if missing:
        raise bad_request("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)


def _by_external_id(call: Call, obj: SObject, name: str, value: Mapping[str, Any]) -> tuple[Field, str | None]:
    """`"Account": {"Number__c": "7"}` names the parent by an external id."""
    link = obj.reference(name)
    if link is None or not link.reference_to:
        raise bad_request("INVALID_FIELD", f"No such column '{name}' on sobject of type {obj.name}")
    named = [(key, text) for key, text in value.items() if key != "attributes"]
    parent = call.world.store.schema.get(link.reference_to[0])
    one = key_field(parent, named[0][0]) if parent and len(named) == 1 else None
    if parent is None or one is None:
        words = f"The external foreign key reference does not reference a valid entity: {name}"
        raise bad_request("INVALID_FIELD", words, [])
    found = ids_by_key(call.world.store.reader, parent, one, named[0][1])
    if len(found) != 1:
        words = f"Foreign key external ID: {named[0][1]} not found for field {one.name} in entity {parent.name}"
        raise bad_request("INVALID_FIELD", words, [])
    return link, found[0]


def _stored(call: Call, one: Field, value: Any) -> Any:
    """The stored form of a JSON value; empty text is null, as in Salesforce."""
    if value is None or value == "":
        return 0 if one.type == "boolean" else None
    if one.type == "boolean":
        return int(value is True or str(value).lower() == "true")
    if one.type == "reference":
        return _reference(call, one, value)
    if one.type in _NUMBERS | {"date", "datetime"}:
        return _typed(one, value)
    if one.type == "email" and not _EMAIL.fullmatch(str(value)):
        raise bad_request("INVALID_EMAIL_ADDRESS", f"{one.label}: invalid email address: {value}", [one.name])
    if isinstance(value, str) and one.length and len(value) > one.length:
        words = f"{one.label}: data value too large: (max length={one.length})"
        raise bad_request("STRING_TOO_LONG", words, [one.name])
    return value


def _reference(call: Call, one: Field, value: Any) -> str:
    """An id in its long form. Raises 400 for no id, an id of another object, or a record that is not there."""
    text = str(value)
    wrong = bad_request("MALFORMED_ID", f"{one.label}: id value of incorrect type: {text}", [one.name])
    if not is_record_id(text):
        raise wrong
    found = to18(text)
    schema = call.world.store.schema
    targets = [schema.get(name) for name in one.reference_to]
    target = schema.by_prefix(found)
    if not any(targets) or target is None or target.key != "Id":
        return found
    if target not in targets:
        raise wrong
    if call.world.store.one(" ".join(("SELECT Id FROM", quoted(target.name), "WHERE Id = ?")), found) is None:
        raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    return found


def _typed(one: Field, value: Any) -> Any:
    """A number, day or moment. Raises 400 JSON_PARSER_ERROR, as Salesforce does for a value of the wrong type."""
    try:
        if one.type == "int":
            return int(value)
        if one.type in _NUMBERS:
            return float(value)
        text = str(value)
        if one.type == "date":
            return date.fromisoformat(text[:10]).isoformat()
        moment = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.replace("Z", "+00:00")))
        return iso(moment if moment.tzinfo else datetime.fromisoformat(f"{moment.isoformat()}+00:00"))
    except (TypeError, ValueError):
        raise _unreadable(one, value) from None


def _unreadable(one: Field, value: Any) -> ApiRefused:
    words = (
        f"Cannot deserialize instance of {one.type} from VALUE_STRING value {value} or request may be missing a "
        "required field at [line:1, column:1]"
    )
    return bad_request("JSON_PARSER_ERROR", words)
