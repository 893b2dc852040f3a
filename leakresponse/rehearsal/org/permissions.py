"""What one user may do: the profile's hidden permission set and every assigned one, added up.

A group of permission sets has a set of its own, which `permission_groups` computes, so that assignments are enough
(object reference: PermissionSetAssignment, ObjectPermissions, FieldPermissions; Salesforce Help, "View All" and "Modify
All"). View All Data and Modify All Data open every object, not every field; View All Fields does (v63).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from leakresponse.rehearsal.org import access_tables
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.permissions_scope import GUEST_OPEN, governor, permission_field, permissionable
from leakresponse.rehearsal.org.schema_permissions import PERMISSIONS
from leakresponse.rehearsal.org.schema_types import Field, SObject
from leakresponse.rehearsal.org.world import World

ACTS = ("Read", "Create", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords", "ViewAllFields")
_NEVER_GUESTS = frozenset({"Edit", "Delete", "ViewAllRecords", "ModifyAllRecords"})
#: The permission sets of a user, and when the next assignment ends.
_SETS = """
SELECT ps.Id, NULL AS ends FROM "User" u JOIN PermissionSet ps ON ps.ProfileId = u.ProfileId WHERE u.Id = :user
UNION SELECT a.PermissionSetId, a.ExpirationDate FROM PermissionSetAssignment a
WHERE a.AssigneeId = :user AND a.IsActive = 1 AND a.IsRevoked = 0
AND (a.ExpirationDate IS NULL OR a.ExpirationDate > :now)
"""
_GROUPS = """
WITH RECURSIVE mine(id) AS (
  SELECT GroupId FROM GroupMember WHERE UserOrGroupId = ?
  UNION SELECT m.GroupId FROM GroupMember m JOIN mine ON m.UserOrGroupId = mine.id)
SELECT id FROM mine
"""
_BELOW = """
WITH RECURSIVE below(id) AS (
  SELECT r.Id FROM UserRole r JOIN "User" u ON u.UserRoleId = r.ParentRoleId WHERE u.Id = ?
  UNION SELECT r.Id FROM UserRole r JOIN below ON r.ParentRoleId = below.id)
SELECT id FROM below
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A sharing rule that reaches the user: records whose `field` has `value` (every record without a field)."""

    object: str
    kind: str
    field: str
    value: str
    access: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a user may do. `objects` are acts by object, `fields` whether a field may be written, by object and field.

    `roles` are those below the user's own, `groups` the user's, `until` the moment at which an assignment ends.
    """

    user_id: str
    guest: bool
    system: frozenset[str]
    objects: Mapping[str, frozenset[str]]
    fields: Mapping[str, Mapping[str, bool]]
    roles: tuple[str, ...] = ()
    role: str = ""
    groups: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    until: str = ""
    _readable: dict[str, tuple[SObject, frozenset[str]]] = field(default_factory=dict, repr=False, compare=False)

    def may(self, act: str, obj: SObject) -> bool:
        """Whether the user may do this with records of the object, as far as permissions go."""
        name = governor(obj)
        if not name:
            return not self.guest or obj.name in GUEST_OPEN
        if self.guest:
            return act not in _NEVER_GUESTS and act in self.objects.get(name, ())
        if "ModifyAllData" in self.system or ("ViewAllData" in self.system and act in {"Read", "ViewAllRecords"}):
            return True
        return act in self.objects.get(name, ())

    def sees_all(self, obj: SObject) -> bool:
        """Whether sharing does not count when the user reads this object."""
        return self._all(obj, "ViewAllData", "ViewAllRecords")

    def changes_all(self, obj: SObject) -> bool:
        """Whether sharing does not count when the user changes or deletes records of this object."""
        return self._all(obj, "ModifyAllData", "ModifyAllRecords")

    def _all(self, obj: SObject, permission: str, act: str) -> bool:
        if self.guest:
            return False
        return bool({permission, "ModifyAllData"} & self.system) or act in self.objects.get(governor(obj), ())

    def readable(self, obj: SObject) -> frozenset[str]:
        """The fields of an object that the user sees."""
        known = self._readable.get(obj.name)
        if known is None or known[0] is not obj:
            shown = frozenset(one.name for one in obj.fields.values() if self._shows(obj, one))
            known = self._readable[obj.name] = (obj, shown)
        return known[1]

    def _shows(self, obj: SObject, one: Field) -> bool:
        if not permissionable(obj, one) or self._every_field(obj):
            return True
        return permission_field(obj, one) in self.fields.get(obj.name, {})

    def _every_field(self, obj: SObject) -> bool:
        return "ViewAllFieldsGlobal" in self.system or "ViewAllFields" in self.objects.get(obj.name, ())

    def writes(self, obj: SObject, one: Field) -> bool:
        """Whether the user may write the field, where the field can be written at all.

        That both Modify All Data and View All Fields open every field to writing is not confirmed.
        """
        if not permissionable(obj, one) or {"ModifyAllData", "ViewAllFieldsGlobal"} <= self.system:
            return True
        return self.fields.get(obj.name, {}).get(permission_field(obj, one), False)


