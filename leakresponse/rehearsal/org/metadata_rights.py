"""User, object and field permissions of a permission set, a profile's own set or a muting set, in rows and in XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, Run
from leakresponse.rehearsal.org.metadata_permission_names import KNOWN
from leakresponse.rehearsal.org.metadata_xml import Element, said, tree, truth
from leakresponse.rehearsal.org.permission_trail import Change, changed
from leakresponse.rehearsal.org.permission_writes import (
    after_permission_delete,
    after_permission_write,
    before_permission_delete,
)
from leakresponse.rehearsal.org.permissions_scope import governor, permission_fields
from leakresponse.rehearsal.org.schema_permissions import PERMISSIONS
from leakresponse.rehearsal.org.store import all_rows, put
from leakresponse.rehearsal.org.world import World

RIGHTS = ("userPermissions", "objectPermissions", "fieldPermissions")
#: Elements of objectPermissions and the fields of ObjectPermissions behind them.
_ACTS: Mapping[str, str] = {
    "allowCreate": "PermissionsCreate", "allowDelete": "PermissionsDelete", "allowEdit": "PermissionsEdit",
    "allowRead": "PermissionsRead", "modifyAllRecords": "PermissionsModifyAllRecords",
    "viewAllFields": "PermissionsViewAllFields", "viewAllRecords": "PermissionsViewAllRecords",
}  # fmt: skip
#: Rows that Modify All Data generates; nobody writes them.
_GENERATED = "000"


def apply_rights(run: Run, table: str, row_id: str, root: Element, replaces: bool, created: bool) -> None:
    """Let a set have what its file says; with `replaces`, nothing else. Raises ComponentRefused, ApiRefused."""
    _flags(run, table, row_id, root, replaces, created)
    _rows(run, "ObjectPermissions", "SobjectType", row_id, dict(_objects(run, root)), replaces)
    _rows(run, "FieldPermissions", "Field", row_id, dict(_fields(run, root)), replaces)


def _flags(run: Run, table: str, row_id: str, root: Element, replaces: bool, created: bool) -> None:
    wanted = {said(one, "name") or "": truth(said(one, "enabled")) for one in root.findall("userPermissions")}
    for name in wanted:
        if name not in KNOWN and name not in PERMISSIONS:
            raise ComponentRefused(f"Unknown user permission: {name}")
    wanted = {name: on for name, on in wanted.items() if name in PERMISSIONS}
    if replaces:
        wanted = {name: wanted.get(name, False) for name in PERMISSIONS}
    row = all_rows(run.db, f'SELECT * FROM "{table}" WHERE Id = ?', row_id)[0]  # noqa: S608 - a table of ours
    moved = {name: on for name, on in wanted.items() if bool(row[f"Permissions{name}"]) != on}
    if moved:
        sets = ", ".join(f'"Permissions{name}" = ?' for name in moved)
        run.db.execute(" ".join(("UPDATE", table, "SET", sets, "WHERE Id = ?")), (*map(int, moved.values()), row_id))
    if moved or created:
        after_permission_write(run.call, run.db, run.world.store.schema[table], row_id, created)
        changed(run.call, run.db, row_id, [Change("UserPerm", name, on) for name, on in moved.items()])


def _objects(run: Run, root: Element) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of ObjectPermissions by object."""
    for one in root.findall("objectPermissions"):
        name = said(one, "object") or ""
        obj = run.world.store.schema.get(name)
        if obj is None or governor(obj) != obj.name:
            raise ComponentRefused(f"In field: field - no CustomObject named {name} found")
        acts = {column: int(truth(said(one, tag))) for tag, column in _ACTS.items()}
        yield obj.name, {"SobjectType": obj.name, **acts}


