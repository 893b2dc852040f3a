"""Users and what is theirs: freezes, second factors, risky permissions, guest rights, login ranges.

Fields: object reference User, UserLogin, TwoFactorInfo, PermissionSetAssignment, ObjectPermissions, FieldPermissions.
Which permissions an org knows is asked of describe: a name that it does not know fails a whole query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.inventory_apps import count_holders
from leakresponse.adapters.salesforce.metadata_soap import read_components
from leakresponse.core.containment import FactorRow, GuestRow, LoginRangeRow, PermissionRow, UserRow, users_of_address
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import all_of, any_of, batches, count, equals, isin, select

#: Permissions that let their holder take much, let others in, or hide (salesforce_api.md 12.2).
RISKY = (
    "PermissionsModifyAllData", "PermissionsViewAllData", "PermissionsExportReport", "PermissionsDataExport",
    "PermissionsQueryAllFiles", "PermissionsViewAllFieldsGlobal", "PermissionsBulkApiHardDelete",
    "PermissionsAuthorApex", "PermissionsModifyMetadata", "PermissionsCustomizeApplication", "PermissionsManageUsers",
    "PermissionsAssignPermissionSets", "PermissionsManageProfilesPermissionsets", "PermissionsManageRemoteAccess",
    "PermissionsCanApproveUninstalledApps", "PermissionsUseAnyApiAuth", "PermissionsManageDataIntegrations",
    "PermissionsBypassMFAForUiLogins", "PermissionsTransactionSecurityExempt",
)  # fmt: skip
#: "Use Any API Client" lets its holder past a block; the label is documented, the field's name is not confirmed.
PAST_BLOCKS = "PermissionsUseAnyApiAuth"
#: Metadata names of standard profiles, which differ from the names in Profile.
STANDARD_PROFILES: Mapping[str, str] = {"System Administrator": "Admin", "Standard User": "Standard"}
#: Second factors without a row of their own; code generators have one in TwoFactorInfo.
METHODS = ("HasSalesforceAuthenticator", "HasBuiltInAuthenticator", "HasSecurityKey", "HasU2F", "HasTempCode")
_CHUNK = 400
_ACTS = ("Read", "Create", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords")
_USER = ("Id", "Username", "IsActive", "UserType", "ProfileId", "LastLoginDate")


def read_users(client: SalesforceClient, keys: Iterable[str]) -> list[UserRow]:
    """Users by username or id, with their logins; a 15-character id is completed by the org itself."""
    wanted = sorted(set(keys))
    rows: list[dict[str, Any]] = []
    for some in batches(wanted, _CHUNK):
        ids = [key for key in some if key.startswith("005") and len(key) in (15, 18)]
        names = [key for key in some if key not in ids]
        parts = ([isin("Id", ids)] if ids else []) + ([isin("Username", names)] if names else [])
        rows += client.query(select("User", _USER, where=any_of(*parts)))
    logins: dict[str, dict[str, Any]] = {}
    for some in batches([row["Id"] for row in rows], _CHUNK):
        found = client.query(select("UserLogin", ["Id", "UserId", "IsFrozen"], where=isin("UserId", some)))
        logins |= {row["UserId"]: row for row in found}
    return [_user(row, logins.get(row["Id"], {})) for row in {row["Id"]: row for row in rows}.values()]


def _user(row: Mapping[str, Any], login: Mapping[str, Any]) -> UserRow:
    return UserRow(
        row["Id"], row["Username"], login.get("Id") or "", bool(login.get("IsFrozen")), bool(row.get("IsActive")),
        row.get("UserType") or "Standard", row.get("ProfileId") or "", row.get("LastLoginDate") or "",
    )  # fmt: skip


def by_address(
    client: SalesforceClient, keys: Iterable[str], known: Iterable[UserRow]
) -> tuple[list[UserRow], list[str]]:
    """Users whom an alert names by e-mail address, where no username is that; and what to say of the others."""
    usernames = {row.username.casefold() for row in known}
    found: list[UserRow] = []
    problems: list[str] = []
    for key in sorted({one for one in keys if "@" in one and one.casefold() not in usernames}):
        ids = [row["Id"] for row in client.query(select("User", ["Id"], where=equals("Email", key)))]
        problems += [text] if (text := users_of_address(key, len(ids))) else []
        found += read_users(client, ids) if len(ids) == 1 else []
    return found, problems


def as_named(rows: Iterable[UserRow], keys: Iterable[str]) -> list[UserRow]:
    """Users with a mark on those whom the alert names by username or id."""
    wanted = {key.casefold() for key in keys}
    return [
        replace(
            row,
            named=row.username.casefold() in wanted
            or bool({row.user_id.casefold(), row.user_id[:15].casefold()} & wanted),
        )
        for row in rows
    ]


def as_run_as(rows: Iterable[UserRow]) -> list[UserRow]:
    """Users whom the alert does not mean: an app's client credentials login runs as them."""
    return [replace(row, run_as=True) for row in rows]


def read_factors(client: SalesforceClient, user_ids: Iterable[str]) -> tuple[FactorRow, ...]:
    """Code generators of these users with when they were enrolled, and other factors, which have no id.

    Which other methods a user has registered can be seen, not when, and nothing but a person removes them
    (TwoFactorMethodsInfo: query alone, Manage MFA in API). Where they are not shown to us, a person has to look.
    """
    wanted = sorted(set(user_ids))
    if not wanted:
        return ()
    soql = select("TwoFactorInfo", ["Id", "UserId", "Type", "CreatedDate"], where=isin("UserId", wanted))
    codes = tuple(
        FactorRow(row["Id"], row["UserId"], row.get("Type") or "", row.get("CreatedDate") or "")
        for row in client.query(soql)
    )
    return (*codes, *_other_factors(client, wanted))


