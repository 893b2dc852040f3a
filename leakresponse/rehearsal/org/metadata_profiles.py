"""Profiles by deploy: a file changes only what it names (Metadata API guide, Profile).

Permissions lie in the profile's own permission set; login address ranges count from the next login on.
"""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.login_ranges import is_range, keep_ranges
from leakresponse.rehearsal.org.metadata_apps import PROFILE_NAMES
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, Kind, Outcome, Run, stored_tree
from leakresponse.rehearsal.org.metadata_rights import RIGHTS, apply_rights, read_rights
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, said, tree
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

_SQL = (
    "SELECT p.Id AS profile_id, p.Name AS profile, p.UserType AS user_type, p.Description AS words, s.* "
    "FROM Profile p JOIN PermissionSet s ON s.ProfileId = p.Id WHERE p.Name = ?"
)
_SHORT = {label: name for name, label in PROFILE_NAMES.items()}
_STANDARD = frozenset(PROFILE_NAMES.values())


def _profile(db: Any, name: str) -> dict[str, Any] | None:
    return first_row(db, _SQL, PROFILE_NAMES.get(name, name))


def apply_profile(run: Run, name: str, root: Element) -> Outcome:
    """Change a profile, or make one without any permission (a copy of Minimum Access, v60). Raises ComponentRefused."""
    row = _profile(run.db, name)
    created = row is None
    if row is None:
        row = _made(run, name)
    words = said(root, "description")
    if words is not None:
        run.db.execute("UPDATE Profile SET Description = ? WHERE Id = ?", (words, row["profile_id"]))
    _ranges(run, row, root)
    apply_rights(run, "PermissionSet", row["Id"], root, replaces=False, created=False)
    return Outcome(created, row["profile_id"])


def _made(run: Run, name: str) -> dict[str, Any]:
    profile_id = new_id("00e")
    put(run.db, "Profile", {"Id": profile_id, "Name": name, "UserType": "Standard", **run.stamps()})
    put(run.db, "PermissionSet", {
        "Id": new_id("0PS"), "Name": f"X{profile_id}", "Label": name, "Type": "Profile", "IsOwnedByProfile": 1,
        "ProfileId": profile_id, **run.stamps(),
    })  # fmt: skip
    run.trail("profileCreated", "Manage Users", f"Created profile {name}")
    return _profile(run.db, name) or {}


def _ranges(run: Run, row: dict[str, Any], root: Element) -> None:
    """Login address ranges: a file that has any replaces all; an empty element takes all away."""
    listed = root.findall("loginIpRanges")
    given = [(said(one, "startAddress") or "", said(one, "endAddress") or "") for one in listed if len(one)]
    for first, last in given:
        if not is_range(first, last):
            raise ComponentRefused(f"Invalid IP address range: {first[:45]} - {last[:45]}")
    if listed:
        keep_ranges(run.db, row["profile_id"], given)
        run.trail("changedLoginIpRange_withProfile", None, f"Changed login IP ranges of profile {row['profile']}")


def read_profile(world: World, name: str) -> Element | None:
    """A profile as it now is."""
    row = _profile(world.store.reader, name)
    if row is None:
        return None
    kept = stored_tree(world, "Profile", name)
    head = tree("x", [
        ("custom", row["profile"] not in _STANDARD), ("description", row["words"]), ("userLicense", "Salesforce"),
    ])  # fmt: skip
    known = ("custom", "description", "userLicense", *RIGHTS)
    return overlaid(Element("Profile") if kept is None else kept, [*head, *read_rights(world, row, kept)], known)


def profile_names(world: World) -> list[str]:
    """Every profile by its metadata name."""
    return [_SHORT.get(row["Name"], row["Name"]) for row in world.store.all("SELECT Name FROM Profile")]


def remove_profile(run: Run, name: str) -> bool:
    """Delete a custom profile that nobody has. Raises ComponentRefused."""
    row = _profile(run.db, name)
    if row is None:
        return False
    if first_row(run.db, 'SELECT Id FROM "User" WHERE ProfileId = ? LIMIT 1', row["profile_id"]):
        raise ComponentRefused("Cannot delete a profile that is assigned to users")
    gone = (("ObjectPermissions", "ParentId"), ("FieldPermissions", "ParentId"), ("PermissionSet", "Id"))
    for table, column, value in (*((*one, row["Id"]) for one in gone), ("Profile", "Id", row["profile_id"])):
        run.db.execute(" ".join(("DELETE FROM", table, "WHERE", column, "= ?")), (value,))
    return True


KINDS = (
    Kind("Profile", "profiles", "profile", merges=True, apply=apply_profile, read=read_profile, names=profile_names,
         remove=remove_profile),
)  # fmt: skip