def _fields(run: Run, root: Element) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of FieldPermissions by field."""
    for one in root.findall("fieldPermissions"):
        whole = said(one, "field") or ""
        name, _, part = whole.partition(".")
        obj = run.world.store.schema.get(name)
        found = obj.field(part) if obj else None
        if obj is None or found is None:
            raise ComponentRefused(f"In field: field - no CustomField named {whole} found")
        if found.name not in permission_fields(obj):
            raise ComponentRefused(f"You cannot deploy to a required field: {whole}")
        edit = truth(said(one, "editable"))
        read = edit or truth(said(one, "readable"))
        shown = f"{obj.name}.{found.name}"
        yield shown, {
            "SobjectType": obj.name, "Field": shown, "PermissionsRead": int(read), "PermissionsEdit": int(edit),
        }  # fmt: skip


def _rows(run: Run, table: str, key: str, parent: str, wanted: dict[str, dict[str, Any]], replaces: bool) -> None:
    """Make the rows of a set what they should be, touching only those that differ."""
    there = {row[key]: row for row in all_rows(run.db, f"SELECT * FROM {table} WHERE ParentId = ?", parent)}  # noqa: S608
    obj = run.world.store.schema[table]
    gone = [name for name, row in wanted.items() if not _holds(row)]
    gone += [name for name in there if name not in wanted] if replaces else []
    for name in gone:
        row = there.get(name)
        if row and not row["Id"].startswith(_GENERATED):
            before_permission_delete(run.call, run.db, obj, row["Id"])
            run.db.execute(" ".join(("DELETE FROM", table, "WHERE Id = ?")), (row["Id"],))
            after_permission_delete(run.call, run.db, obj)
    for name, row in wanted.items():
        before = there.get(name)
        same = before is not None and all(before[column] == value for column, value in row.items())
        if _holds(row) and not same and not (before and before["Id"].startswith(_GENERATED)):
            _write(run, table, parent, row, before)


def _write(run: Run, table: str, parent: str, row: dict[str, Any], before: dict[str, Any] | None) -> None:
    obj = run.world.store.schema[table]
    stamps = {name: value for name, value in run.stamps(before is None).items() if name in obj.fields}
    row_id = before["Id"] if before else new_id(obj.key_prefix)
    if before is None:
        put(run.db, table, {"Id": row_id, "ParentId": parent, **row, **stamps})
    else:
        sets = ", ".join(f"{name} = ?" for name in (*row, *stamps))
        sql = " ".join(("UPDATE", table, "SET", sets, "WHERE Id = ?"))
        run.db.execute(sql, (*row.values(), *stamps.values(), row_id))
    after_permission_write(run.call, run.db, obj, row_id, before is None)


def _holds(row: Mapping[str, Any]) -> bool:
    return any(value for name, value in row.items() if name.startswith("Permissions"))


def read_rights(world: World, row: Mapping[str, Any], kept: Element | None = None) -> list[Element]:
    """The permissions of a set as XML; `row` is its own row with the flags, `kept` what was last deployed.

    Permissions that the org does not enforce come from there.
    """
    found = [
        tree("fieldPermissions", [
            ("editable", bool(one["PermissionsEdit"])), ("field", one["Field"]),
            ("readable", bool(one["PermissionsRead"])),
        ])
        for one in world.store.all("SELECT * FROM FieldPermissions WHERE ParentId = ? ORDER BY Field", row["Id"])
    ]  # fmt: skip
    for one in world.store.all("SELECT * FROM ObjectPermissions WHERE ParentId = ? ORDER BY SobjectType", row["Id"]):
        acts: dict[str, object] = {tag: bool(one[column]) for tag, column in _ACTS.items()}
        parts = sorted({**acts, "object": one["SobjectType"]}.items())
        found.append(tree("objectPermissions", parts))
    held = [name for name in sorted(PERMISSIONS) if row[f"Permissions{name}"]]
    unenforced = [] if kept is None else kept.findall("userPermissions")
    found += [one for one in unenforced if truth(said(one, "enabled")) and str(said(one, "name")) not in PERMISSIONS]
    return found + [tree("userPermissions", [("enabled", True), ("name", name)]) for name in held]