def _other_factors(client: SalesforceClient, wanted: list[str]) -> list[FactorRow]:
    soql = select("TwoFactorMethodsInfo", ["UserId", *METHODS], where=isin("UserId", wanted))
    try:
        rows = list(client.query(soql))
    except Refused:
        return [FactorRow("", user, "not shown", "") for user in wanted]
    found = ((row["UserId"], [one for one in METHODS if row.get(one)]) for row in rows)
    return [FactorRow("", user, ", ".join(one.removeprefix("Has") for one in held), "") for user, held in found if held]


def read_permissions(client: SalesforceClient, user_ids: Iterable[str]) -> tuple[PermissionRow, ...]:
    """Risky permissions of these users, each with the permission set or profile that gives it."""
    wanted = sorted(set(user_ids))
    known = _known(client, RISKY)
    if not wanted or not known:
        return ()
    fields = ["Id", "AssigneeId", "PermissionSetId", "SystemModstamp", "PermissionSet.IsOwnedByProfile"]
    fields += [f"PermissionSet.{one}" for one in known]
    risky = any_of(*(equals(f"PermissionSet.{one}", True) for one in known))
    rows = list(
        client.query(select("PermissionSetAssignment", fields, where=all_of(isin("AssigneeId", wanted), risky)))
    )
    holders = count_holders(client, {row["PermissionSetId"] for row in rows})
    return tuple(
        _permission(row, one, holders[row["PermissionSetId"]])
        for row in rows
        for one in known
        if row["PermissionSet"].get(one)
    )


def _permission(row: Mapping[str, Any], name: str, holders: int) -> PermissionRow:
    owned = row["PermissionSet"].get("IsOwnedByProfile")
    return PermissionRow(
        row["AssigneeId"], name, row["PermissionSetId"], "" if owned else row["Id"], holders,
        row.get("SystemModstamp") or "",
    )  # fmt: skip


def read_past_blocks(client: SalesforceClient) -> tuple[str, ...]:
    """Users whom a block of an app does not stop: holders of "Use Any API Client", by any permission set or profile."""
    if not _known(client, (PAST_BLOCKS,)):
        return ()
    where = equals(f"PermissionSet.{PAST_BLOCKS}", True)
    rows = client.query(select("PermissionSetAssignment", ["AssigneeId"], where=where))
    return tuple(sorted({row["AssigneeId"] for row in rows}))


def _known(client: SalesforceClient, names: Iterable[str]) -> list[str]:
    fields = client.describe("PermissionSet").fields
    return [one for one in names if one in fields]


def read_guests(client: SalesforceClient) -> tuple[GuestRow, ...]:
    """Guest users with everything that their profiles let them do, as a deploy can give it back."""
    where = all_of(equals("UserType", "Guest"), equals("IsActive", True))
    users = list(client.query(select("User", ["Id", "ProfileId", "Profile.Name"], where=where)))
    rights = read_rights(client, {row["ProfileId"] for row in users})
    return tuple(
        GuestRow(row["Id"], row["ProfileId"], row["Profile"]["Name"], rights.get(row["ProfileId"], ())) for row in users
    )


def read_rights(client: SalesforceClient, profile_ids: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Rights by profile: (`Contact`, `Read,Create`) for objects, (`Contact.Email`, `Read,Edit`) for fields."""
    wanted = sorted(set(profile_ids))
    if not wanted:
        return {}
    where = isin("Parent.ProfileId", wanted)
    acts = [f"Permissions{one}" for one in _ACTS]
    objects = client.query(select("ObjectPermissions", ["Parent.ProfileId", "SobjectType", *acts], where=where))
    asked = ["Parent.ProfileId", "Field", "PermissionsRead", "PermissionsEdit"]
    fields = client.query(select("FieldPermissions", asked, where=where))
    found: dict[str, list[tuple[str, str]]] = {}
    for rows, key in ((objects, "SobjectType"), (fields, "Field")):
        for row in rows:
            held = [one for one in _ACTS if row.get(f"Permissions{one}")]
            if held:
                found.setdefault(row["Parent"]["ProfileId"], []).append((row[key], ",".join(held)))
    return {profile: tuple(sorted(held)) for profile, held in found.items()}


def read_login_ranges(client: SalesforceClient, profile_ids: Iterable[str]) -> tuple[LoginRangeRow, ...]:
    """Profiles with the address ranges that their users may log in from; none means from anywhere."""
    wanted = sorted(set(profile_ids) - {""})
    if not wanted:
        return ()
    names = {
        row["Id"]: row["Name"] for row in client.query(select("Profile", ["Id", "Name"], where=isin("Id", wanted)))
    }
    roots = read_components(client, "Profile", [metadata_name(one) for one in names.values()])
    found = []
    for profile_id, name in sorted(names.items()):
        root = roots.get(metadata_name(name))
        listed = root.findall("loginIpRanges") if root is not None else []
        ranges = [f"{one.findtext('startAddress')}-{one.findtext('endAddress')}" for one in listed if len(one)]
        where = all_of(equals("ProfileId", profile_id), equals("IsActive", True))
        users = client.count(count("User", where=where))
        found.append(LoginRangeRow(profile_id, name, tuple(sorted(ranges)), users))
    return tuple(found)


def metadata_name(profile: str) -> str:
    """What a profile is called in metadata."""
    return STANDARD_PROFILES.get(profile, profile)
