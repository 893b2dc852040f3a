"""What somebody could read in an org on a day: the bound of every leak whose rows no log names.

A snapshot has the permissions as they were while the attacker read; what was taken away since, by our own cuts too, is
added back, so that the answer is never too small. Rules: object reference, ObjectPermissions and FieldPermissions;
Salesforce Help, "View All" and "Modify All", and "Securely Share Your Experience Cloud Sites with Guest Users".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from leakresponse.core.types import ObjectInfo

#: Org-wide defaults under which every record of an object may be read by everybody who may read the object.
_OPEN = frozenset({"Read", "ReadWrite", "ReadWriteTransfer", "FullAccess"})
_SYSTEM = frozenset({
    "Id", "CreatedById", "CreatedDate", "IsDeleted", "LastModifiedById", "LastModifiedDate", "Name", "OwnerId",
    "SystemModstamp",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ObjectRight:
    """What one permission set gives on one object: its records at all, all of them, all fields of them."""

    read: bool = False
    all_records: bool = False
    all_fields: bool = False


@dataclass(frozen=True, slots=True)
class Grants:
    """What one permission set (or the hidden set of a profile) lets its holders read. `fields` as `Contact.Phone`."""

    view_all_data: bool = False
    view_all_fields: bool = False
    objects: Mapping[str, ObjectRight] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The permissions that count for a case.

    `holders`: permission sets by user id, profile's own set included. `guests`: users of public sites. `sharing`:
    internal and external org-wide default by object. `guarded`: fields that need a permission of their own, as
    `Contact.Phone`; a field that is not guarded comes with its object. `governed`: objects that need a permission;
    files, comments and users of a site come without one. `notes` say what the snapshot could not see.
    """

    as_of: datetime
    holders: Mapping[str, frozenset[str]]
    guests: frozenset[str]
    grants: Mapping[str, Grants]
    sharing: Mapping[str, tuple[str, str]]
    guarded: frozenset[str]
    governed: frozenset[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readable:
    """What somebody could read of one object. `all_records` False: sharing kept some back, how many is not known."""

    fields: frozenset[str]
    all_records: bool
    basis: str

    @property
    def nothing(self) -> bool:
        """Whether the object was closed."""
        return not self.fields


def readable(snapshot: Snapshot | None, principal: str, info: ObjectInfo) -> Readable:
    """The fields of an object that a user (18 characters) could read, and whether sharing kept records back.

    A user that the snapshot does not know, or no snapshot at all, may have read everything: a bound is never too low.
    """
    held = snapshot.holders.get(principal) if snapshot else None
    if snapshot is None or held is None:
        return Readable(frozenset(info.fields), True, "permissions are not known: every field of every record")
    grants = [snapshot.grants[one] for one in held if one in snapshot.grants]
    guest = principal in snapshot.guests
    right = _right(grants, info.name, guest) if info.name in snapshot.governed else ObjectRight(read=True)
    if not right.read:
        return Readable(frozenset(), False, f"no permission to read {info.name}")
    fields = frozenset(name for name in info.fields if _shows(snapshot, grants, right, info.name, name))
    internal, external = snapshot.sharing.get(info.name, ("", ""))
    open_to_all = (external if guest else internal) in _OPEN
    basis = "guest profile" if guest else "View All" if right.all_records else "object permissions and sharing"
    return Readable(fields, right.all_records or open_to_all, f"{basis} as of {snapshot.as_of:%Y-%m-%d}")


def with_rights(snapshot: Snapshot, set_id: str, rights: Collection[tuple[str, str]]) -> Snapshot:
    """The snapshot with rights given back: (`Contact`, `Read,ViewAllRecords`) or (`Contact.Email`, `Read`).

    That is how a cut keeps what it took away; a user permission reads (`PermissionsViewAllData`, `true`).
    """
    before = snapshot.grants.get(set_id, Grants())
    objects, fields = dict(before.objects), set(before.fields)
    view_data, view_fields = before.view_all_data, before.view_all_fields
    for name, acts in rights:
        held = set(acts.split(","))
        if "." in name:
            fields |= {name} if "Read" in held else set()
        elif name.startswith("Permissions"):
            view_data |= name in {"PermissionsViewAllData", "PermissionsModifyAllData"}
            view_fields |= name == "PermissionsViewAllFieldsGlobal"
        else:
            objects[name] = _sum(objects.get(name, ObjectRight()), right_of(held))
    grants = Grants(view_data, view_fields, objects, frozenset(fields))
    return replace(snapshot, grants={**snapshot.grants, set_id: grants})


def with_holder(snapshot: Snapshot, user_id: str, set_id: str) -> Snapshot:
    """The snapshot with a permission set that was taken from a user since."""
    held = snapshot.holders.get(user_id, frozenset()) | {set_id}
    return replace(snapshot, holders={**snapshot.holders, user_id: held})


def right_of(acts: Collection[str]) -> ObjectRight:
    """Acts as ObjectPermissions names them, without `Permissions`."""
    whole = bool({"ViewAllRecords", "ModifyAllRecords"} & set(acts))
    return ObjectRight("Read" in acts or whole, whole, "ViewAllFields" in acts)


def _right(grants: Collection[Grants], name: str, guest: bool) -> ObjectRight:
    """Everything together. Guests have no View All: guest profiles cannot hold it."""
    right = ObjectRight()
    for one in grants:
        right = _sum(right, one.objects.get(name, ObjectRight()))
        if one.view_all_data:
            right = _sum(right, ObjectRight(read=True, all_records=True))
    return replace(right, all_records=False) if guest else right


def _sum(first: ObjectRight, second: ObjectRight) -> ObjectRight:
    return ObjectRight(
        first.read or second.read, first.all_records or second.all_records, first.all_fields or second.all_fields
    )


def _shows(snapshot: Snapshot, grants: Collection[Grants], right: ObjectRight, name: str, field_name: str) -> bool:
    full = f"{name}.{field_name}"
    if full not in snapshot.guarded:  # the parts of an address go with the whole
        full = next((f"{name}.{whole}" for whole in _wholes(field_name)), full)
    if field_name in _SYSTEM or full not in snapshot.guarded:
        return True
    return right.all_fields or any(one.view_all_fields or full in one.fields for one in grants)


def _wholes(field_name: str) -> tuple[str, ...]:
    """`MailingAddress` for `MailingStreet`: FieldPermissions name compound addresses, not their parts."""
    parts = ("Street", "City", "StateCode", "State", "PostalCode", "CountryCode", "Country", "Latitude", "Longitude")
    return tuple(f"{field_name.removesuffix(one)}Address" for one in parts if field_name.endswith(one))
