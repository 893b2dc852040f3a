"""What users could read in an org while the attacker was there: permissions, org-wide defaults, and changes since.

Object reference: PermissionSet, PermissionSetAssignment, ObjectPermissions, FieldPermissions, EntityDefinition; changes
are in PermissionSetEventStore, which filters by EventDate alone. Others' permissions need View Setup.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.logs import stored_events
from leakresponse.core.errors import Refused
from leakresponse.core.permissions import Grants, Snapshot, right_of, with_holder, with_rights
from leakresponse.core.soql.build import all_of, batches, compare, count, equals, isin, select

#: Rights that a cut took away, by the profile or permission set it took them from: (`Contact`, `Read`) and so on.
Taken = Mapping[str, Collection[tuple[str, str]]]
_WIDE = ("PermissionsViewAllData", "PermissionsModifyAllData", "PermissionsViewAllFieldsGlobal")
_ACTS = ("Read", "ViewAllRecords", "ModifyAllRecords", "ViewAllFields")
_EVENT = ("EventDate", "Operation", "ParentIdList", "ImpactedUserIds", "PermissionList")
#: An org without one of these objects, or a responder who may not see it, gives a snapshot with a note.
_ABSENT = frozenset({"INVALID_TYPE", "INVALID_FIELD", "NOT_FOUND", "INSUFFICIENT_ACCESS"})


def read_snapshot(
    client: SalesforceClient, user_ids: Iterable[str], objects: Collection[str], window: tuple[datetime, datetime],
    taken: Taken | None = None,
) -> Snapshot:  # fmt: skip
    """The permissions of these users on these objects in a window: as they are now, with what was taken since put back.

    Users that the org does not know any more are left out, and count as able to read everything.
    """
    wanted = sorted({one for one in user_ids if one})
    users = _all(client, "User", ["Id", "ProfileId", "UserType"], "Id", wanted)
    own = _all(client, "PermissionSet", ["Id", "ProfileId"], "ProfileId", [row["ProfileId"] for row in users])
    of_profile = {row["ProfileId"]: row["Id"] for row in own}
    given = _all(client, "PermissionSetAssignment", ["AssigneeId", "PermissionSetId"], "AssigneeId", wanted)
    changes, notes = _changes(client, window[0])
    holders = {row["Id"]: {of_profile[row["ProfileId"]]} for row in users if row["ProfileId"] in of_profile}
    for row in given:
        holders.setdefault(row["AssigneeId"], set()).add(row["PermissionSetId"])
    sets = {one for held in holders.values() for one in held} | {one for change in changes for one in change.sets}
    snapshot = Snapshot(
        window[1], {user: frozenset(held) for user, held in holders.items()},
        frozenset(row["Id"] for row in users if row["UserType"] == "Guest"), _grants(client, sets, objects),
        _sharing(client, objects), _guarded(client, objects), _governed(client), notes,
    )  # fmt: skip
    for change in changes:
        snapshot = change.undone(snapshot, frozenset(wanted))
    for target, rights in (taken or {}).items():
        snapshot = with_rights(snapshot, of_profile.get(target, target), rights)
    return snapshot


def key_prefixes(client: SalesforceClient) -> dict[str, str]:
    """Objects by the key prefix of their ids."""
    body = client.call("GET", "/sobjects").json()
    return {one["keyPrefix"]: one["name"] for one in body["sobjects"] if one.get("keyPrefix")}


def readable_counts(client: SalesforceClient, objects: Iterable[str], until: datetime) -> dict[str, int]:
    """Records of each object that there were by a moment, deleted ones too: nobody can have read more.

    An object that cannot be counted so is left out: nothing is known then.
    """
    found = {}
    for name in objects:
        soql = count(name, where=compare("CreatedDate", "<=", until))
        try:
            found[name] = int(client.call("GET", "/queryAll", params={"q": soql}).json()["totalSize"])
        except Refused as refused:
            if refused.code not in _ABSENT | {"MALFORMED_QUERY"}:
                raise
    return found


class _Change:
    """A stored permission event that took something away: sets from users, or user permissions from sets."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.sets: Sequence[str] = _listed(row.get("ParentIdList"))
        self._users = _listed(row.get("ImpactedUserIds")) if row.get("Operation") == "UnassignedFromUsers" else ()
        names = _listed(row.get("PermissionList")) if row.get("Operation") == "PermsDisabled" else ()
        self._rights = [(f"Permissions{one.removeprefix('Permissions')}", "true") for one in names]

    def undone(self, snapshot: Snapshot, users: frozenset[str]) -> Snapshot:
        """The snapshot as it was before."""
        for one in self.sets:
            for user in users.intersection(self._users):
                snapshot = with_holder(snapshot, user, one)
            if self._rights:
                snapshot = with_rights(snapshot, one, self._rights)
        return snapshot


