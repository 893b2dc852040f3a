"""Who may do what, in the store: hidden permission sets of profiles, their permissions, roles, sharing, the guest site.

Every profile has a permission set of its own (IsOwnedByProfile), which carries its object and field permissions and is
assigned to all its users (object reference, PermissionSet). What Modify All Data gives is shown with ids that begin
with 000 (object reference, ObjectPermissions).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from leakresponse.rehearsal.org import cast, cast_access
from leakresponse.rehearsal.org.ids import new_id, numbered_id
from leakresponse.rehearsal.org.permissions_scope import governor, permission_fields
from leakresponse.rehearsal.org.schema_types import Schema, SObject
from leakresponse.rehearsal.org.sharing import share
from leakresponse.rehearsal.org.store import all_rows, put, put_all

Audit = Mapping[str, Any]
_FIRST_OWNED, _FIRST_PROFILE, _GUEST_NUMBER, _NIGHT_NUMBER = 1_000, 1, 950, 951
_FIELD_COLUMNS = ("Id", "ParentId", "SobjectType", "Field", "PermissionsRead", "PermissionsEdit", "SystemModstamp")


def make_access(db: sqlite3.Connection, schema: Schema, audit: Audit) -> None:
    """Complete profiles and users that are there, and add what controls access. Once per org, inside its making."""
    profiles = _profiles(db, audit)
    users = {row["Username"].split("@")[0]: row["Id"] for row in all_rows(db, 'SELECT Id, Username FROM "User"')}
    users |= _users(db, profiles, audit)
    for number, (name, profile_id) in enumerate(profiles.items(), 1):
        set_id = numbered_id("0PS", _FIRST_OWNED + number)
        _owned_set(db, set_id, name, profile_id, audit)
        grant(db, schema, set_id, cast_access.OBJECTS[name], audit, cast_access.HIDDEN.get(name, ()),
              writes=name not in cast_access.READERS, shown_as_all=name == cast_access.ADMIN)  # fmt: skip
    assign_owned(db, str(audit["SystemModstamp"]))
    _roles(db, users, audit)
    _site(db, users, profiles, audit)
    _share(db, users)


def grant(
    db: sqlite3.Connection, schema: Schema, set_id: str, objects: Mapping[str, str], audit: Audit,
    hidden: Iterable[str] = (), writes: bool = True, shown_as_all: bool = False,
) -> None:  # fmt: skip
    """Object permissions of a permission set by letters, and every field of these objects but the hidden ones."""
    concealed = frozenset(hidden)
    for obj in schema.objects.values():
        letters = objects.get(obj.name, objects.get(cast_access.EVERY, ""))
        if governor(obj) != obj.name or not letters:
            continue
        acts = {f"Permissions{cast_access.LETTERS[one]}": 1 for one in letters}
        row_id = new_id("000" if shown_as_all else "110")
        put(db, "ObjectPermissions", {
            "Id": row_id, "ParentId": set_id, "SobjectType": obj.name, **acts, **audit,
        })  # fmt: skip
        put_all(db, "FieldPermissions", _FIELD_COLUMNS, _field_rows(obj, set_id, concealed, writes, audit))


def _field_rows(obj: SObject, set_id: str, hidden: frozenset[str], writes: bool, audit: Audit) -> list[tuple[Any, ...]]:
    return [
        (new_id("01k"), set_id, obj.name, f"{obj.name}.{one}", 1, int(writes), audit["SystemModstamp"])
        for one in permission_fields(obj)
        if f"{obj.name}.{one}" not in hidden
    ]


def _profiles(db: sqlite3.Connection, audit: Audit) -> dict[str, str]:
    """Profiles by name; those that the cast does not have yet are made."""
    ids = {row["Name"]: row["Id"] for row in all_rows(db, "SELECT Id, Name FROM Profile ORDER BY Id")}
    for number, (name, held) in enumerate(cast_access.SYSTEM.items(), len(ids) + _FIRST_PROFILE):
        flags = {f"Permissions{one}": 1 for one in held}
        if name not in ids:
            ids[name] = numbered_id("00e", number)
            kind = "Guest" if name == cast_access.GUEST else "Standard"
            put(db, "Profile", {"Id": ids[name], "Name": name, "UserType": kind, **flags, **audit})
        elif flags:
            sets = ", ".join(f"{flag} = 1" for flag in flags)
            db.execute(" ".join(("UPDATE Profile SET", sets, "WHERE Id = ?")), (ids[name],))
    return ids


def _owned_set(db: sqlite3.Connection, set_id: str, name: str, profile_id: str, audit: Audit) -> None:
    """The hidden permission set of a profile: it has the profile's flags; its name is a key, as in real orgs."""
    profile = all_rows(db, "SELECT * FROM Profile WHERE Id = ?", profile_id)[0]
    flags = {flag: value for flag, value in profile.items() if flag.startswith("Permissions")}
    put(db, "PermissionSet", {
        "Id": set_id, "Name": f"X{profile_id}", "Label": name, "Type": "Profile", "IsOwnedByProfile": 1,
        "ProfileId": profile_id, **flags, **audit,
    })  # fmt: skip