def held_by(world: World, user_id: str) -> Held:
    """What a user may do now; remembered until any row changes that access hangs on."""
    store = world.store
    number = access_tables.version(store.reader)
    kept = world.held.get(user_id)
    if kept is not None and kept[0] == number and not (kept[1].until and kept[1].until <= iso(world.clock.now())):
        return kept[1]
    found = _load(store.reader, user_id, iso(world.clock.now()))
    if not store.is_writing:
        world.held[user_id] = (number, found)
    return found


def _load(db: sqlite3.Connection, user_id: str, now: str) -> Held:
    found = db.execute(_SETS, {"user": user_id, "now": now}).fetchall()
    sets = sorted({row[0] for row in found})
    who = db.execute('SELECT UserType, UserRoleId FROM "User" WHERE Id = ?', (user_id,)).fetchone() or ("", None)
    groups = tuple(row[0] for row in db.execute(_GROUPS, (user_id,)))
    return Held(
        user_id, who[0] == "Guest", _system(db, user_id, sets), _objects(db, sets), _fields(db, sets),
        roles=tuple(row[0] for row in db.execute(_BELOW, (user_id,))), role=who[1] or "", groups=groups,
        rules=_rules(db, (user_id, who[1] or "", *groups)), until=min((row[1] for row in found if row[1]), default=""),
    )  # fmt: skip


def _places(values: list[str] | tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


def _system(db: sqlite3.Connection, user_id: str, sets: list[str]) -> frozenset[str]:
    """User permissions; the flags of the profile and of its hidden set are the same and are both read."""
    columns = ", ".join(f'MAX("Permissions{name}")' for name in PERMISSIONS)
    sql = (
        f"SELECT {columns} FROM PermissionSet WHERE Id IN ({_places(sets)}) UNION ALL "  # noqa: S608 - names of our own schema
        f'SELECT {columns} FROM Profile WHERE Id = (SELECT ProfileId FROM "User" WHERE Id = ?)'
    )
    rows = db.execute(sql, (*sets, user_id)).fetchall()
    return frozenset(name for row in rows for name, held in zip(PERMISSIONS, row, strict=True) if held)


def _objects(db: sqlite3.Connection, sets: list[str]) -> dict[str, frozenset[str]]:
    columns = ", ".join(f"MAX(Permissions{act})" for act in ACTS)
    where = f"WHERE ParentId IN ({_places(sets)}) GROUP BY SobjectType"
    rows = db.execute(" ".join(("SELECT SobjectType,", columns, "FROM ObjectPermissions", where)), sets)
    return {row[0]: frozenset(act for act, held in zip(ACTS, row[1:], strict=True) if held) for row in rows}


def _fields(db: sqlite3.Connection, sets: list[str]) -> dict[str, dict[str, bool]]:
    where = f"WHERE PermissionsRead = 1 AND ParentId IN ({_places(sets)}) GROUP BY SobjectType, Field"
    sql = " ".join(("SELECT SobjectType, Field, MAX(PermissionsEdit) FROM FieldPermissions", where))
    found: dict[str, dict[str, bool]] = {}
    for name, one, edit in db.execute(sql, sets):
        found.setdefault(name, {})[one.partition(".")[2]] = bool(edit)
    return found


def _rules(db: sqlite3.Connection, reached: tuple[str, ...]) -> tuple[Rule, ...]:
    known = tuple(one for one in reached if one)
    sql = " ".join(
        ("SELECT object, kind, field, value, access FROM sim_sharing_rule WHERE shared_to IN", f"({_places(known)})")
    )
    return tuple(Rule(*row) for row in db.execute(sql, known))
