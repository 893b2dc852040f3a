"""Custom objects and fields by deploy: they become part of the org's schema, with Shield scheme and classification.

`objects/Contact.object` changes what it names and leaves the rest. A new field is seen by nobody until a permission set
or profile shows it. Schemes other than the documented four fail the deploy (Metadata API guide, CustomField). Rows that
are there are not encrypted anew, and whoever sees a field goes on seeing it in clear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leakresponse.rehearsal.org.metadata_fields import field_of, read_field
from leakresponse.rehearsal.org.metadata_kinds import (
    ComponentRefused,
    Kind,
    Outcome,
    Part,
    Run,
    check_name,
    stored_tree,
)
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, said, tree
from leakresponse.rehearsal.org.schema import SCHEMA
from leakresponse.rehearsal.org.schema_changes import with_field, without_field
from leakresponse.rehearsal.org.schema_types import SObject, audit, id_field, ref, sobject, text
from leakresponse.rehearsal.org.world import World

_HEAD = ("label", "pluralLabel", "nameField", "sharingModel", "fields")
_SECTION = "Customize"
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def apply_object(run: Run, name: str, root: Element) -> Outcome:
    """Make or change an object, and its fields one by one. Raises ComponentRefused."""
    obj = run.world.store.schema.get(name)
    created = obj is None
    if obj is None:
        obj = _made(run, name, root)
    elif obj.custom:
        obj = replace(
            obj, label=said(root, "label") or obj.label, label_plural=said(root, "pluralLabel") or obj.label_plural
        )
    before = obj
    parts: list[Part] = []
    for one in root.findall("fields"):
        obj, part = _field(run, obj, one)
        parts.append(part)
    if created or obj is not before or (obj.custom and said(root, "label")):
        run.world.store.change_object(obj)
    return Outcome(created, parts=tuple(parts))


def _made(run: Run, name: str, root: Element) -> SObject:
    """A new custom object. Raises ComponentRefused."""
    if not name.endswith("__c"):
        raise ComponentRefused(f"Entity Enumeration Or ID: bad value for restricted picklist field: {name[:80]}")
    check_name("Object", name)
    label, plural, name_field = said(root, "label"), said(root, "pluralLabel"), root.find("nameField")
    if not label:
        raise ComponentRefused("Must specify a non-empty label for the CustomObject")
    if name_field is None:
        raise ComponentRefused("Must specify a nameField of type Text or AutoNumber")
    sharing = said(root, "sharingModel") or "ReadWrite"
    run.trail("createdCustomObject", _SECTION, f"Created custom object: {label}")
    return sobject(
        name, _prefix(run), label, id_field(), ref("OwnerId", "Owner ID", "User", "Owner", nillable=False), *audit(),
        text("Name", said(name_field, "label") or "Name", 80), plural=plural or f"{label}s", sharing=sharing,
        external_sharing=said(root, "externalSharingModel") or "Private",
    )  # fmt: skip


def _prefix(run: Run) -> str:
    """The next free key prefix of custom objects: a00, a01 ..."""
    taken = {one.key_prefix for one in run.world.store.schema.objects.values()}
    return next(found for first in _LETTERS for last in _LETTERS if (found := f"a{first}{last}") not in taken)


def _field(run: Run, obj: SObject, one: Element) -> tuple[SObject, Part]:
    """The object with a field as its XML says, and what is told of it; a bad field leaves the object as it was."""
    name = said(one, "fullName") or ""
    full = f"{obj.name}.{name}"
    there = obj.fields.get(name)
    try:
        made = field_of(run.world.store.schema, obj, name, one)
    except ComponentRefused as refused:
        return obj, Part("CustomField", full, problem=refused.words)
    if made == there:
        return obj, Part("CustomField", full)
    if there is None:
        run.trail("createdCF" + made.type[:20], _SECTION, f"Created custom field {made.label} on {obj.label}")
    elif made.encryption != there.encryption:
        words = f"Changed encryption of {full}: {there.encryption or 'None'} to {made.encryption or 'None'}"
        run.trail("changedCFEncryption", "Platform Encryption", words)
    else:
        run.trail("changedCF", _SECTION, f"Changed field {made.label} on {obj.label}")
    return with_field(obj, made), Part("CustomField", full, created=there is None)


def read_object(world: World, name: str) -> Element | None:
    """An object with its custom fields, and with standard ones that were encrypted or classified."""
    obj = world.store.schema.get(name)
    if obj is None:
        return None
    kept = stored_tree(world, "CustomObject", obj.name)
    root = Element("CustomObject") if kept is None else kept
    before = {said(one, "fullName"): one for one in root.findall("fields")}
    fresh = [read_field(obj.fields[one], before.get(one)) for one in _shown(obj)]
    parts: list[tuple[str, object]] = [("sharingModel", obj.sharing or None)]
    if obj.custom:
        name_field = root.find("nameField")
        label = tree("nameField", [("label", obj.fields["Name"].label), ("type", "Text")])
        parts += [("label", obj.label), ("pluralLabel", obj.label_plural)]
        parts += [("nameField", label if name_field is None else name_field)]
    return overlaid(root, [*fresh, *tree("x", parts)], _HEAD)


def _shown(obj: SObject) -> Iterator[str]:
    base = SCHEMA.objects.get(obj.name)
    parts = {name for one in obj.fields.values() for name in one.components}
    for name, one in obj.fields.items():
        changed = base is not None and base.fields.get(name) != one
        if name in parts:
            continue
        if one.custom or ((changed or one.security or one.compliance or one.encryption) and name != "Id"):
            yield name


def object_names(world: World) -> list[str]:
    """Objects that the Metadata API lists: custom ones and those that can be customized."""
    return [one.name for one in world.store.schema if one.custom or one.has_deleted_flag]


def remove_object(run: Run, name: str) -> bool:
    """Delete a custom object. Raises ComponentRefused for a standard one."""
    obj = run.world.store.schema.get(name)
    if obj is None:
        return False
    if not obj.custom:
        raise ComponentRefused(f"Cannot delete standard object: {name}")
    run.world.store.drop_object(obj.name)
    for table in ("ObjectPermissions", "FieldPermissions"):
        run.db.execute(" ".join(("DELETE FROM", table, "WHERE SobjectType = ?")), (obj.name,))
    run.trail("deletedCustomObject", _SECTION, f"Deleted custom object: {obj.label}")
    return True


def remove_field(run: Run, name: str) -> bool:
    """Delete a custom field. Raises ComponentRefused for a standard one."""
    whole, _, part = name.partition(".")
    obj = run.world.store.schema.get(whole)
    found = obj.field(part) if obj else None
    if obj is None or found is None:
        return False
    if not found.custom:
        raise ComponentRefused(f"Cannot delete standard field: {name}")
    run.world.store.change_object(without_field(obj, found.name))
    run.db.execute("DELETE FROM FieldPermissions WHERE Field = ?", (f"{obj.name}.{found.name}",))
    run.trail("deletedCF", _SECTION, f"Deleted custom field {found.label} from {obj.label}")
    return True


def field_names(world: World) -> list[str]:
    """Custom fields of all objects."""
    return [f"{obj.name}.{one.name}" for obj in world.store.schema for one in obj.fields.values() if one.custom]


def only_fields(root: Element, names: set[str]) -> Element:
    """An object of which a retrieve asked for some fields alone."""
    made = Element(root.tag)
    made.extend([one for one in root.findall("fields") if said(one, "fullName") in names])
    return made


#: Types inside an object's file. Only fields act; the others are kept with the object.
_CHILDREN = (
    "CustomField", "BusinessProcess", "CompactLayout", "FieldSet", "Index", "ListView", "RecordType", "SharingReason",
    "ValidationRule", "WebLink",
)  # fmt: skip
KINDS = (
    Kind("CustomObject", "objects", "object", children=_CHILDREN, merges=True, apply=apply_object, read=read_object,
         names=object_names, remove=remove_object),
)  # fmt: skip
