"""CustomField in XML and in the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, check_name
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, said, tree, truth
from leakresponse.rehearsal.org.schema_types import Field, Schema, SObject

#: Metadata types and the describe types that they become.
_TYPES: Mapping[str, str] = {
    "Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Html": "textarea", "Email": "email",
    "Phone": "phone", "Url": "url", "Checkbox": "boolean", "Date": "date", "DateTime": "datetime", "Time": "time",
    "Number": "double", "Currency": "currency", "Percent": "percent", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist", "Lookup": "reference", "MasterDetail": "reference", "AutoNumber": "string",
    "EncryptedText": "encryptedstring", "Location": "location",
}  # fmt: skip
_LENGTHS = {"textarea": 255, "email": 80, "phone": 40, "url": 255, "picklist": 255, "multipicklist": 4099,
            "reference": 18, "string": 255}  # fmt: skip
#: Lengths have so many digits at most; the longest text areas have 131,072 characters.
_DIGITS = 6
_UNSORTED = {"LongTextArea", "Html"}
SCHEMES = ("ProbabilisticEncryption", "CaseSensitiveDeterministicEncryption", "CaseInsensitiveDeterministicEncryption")
_CLASSES = ("Public", "Internal", "Confidential", "Restricted", "MissionCritical")
_OWN = ("fullName", "label", "type", "length", "encryptionScheme", "securityClassification", "complianceGroup",
        "externalId", "unique", "referenceTo", "relationshipName")  # fmt: skip


def field_of(schema: Schema, obj: SObject, name: str, root: Element) -> Field:
    """The field as its XML says, on top of what is there. Raises ComponentRefused."""
    there = obj.field(name)
    if there is None and not name.endswith("__c"):
        raise ComponentRefused(
            f"Entity Enumeration Or ID: bad value for restricted picklist field: {obj.name}.{name[:80]}"
        )
    one = _new(schema, name, root) if there is None else _changed(there, root)
    return _classified(one, root)


def _new(schema: Schema, name: str, root: Element) -> Field:
    check_name("Field", name)
    kind, label = said(root, "type") or "", said(root, "label")
    if kind not in _TYPES:
        raise ComponentRefused(f"Must specify a valid type for the CustomField: {kind[:40]}" if kind else
                               "Must specify a non-empty type for the CustomField")  # fmt: skip
    if not label:
        raise ComponentRefused("Must specify a non-empty label for the CustomField")
    described = _TYPES[kind]
    length = _length(kind, said(root, "length"), described)
    required = truth(said(root, "required")) or kind in {"MasterDetail", "Checkbox"}
    plain = kind not in _UNSORTED
    one = Field(name, label, described, length, nillable=not required, filterable=plain, sortable=plain,
                external_id=truth(said(root, "externalId")), unique=truth(said(root, "unique")))  # fmt: skip
    return _referring(schema, one, root) if described == "reference" else one


def _length(kind: str, given: str | None, described: str) -> int:
    if kind in {"Text", "LongTextArea", "Html", "EncryptedText"}:
        if not given or not given.isdecimal() or len(given) > _DIGITS:
            raise ComponentRefused(f"Must specify 'length' for a CustomField of type {kind}")
        if kind == "Text" and int(given) > _LENGTHS["string"]:
            raise ComponentRefused("Text fields cannot be longer than 255 characters.")
        return int(given)
    return _LENGTHS.get(described, 0)


def _referring(schema: Schema, one: Field, root: Element) -> Field:
    target = schema.get(said(root, "referenceTo") or "")
    if target is None:
        raise ComponentRefused(
            f"referenceTo value of '{said(root, 'referenceTo')}' does not resolve to a valid sObject type"
        )
    children = said(root, "relationshipName")
    return replace(
        one, reference_to=(target.name,), relationship_name=f"{one.name.removesuffix('__c')}__r",
        child_relationship=f"{children}__r" if children else "",
    )  # fmt: skip


def _changed(there: Field, root: Element) -> Field:
    kind = said(root, "type")
    if kind and there.custom and _TYPES.get(kind) != there.type:
        raise ComponentRefused(f"Cannot change which type a custom field is: {there.name}")
    length = said(root, "length")
    return replace(
        there, label=said(root, "label") or there.label,
        length=_length(kind or "", length, there.type) if length and kind and there.custom else there.length,
        external_id=truth(given) if (given := said(root, "externalId")) is not None else there.external_id,
        unique=truth(given) if (given := said(root, "unique")) is not None else there.unique,
    )  # fmt: skip


def _classified(one: Field, root: Element) -> Field:
    """Scheme and classification; what the XML leaves out stays."""
    scheme, level, groups = (
        said(root, tag) for tag in ("encryptionScheme", "securityClassification", "complianceGroup")
    )
    if scheme is not None:
        if scheme not in (*SCHEMES, "None"):
            raise ComponentRefused(f"'{scheme[:80]}' is not a valid value for the enum 'EncryptionScheme'")
        if scheme != "None" and one.type in {"boolean", "reference", "picklist", "multipicklist", "id"}:
            raise ComponentRefused(f"The field {one.name} cannot be encrypted")
        one = replace(one, encryption="" if scheme == "None" else scheme)
    if level is not None:
        if level and level not in _CLASSES:
            raise ComponentRefused(f"'{level[:80]}' is not a valid value for the enum 'SecurityClassification'")
        one = replace(one, security=level)
    if groups is not None:
        one = replace(one, compliance=tuple(part.strip() for part in groups.split(";") if part.strip()))
    return one


def read_field(one: Field, before: Element | None) -> Element:
    """A field as it now is, with what its last deploy said beyond that."""
    kept = Element("fields") if before is None else before
    known = said(kept, "type")
    parts: list[tuple[str, object]] = [("fullName", one.name)]
    if one.custom:
        shown = known or next((name for name, kind in _TYPES.items() if kind == one.type), "Text")
        sized = shown in {"Text", "LongTextArea", "Html", "EncryptedText"}
        parts += [("label", one.label), ("type", shown), ("length", one.length if sized else None)]
        parts += [
            ("externalId", one.external_id),
            ("unique", one.unique if shown in {"Text", "Number", "Email"} else None),
        ]
        if one.reference_to:
            child = one.child_relationship.removesuffix("__r") or None
            parts += [("referenceTo", one.reference_to[0]), ("relationshipName", child)]
    parts += [
        ("encryptionScheme", one.encryption or None), ("securityClassification", one.security or None),
        ("complianceGroup", ";".join(one.compliance) or None),
    ]  # fmt: skip
    return overlaid(kept, list(tree("x", parts)), _OWN)