def assign_owned(db: sqlite3.Connection, now: str, user_id: str = "") -> None:
    """Give every user (or one) the hidden set of the own profile, and take that of any other."""
    who = "AND AssigneeId = ?" if user_id else ""
    gone = "DELETE FROM PermissionSetAssignment WHERE PermissionSetId IN (SELECT Id FROM PermissionSet WHERE"
    db.execute(" ".join((gone, "IsOwnedByProfile = 1)", who)), (user_id,) if user_id else ())
    sql = 'SELECT u.Id AS user, p.Id AS owned FROM "User" u JOIN PermissionSet p ON p.ProfileId = u.ProfileId'
    rows = all_rows(db, f"{sql} WHERE u.Id = ?", user_id) if user_id else all_rows(db, sql)
    columns = ("Id", "AssigneeId", "PermissionSetId", "IsActive", "SystemModstamp")
    found = [(new_id("0Pa"), row["user"], row["owned"], 1, now) for row in rows]
    put_all(db, "PermissionSetAssignment", columns, found)


def _users(db: sqlite3.Connection, profiles: Mapping[str, str], audit: Audit) -> dict[str, str]:
    """The guest of the help centre and the night desk's user; the support users get their profile."""
    made = {}
    people = ((_GUEST_NUMBER, cast_access.GUEST_USER, "Help Center Site Guest User", cast_access.GUEST, "Guest"),
              (_NIGHT_NUMBER, "support.night", "Support Night", cast_access.NIGHT_DESK, "Standard"))  # fmt: skip
    for number, user, name, profile, kind in people:
        first, _, last = name.partition(" ")
        made[user] = numbered_id("005", number)
        put(db, "User", {
            "Id": made[user], "Username": cast.username(user), "Email": cast.username(user), "FirstName": first,
            "LastName": last, "Name": name, "Alias": user[:8], "IsActive": 1, "UserType": kind,
            "TimeZoneSidKey": "America/Los_Angeles", "ProfileId": profiles[profile], **audit,
        })  # fmt: skip
        login = {"Id": numbered_id("0Yw", number), "UserId": made[user], "LastModifiedDate": audit["SystemModstamp"]}
        put(db, "UserLogin", login)
    for user in ("support.lead", "support.second"):
        sql = 'UPDATE "User" SET ProfileId = ? WHERE Username = ?'
        db.execute(sql, (profiles[cast_access.SUPPORT], cast.username(user)))
    return made


def _roles(db: sqlite3.Connection, users: Mapping[str, str], audit: Audit) -> None:
    ids = {name: numbered_id("00E", number) for number, name in enumerate(cast_access.ROLES, 1)}
    changed = {key: value for key, value in audit.items() if not key.startswith("Created")}
    for name, above in cast_access.ROLES.items():
        put(db, "UserRole", {
            "Id": ids[name], "Name": name, "DeveloperName": name.replace(" ", "_"),
            "ParentRoleId": ids.get(above), "OpportunityAccessForAccountOwner": "Edit", **changed,
        })  # fmt: skip
    for user, role in cast_access.ROLE_OF.items():
        db.execute('UPDATE "User" SET UserRoleId = ? WHERE Id = ?', (ids[role], users[user]))
    others = "WHERE UserRoleId IS NULL AND ProfileId = (SELECT Id FROM Profile WHERE Name = ?)"
    sql = " ".join(('UPDATE "User" SET UserRoleId = ?', others))
    db.execute(sql, (ids["Store Staff"], cast_access.STAFF))


def _share(db: sqlite3.Connection, users: Mapping[str, str]) -> None:
    """The support group and the sharing rules."""
    group = all_rows(db, 'SELECT Id FROM "Group" WHERE Name = ?', cast_access.SUPPORT_GROUP)[0]["Id"]
    for rule in cast_access.SHARED:
        kind, to = ("guest", users[cast_access.GUEST_USER]) if rule.guests else ("criteria", group)
        share(db, rule.object, to, rule.field, rule.value, kind, rule.access)


def _site(db: sqlite3.Connection, users: Mapping[str, str], profiles: Mapping[str, str], audit: Audit) -> None:
    """The support group, and the public help centre with its guest."""
    group = numbered_id("00G", 1)
    put(db, "Group", {
        "Id": group, "Name": cast_access.SUPPORT_GROUP, "DeveloperName": cast_access.SUPPORT_GROUP, "Type": "Regular",
        "DoesIncludeBosses": 1, **audit,
    })  # fmt: skip
    for number, user in enumerate(cast_access.GROUP_MEMBERS, 1):
        row = {"Id": numbered_id("011", number), "GroupId": group, "UserOrGroupId": users[user]}
        put(db, "GroupMember", {**row, "SystemModstamp": audit["SystemModstamp"]})
    label, admin = cast_access.SITE.replace("_", " "), users[cast.RESPONDER]
    put(db, "Site", {
        "Id": numbered_id("0DM", 1), "Name": cast_access.SITE, "MasterLabel": label, "Status": "Active",
        "SiteType": "ChatterNetwork", "UrlPathPrefix": cast_access.SITE_PATH,
        "GuestUserId": users[cast_access.GUEST_USER], "AdminId": admin, "GuestRecordDefaultOwnerId": admin, **audit,
    })  # fmt: skip
    put(db, "Network", {
        "Id": numbered_id("0DB", 1), "Name": label, "Status": "Live", "UrlPathPrefix": cast_access.SITE_PATH,
        "OptionsGuestChatterEnabled": 1, "EmailSenderName": label, **audit,
    })  # fmt: skip