def _changes(client: SalesforceClient, since: datetime) -> tuple[list[_Change], tuple[str, ...]]:
    rows = stored_events(client, "PermissionSetEventStore", _EVENT, since, datetime.now(since.tzinfo))
    if rows is None:
        return [], ("changes of permissions since are not known: the org keeps no PermissionSetEventStore",)
    kept = [row for row in rows if row.get("Operation") in {"UnassignedFromUsers", "PermsDisabled"}]
    return [_Change(row) for row in kept], ()


def _listed(text: object) -> Sequence[str]:
    """A JSON list, or a list with commas: both forms are in use (platform events guide, PermissionSetEvent)."""
    if not isinstance(text, str) or not text:
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        found = [one.strip() for one in text.strip("[]").split(",")]
    return [str(one) for one in found if one] if isinstance(found, list) else ()


def _grants(client: SalesforceClient, sets: Collection[str], objects: Collection[str]) -> dict[str, Grants]:
    wide = _known(client, "PermissionSet", _WIDE)
    acts = _known(client, "ObjectPermissions", [f"Permissions{one}" for one in _ACTS])
    rows = _all(client, "PermissionSet", ["Id", *wide], "Id", sets)
    rights: dict[str, dict[str, Any]] = {row["Id"]: {} for row in rows}
    for row in _all(client, "ObjectPermissions", ["ParentId", "SobjectType", *acts], "ParentId", sets):
        held = [one for one in _ACTS if row.get(f"Permissions{one}")]
        rights.setdefault(row["ParentId"], {})[row["SobjectType"]] = right_of(held)
    fields: dict[str, set[str]] = {}
    if objects:
        shown = all_of(equals("PermissionsRead", True), isin("SobjectType", sorted(objects)))
        for some in batches(sorted(sets)):
            where = all_of(isin("ParentId", some), shown)
            for row in client.query(select("FieldPermissions", ["ParentId", "Field"], where=where)):
                fields.setdefault(row["ParentId"], set()).add(row["Field"])
    return {
        row["Id"]: Grants(
            bool(row.get(_WIDE[0]) or row.get(_WIDE[1])), bool(row.get(_WIDE[2])), rights[row["Id"]],
            frozenset(fields.get(row["Id"], ())),
        )
        for row in rows
    }  # fmt: skip


def _sharing(client: SalesforceClient, objects: Collection[str]) -> dict[str, tuple[str, str]]:
    asked = ["QualifiedApiName", "InternalSharingModel", "ExternalSharingModel"]
    rows = _all(client, "EntityDefinition", asked, "QualifiedApiName", objects)
    return {
        row["QualifiedApiName"]: (row["InternalSharingModel"] or "", row["ExternalSharingModel"] or "") for row in rows
    }


def _guarded(client: SalesforceClient, objects: Collection[str]) -> frozenset[str]:
    """Fields that somebody's FieldPermissions name: required and some system fields have no such row.

    One call per object: an aggregate answers with 2,000 rows at most, and is not paged (SOQL reference, GROUP BY).
    """
    found: set[str] = set()
    for name in sorted(objects):
        soql = select("FieldPermissions", ["Field"], where=equals("SobjectType", name), group_by=["Field"])
        found |= {row["Field"] for row in client.query(soql)}
    return frozenset(found)


def _governed(client: SalesforceClient) -> frozenset[str]:
    """Objects that somebody's ObjectPermissions name."""
    rows = client.query(select("ObjectPermissions", ["SobjectType"], group_by=["SobjectType"]))
    return frozenset(row["SobjectType"] for row in rows)


def _known(client: SalesforceClient, name: str, fields: Sequence[str]) -> list[str]:
    """The fields that this org's release has."""
    there = client.describe(name).fields
    return [one for one in fields if one in there]


def _all(
    client: SalesforceClient, name: str, fields: Sequence[str], key: str, values: Collection[str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for some in batches(sorted(set(values))):
        found += client.query(select(name, fields, where=isin(key, some)))
    return found
