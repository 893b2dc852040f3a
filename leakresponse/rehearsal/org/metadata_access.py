"""Permission sets, muting permission sets and groups of permission sets by deploy.

From version 40 on a PermissionSet file replaces the whole set: what it leaves out is taken away (Metadata API guide,
PermissionSet; marked unconfirmed in the notes). Words of problems are those of published deploys: "Unknown user
permission", "In field: field - no CustomField named", "You cannot deploy to a required field".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, Kind, Outcome, Run, check_name, stored_tree
from leakresponse.rehearsal.org.metadata_rights import RIGHTS, apply_rights, read_rights
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, said, texts, tree, truth
from leakresponse.rehearsal.org.permission_groups import compute_all
from leakresponse.rehearsal.org.permission_writes import before_permission_delete
from leakresponse.rehearsal.org.store import all_rows, first_row, put
from leakresponse.rehearsal.org.world import World

#: From this version on a file says everything about its set.
REPLACES = 40.0


def _own_set(db: Any, name: str) -> dict[str, Any] | None:
    sql = "SELECT * FROM PermissionSet WHERE Name = ? AND IsOwnedByProfile = 0 AND IFNULL(Type, '') != 'Group'"
    return first_row(db, sql, name)


def apply_set(run: Run, name: str, root: Element) -> Outcome:
    """Make or change a permission set. Raises ComponentRefused."""
    there = _own_set(run.db, name)
    facts = {"Label": said(root, "label"), "Description": said(root, "description")}
    if there is None:
        if not facts["Label"]:
            raise ComponentRefused("Required fields are missing: [Label]")
        check_name("Permission Set", name)
        set_id = new_id("0PS")
        put(run.db, "PermissionSet", {
            "Id": set_id, "Name": name, **facts, "Type": "Regular", "IsCustom": 1, **run.stamps(),
        })  # fmt: skip
    else:
        set_id = there["Id"]
        sql = (
            "UPDATE PermissionSet SET Label = ?, Description = ?, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ?"
        )
        at = iso(run.call.now)
        run.db.execute(sql, (facts["Label"] or there["Label"], facts["Description"], at, at, set_id))
    apply_rights(run, "PermissionSet", set_id, root, run.version >= REPLACES, created=there is None)
    return Outcome(there is None, set_id)


def read_set(world: World, name: str) -> Element | None:
    """A permission set as it now is."""
    row = _own_set(world.store.reader, name)
    if row is None:
        return None
    kept = stored_tree(world, "PermissionSet", name)
    head = tree("PermissionSet", [("description", row["Description"]), ("label", row["Label"])])
    fresh = [*head, *read_rights(world, row, kept)]
    if kept is None:
        fresh.append(tree("hasActivationRequired", []))
        fresh[-1].text = "false"
        kept = Element("PermissionSet")
    return overlaid(kept, fresh, (*RIGHTS, "description", "label"))


def set_names(world: World) -> list[str]:
    """Every permission set that is no profile's and no group's."""
    sql = "SELECT Name FROM PermissionSet WHERE IsOwnedByProfile = 0 AND IFNULL(Type, '') != 'Group'"
    return [row["Name"] for row in world.store.all(sql)]


def remove_set(run: Run, name: str) -> bool:
    """Delete a permission set; one that somebody holds stays."""
    row = _own_set(run.db, name)
    if row is None:
        return False
    before_permission_delete(run.call, run.db, run.world.store.schema["PermissionSet"], row["Id"])
    run.db.execute("DELETE FROM PermissionSet WHERE Id = ?", (row["Id"],))
    return True


def apply_muting(run: Run, name: str, root: Element) -> Outcome:
    """Make or change a muting permission set."""
    there = first_row(run.db, "SELECT * FROM MutingPermissionSet WHERE DeveloperName = ?", name)
    row_id = there["Id"] if there else new_id("0QM")
    if there is None:
        put(run.db, "MutingPermissionSet", {
            "Id": row_id, "DeveloperName": name, "MasterLabel": said(root, "label") or name, "Language": "en_US",
            **run.stamps(),
        })  # fmt: skip
    apply_rights(run, "MutingPermissionSet", row_id, root, replaces=True, created=False)
    compute_all(run.db, iso(run.call.now))
    return Outcome(there is None, row_id)


def apply_group(run: Run, name: str, root: Element) -> Outcome:
    """Make or change a group of permission sets; its own set is computed at once."""
    there = first_row(run.db, "SELECT * FROM PermissionSetGroup WHERE DeveloperName = ? AND IsDeleted = 0", name)
    row_id = there["Id"] if there else new_id("0PG")
    label = said(root, "label") or (there["MasterLabel"] if there else name)
    if there is None:
        put(run.db, "PermissionSetGroup", {
            "Id": row_id, "DeveloperName": name, "MasterLabel": label, "Language": "en_US", "Status": "Updated",
            "Description": said(root, "description"),
            "HasActivationRequired": int(truth(said(root, "hasActivationRequired"))), **run.stamps(),
        })  # fmt: skip
    else:
        run.db.execute("UPDATE PermissionSetGroup SET MasterLabel = ?, Description = ? WHERE Id = ?",
                       (label, said(root, "description"), row_id))  # fmt: skip
    _members(run, row_id, root)
    compute_all(run.db, iso(run.call.now))
    return Outcome(there is None, row_id)


def _members(run: Run, group_id: str, root: Element) -> None:
    """The sets of a group, and the muting set that belongs to it."""
    run.db.execute("DELETE FROM PermissionSetGroupComponent WHERE PermissionSetGroupId = ?", (group_id,))
    for name in texts(root, "permissionSets"):
        found = _own_set(run.db, name)
        if found is None:
            raise ComponentRefused(f"In field: permissionSets - no PermissionSet named {name} found")
        put(run.db, "PermissionSetGroupComponent", {
            "Id": new_id("0PF"), "PermissionSetGroupId": group_id, "PermissionSetId": found["Id"], **run.stamps(),
        })  # fmt: skip
    run.db.execute("UPDATE MutingPermissionSet SET PermissionSetGroupId = NULL WHERE PermissionSetGroupId = ?",
                   (group_id,))  # fmt: skip
    for name in texts(root, "mutingPermissionSets"):
        sql = "UPDATE MutingPermissionSet SET PermissionSetGroupId = ? WHERE DeveloperName = ?"
        if run.db.execute(sql, (group_id, name)).rowcount == 0:
            raise ComponentRefused(f"In field: mutingPermissionSets - no MutingPermissionSet named {name} found")


def read_group(world: World, name: str) -> Element | None:
    """A group as it now is."""
    row = world.store.one("SELECT * FROM PermissionSetGroup WHERE DeveloperName = ? AND IsDeleted = 0", name)
    if row is None:
        return None
    members = (
        "SELECT p.Name FROM PermissionSetGroupComponent c JOIN PermissionSet p ON p.Id = c.PermissionSetId "
        "WHERE c.PermissionSetGroupId = ? AND c.IsDeleted = 0 ORDER BY p.Name"
    )
    muting = "SELECT DeveloperName FROM MutingPermissionSet WHERE PermissionSetGroupId = ?"
    parts: list[tuple[str, object]] = [
        ("description", row["Description"]), ("hasActivationRequired", bool(row["HasActivationRequired"])),
        ("label", row["MasterLabel"]), ("status", row["Status"]),
    ]  # fmt: skip
    parts += [("mutingPermissionSets", one["DeveloperName"]) for one in world.store.all(muting, row["Id"])]
    parts += [("permissionSets", one["Name"]) for one in all_rows(world.store.reader, members, row["Id"])]
    return overlaid(Element("PermissionSetGroup"), list(tree("x", parts)), ())


def read_muting(world: World, name: str) -> Element | None:
    """A muting permission set as it now is."""
    row = world.store.one("SELECT * FROM MutingPermissionSet WHERE DeveloperName = ?", name)
    if row is None:
        return None
    head = tree("x", [("label", row["MasterLabel"])])
    return overlaid(Element("MutingPermissionSet"), [*head, *read_rights(world, row)], ())


def _named(table: str, where: str = "") -> Callable[[World], list[str]]:
    sql = " ".join(("SELECT DeveloperName FROM", table, where))
    return lambda world: [row["DeveloperName"] for row in world.store.all(sql)]


def _remover(table: str) -> Callable[[Run, str], bool]:
    def remove(run: Run, name: str) -> bool:
        row = first_row(run.db, " ".join(("SELECT Id FROM", table, "WHERE DeveloperName = ?")), name)
        if row is None:
            return False
        before_permission_delete(run.call, run.db, run.world.store.schema[table], row["Id"])
        run.db.execute(" ".join(("DELETE FROM", table, "WHERE Id = ?")), (row["Id"],))
        compute_all(run.db, iso(run.call.now))
        return True

    return remove


KINDS = (
    Kind("PermissionSet", "permissionsets", "permissionset", apply=apply_set, read=read_set, names=set_names,
         remove=remove_set),
    Kind("MutingPermissionSet", "mutingpermissionsets", "mutingpermissionset", apply=apply_muting, read=read_muting,
         names=_named("MutingPermissionSet"), remove=_remover("MutingPermissionSet")),
    Kind("PermissionSetGroup", "permissionsetgroups", "permissionsetgroup", apply=apply_group, read=read_group,
         names=_named("PermissionSetGroup", "WHERE IsDeleted = 0"), remove=_remover("PermissionSetGroup")),
)  # fmt: skip
