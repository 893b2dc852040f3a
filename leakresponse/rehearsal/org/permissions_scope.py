"""Which objects and fields have permissions of their own.

Business and custom objects have ObjectPermissions rows; what hangs on a case or an order goes with it. FieldPermissions
exist for fields that may be empty; required and system fields are seen by whoever sees the object (object reference,
FieldPermissions). The parts of an address go with the whole address.
"""

from __future__ import annotations

from collections.abc import Mapping

from leakresponse.rehearsal.org.schema_types import Field, SObject

_GOES_WITH: Mapping[str, str] = {
    "CaseComment": "Case", "EmailMessage": "Case", "Attachment": "Case", "OrderItem": "Order",
}  # fmt: skip
#: Records that are shared one by one, without permissions on the object.
_OPEN = frozenset({"User", "Task", "ContentDocument", "ContentVersion", "ContentDocumentLink"})
#: What guests reach beside objects that their profile names.
GUEST_OPEN = frozenset({"User", "ContentDocument", "ContentVersion", "ContentDocumentLink"})
_SYSTEM = frozenset({
    "Id", "Name", "IsDeleted", "OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById",
    "SystemModstamp", "IsPersonAccount", "PersonContactId", "IsClosed", "IsWon", "IsConverted", "LastActivityDate",
})  # fmt: skip


def governor(obj: SObject) -> str:
    """The object whose permissions count for this one; empty where nobody needs any."""
    if obj.name in _GOES_WITH:
        return _GOES_WITH[obj.name]
    return obj.name if obj.custom or (obj.sharing and obj.name not in _OPEN) else ""


def permissionable(obj: SObject, one: Field) -> bool:
    """Whether FieldPermissions rows decide who sees the field."""
    if governor(obj) != obj.name or one.name in _SYSTEM:
        return False
    return one.nillable or one.type == "boolean"


def permission_field(obj: SObject, one: Field) -> str:
    """The name under which the field's permissions stand: its own, or that of the address that it is a part of."""
    return next((whole.name for whole in obj.fields.values() if one.name in whole.components), one.name)


def permission_fields(obj: SObject) -> tuple[str, ...]:
    """Every field of the object that FieldPermissions rows may name."""
    names = (permission_field(obj, one) for one in obj.fields.values() if permissionable(obj, one))
    return tuple(dict.fromkeys(names))
