"""Permissions as rows: rules for writing them, their effect with the very next call, and what they leave in logs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.served_org import Client, Served, log_rows


@pytest.fixture(scope="module")
def admin(org: Served) -> Client:
    return org.responder()


@pytest.fixture(scope="module")
def support(org: Served) -> Client:
    return org.client("support.second")


def owned_set(admin: Client, profile: str) -> str:
    return str(
        admin.rows(f"SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND Label = '{profile}'")[0]["Id"]
    )


def row_of(admin: Client, parent: str, name: str) -> str:
    soql = f"SELECT Id FROM ObjectPermissions WHERE ParentId = '{parent}' AND SobjectType = '{name}'"
    return str(admin.rows(soql)[0]["Id"])


def new_set(admin: Client, name: str, **flags: bool) -> str:
    answer = admin.call("POST", "/sobjects/PermissionSet", json={"Name": name, "Label": name, **flags})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def give(admin: Client, set_id: str, name: str, **acts: bool) -> Any:
    body = {"ParentId": set_id, "SobjectType": name, **{f"Permissions{act}": value for act, value in acts.items()}}
    return admin.call("POST", "/sobjects/ObjectPermissions", json=body)


def code(answer: Any) -> str:
    return str(answer.json()[0]["errorCode"])


def test_every_profile_has_a_set_of_its_own_that_its_users_hold(admin: Client) -> None:
    profiles = {row["Id"] for row in admin.rows("SELECT Id FROM Profile")}
    assert {
        row["ProfileId"] for row in admin.rows("SELECT ProfileId FROM PermissionSet WHERE IsOwnedByProfile = true")
    } == profiles
    users = admin.query("SELECT COUNT() FROM User")["totalSize"]
    held = "SELECT COUNT() FROM PermissionSetAssignment WHERE PermissionSet.IsOwnedByProfile = true"
    assert admin.query(held)["totalSize"] == users


def test_a_given_object_is_read_with_the_next_call_and_gone_with_the_one_after(org: Served, admin: Client) -> None:
    support = org.client("support.lead")
    assert "errorCode" in str(support.query("SELECT COUNT() FROM Opportunity"))
    set_id = new_set(admin, "Sees_Opportunities")
    permission = give(admin, set_id, "Opportunity", Read=True, ViewAllRecords=True).json()["id"]
    user = admin.rows("SELECT Id FROM User WHERE Username LIKE 'support.lead@%'")[0]["Id"]
    holds = {"AssigneeId": user, "PermissionSetId": set_id}
    assert admin.call("POST", "/sobjects/PermissionSetAssignment", json=holds).status_code == 201
    assert support.query("SELECT COUNT() FROM Opportunity")["totalSize"] > 0
    assert admin.call("DELETE", f"/sobjects/ObjectPermissions/{permission}").status_code == 204
    assert "errorCode" in str(support.query("SELECT COUNT() FROM Opportunity"))


def test_an_assignment_that_ends_is_over_at_its_time(org: Served, admin: Client) -> None:
    set_id = new_set(admin, "For_An_Hour")
    give(admin, set_id, "Lead", Read=True, ViewAllRecords=True)
    user = admin.rows("SELECT Id FROM User WHERE Username LIKE 'support.lead@%'")[0]["Id"]
    holds = {"AssigneeId": user, "PermissionSetId": set_id, "ExpirationDate": "2020-01-01T00:00:00.000+0000"}
    assert admin.call("POST", "/sobjects/PermissionSetAssignment", json=holds).status_code == 201
    assert "errorCode" in str(org.client("support.lead").query("SELECT COUNT() FROM Lead"))


@pytest.mark.parametrize(
    ("acts", "words"),
    [
        ({"Edit": True}, "Permission Edit Lead depends on permission(s): Read Lead"),
        ({"Read": True, "Delete": True}, "Permission Delete Lead depends on permission(s): Edit Lead"),
        ({"ViewAllRecords": True}, "Permission Read All Lead depends on permission(s): Read Lead"),
        ({}, "delete the record"),
    ],
)
def test_permissions_depend_on_each_other(admin: Client, acts: dict[str, bool], words: str) -> None:
    set_id = new_set(admin, f"Depends_{len(words)}_{len(acts)}")
    answer = give(admin, set_id, "Lead", **acts)
    assert (answer.status_code, code(answer)) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert words in answer.json()[0]["message"]


def test_one_row_per_set_and_object(admin: Client) -> None:
    set_id = new_set(admin, "Twice")
    assert give(admin, set_id, "Lead", Read=True).status_code == 201
    assert code(give(admin, set_id, "Lead", Read=True)) == "DUPLICATE_VALUE"


def test_setup_objects_have_no_object_permissions(admin: Client) -> None:
    assert give(admin, new_set(admin, "Of_Setup"), "AuthSession", Read=True).status_code == 400


def test_what_modify_all_data_gives_is_shown_and_cannot_be_changed(admin: Client) -> None:
    permission = row_of(admin, owned_set(admin, "System Administrator"), "Contact")
    assert permission.startswith("000")
    assert admin.call("DELETE", f"/sobjects/ObjectPermissions/{permission}").status_code == 403


def test_guests_get_no_more_than_read_and_create(admin: Client) -> None:
    permission = row_of(admin, owned_set(admin, "Help Center Profile"), "Contact")
    answer = admin.call("PATCH", f"/sobjects/ObjectPermissions/{permission}", json={"PermissionsEdit": True})
    assert (answer.status_code, code(answer)) == (400, "FIELD_INTEGRITY_EXCEPTION")


def test_a_field_that_may_be_read_alone_is_not_written(org: Served, admin: Client, support: Client) -> None:
    parent = owned_set(admin, "Support User")
    soql = f"SELECT Id FROM FieldPermissions WHERE ParentId = '{parent}' AND Field = 'Case.Reason'"
    permission = admin.rows(soql)[0]["Id"]
    change = {"PermissionsEdit": False}
    assert admin.call("PATCH", f"/sobjects/FieldPermissions/{permission}", json=change).status_code == 204
    case = support.rows("SELECT Id, Reason FROM Case LIMIT 1")[0]["Id"]
    answer = support.call("PATCH", f"/sobjects/Case/{case}", json={"Reason": "Other"})
    assert (answer.status_code, code(answer)) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert admin.call("DELETE", f"/sobjects/FieldPermissions/{permission}").status_code == 204
    assert code(support.call("PATCH", f"/sobjects/Case/{case}", json={"Reason": "Other"})) == "INVALID_FIELD"


def test_the_set_of_a_profile_is_neither_given_nor_taken(admin: Client) -> None:
    parent = owned_set(admin, "Support User")
    soql = f"SELECT Id, AssigneeId FROM PermissionSetAssignment WHERE PermissionSetId = '{parent}' LIMIT 1"
    held = admin.rows(soql)[0]
    assert admin.call("DELETE", f"/sobjects/PermissionSetAssignment/{held['Id']}").status_code == 403


def test_a_profile_and_its_set_have_the_same_user_permissions(org: Served, admin: Client) -> None:
    profile = admin.rows("SELECT Id FROM Profile WHERE Name = 'Support Night Desk'")[0]["Id"]
    change = {"PermissionsExportReport": False}
    assert admin.call("PATCH", f"/sobjects/Profile/{profile}", json=change).status_code == 204
    parent = owned_set(admin, "Support Night Desk")
    shown = admin.call("GET", f"/sobjects/PermissionSet/{parent}", params={"fields": "PermissionsExportReport"})
    assert shown.json()["PermissionsExportReport"] is False


def test_a_group_gives_what_its_sets_give_less_what_it_mutes(org: Served, admin: Client) -> None:
    support, set_id = org.client("support.lead"), new_set(admin, "Of_A_Group")
    give(admin, set_id, "Individual", Read=True, ViewAllRecords=True)
    group = {"DeveloperName": "Desk", "MasterLabel": "Desk"}
    group_id = admin.call("POST", "/sobjects/PermissionSetGroup", json=group).json()["id"]
    member = {"PermissionSetGroupId": group_id, "PermissionSetId": set_id}
    assert admin.call("POST", "/sobjects/PermissionSetGroupComponent", json=member).status_code == 201
    user = admin.rows("SELECT Id FROM User WHERE Username LIKE 'support.lead@%'")[0]["Id"]
    holds = {"AssigneeId": user, "PermissionSetGroupId": group_id}
    assert admin.call("POST", "/sobjects/PermissionSetAssignment", json=holds).status_code == 201
    assert "totalSize" in support.query("SELECT COUNT() FROM Individual")
    muting = {"DeveloperName": "Mute", "MasterLabel": "Mute", "PermissionSetGroupId": group_id}
    muting_id = admin.call("POST", "/sobjects/MutingPermissionSet", json=muting).json()["id"]
    assert give(admin, muting_id, "Individual", Read=True, ViewAllRecords=True).status_code == 201
    assert "errorCode" in str(support.query("SELECT COUNT() FROM Individual"))


def test_leaving_the_group_takes_what_was_shared_with_it(org: Served, admin: Client) -> None:
    support = org.client("support.lead")
    soql = (
        "SELECT Id FROM GroupMember WHERE UserOrGroupId IN (SELECT Id FROM User WHERE Username LIKE 'support.lead@%')"
    )
    member = admin.rows(soql)[0]["Id"]
    before = support.query("SELECT COUNT() FROM Case")["totalSize"]
    assert before > 0
    assert admin.call("DELETE", f"/sobjects/GroupMember/{member}").status_code == 204
    assert support.query("SELECT COUNT() FROM Case")["totalSize"] == 0


def test_only_administrators_write_permissions(org: Served, support: Client) -> None:
    parent = org.world.store.one("SELECT Id FROM PermissionSet WHERE Label = 'Support User'")
    assert parent is not None
    assert give(support, parent["Id"], "Lead", Read=True).status_code == 403


def test_changes_stand_in_the_audit_trail_and_the_log(org: Served, admin: Client) -> None:
    set_id = new_set(admin, "Traced", PermissionsExportReport=True)
    give(admin, set_id, "Order", Read=True)
    trail = admin.rows("SELECT Action, Display, CreatedById FROM SetupAuditTrail")
    actions = {row["Action"] for row in trail if "Traced" in row["Display"]}
    assert {"PermSetCreate", "PermSetEnableUserPerm", "PermSetEntityPermChanged"} <= actions
    told = log_rows(org, "PermissionUpdate")
    mine = told[told["FEATURE_ID"] == set_id[:15]]
    assert {"UserPerm: ExportReport enabled", "EntityObject: Order Read enabled"} <= set(mine["DESCRIPTION"])
    stored = admin.rows("SELECT Id, Operation, PermissionList FROM PermissionSetEventStore")
    assert any(row["Operation"] == "PermsEnabled" and "ExportReport" in row["PermissionList"] for row in stored)
