"""What deploying a component does to the org, type by type, and that it is read back from what the org then is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leakresponse.rehearsal.org.metadata_kinds import Kind
from leakresponse.rehearsal.org.metadata_registry import KINDS
from leakresponse.rehearsal.org.metadata_retrieve import content_of, list_all
from leakresponse.rehearsal.org.sandbox_copy import _rows_of
from tests.support.metadata_deploys import (
    component,
    delete_one,
    deploy_one,
    deployed,
    manifest,
    problems,
    read_back,
)
from tests.support.served_org import Served

pytestmark = pytest.mark.usefixtures("deploys_at_once")


def _rights(*parts: str) -> str:
    return "".join(("<label>Night Desk</label>", *parts))


def _user(name: str, on: str = "true") -> str:
    return f"<userPermissions><enabled>{on}</enabled><name>{name}</name></userPermissions>"


def _object(name: str, **acts: str) -> str:
    told = {"allowRead": "true", **acts}
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in told.items())
    return f"<objectPermissions>{inside}<object>{name}</object></objectPermissions>"


def _field(name: str, edit: str = "false", read: str = "true") -> str:
    inside = f"<editable>{edit}</editable><field>{name}</field><readable>{read}</readable>"
    return f"<fieldPermissions>{inside}</fieldPermissions>"


def test_a_permission_set_becomes_rows_and_comes_back_from_them(org: Served) -> None:
    responder = org.responder()
    inside = _rights(_user("ApiEnabled"), _object("Contact"), _field("Contact.Phone", "true"))
    assert deploy_one(responder, "PermissionSet", "Night_Desk", inside) == []
    found = responder.rows("SELECT Id, PermissionsApiEnabled FROM PermissionSet WHERE Name = 'Night_Desk'")[0]
    assert found["PermissionsApiEnabled"] is True
    parent = f"ParentId = '{found['Id']}'"
    objects = responder.rows(
        f"SELECT SobjectType, PermissionsRead, PermissionsEdit FROM ObjectPermissions WHERE {parent}"
    )
    fields = responder.rows(f"SELECT Field, PermissionsEdit FROM FieldPermissions WHERE {parent}")
    assert [(one["SobjectType"], one["PermissionsRead"], one["PermissionsEdit"]) for one in objects] == [
        ("Contact", True, False)
    ]
    assert [(one["Field"], one["PermissionsEdit"]) for one in fields] == [("Contact.Phone", True)]
    text = read_back(org.world, "PermissionSet", "Night_Desk")
    assert "<field>Contact.Phone</field>" in text
    assert "<name>ApiEnabled</name>" in text


def test_from_version_40_a_permission_set_is_replaced_whole(org: Served) -> None:
    responder = org.responder()
    full = _rights(_user("ApiEnabled"), _object("Contact"), _field("Contact.Phone"))
    deploy_one(responder, "PermissionSet", "Whole", full)
    old = {KINDS["PermissionSet"].path("Whole"): component("PermissionSet", _rights(_object("Account")))}
    from tests.support.metadata_deploys import result, started, zipped

    for version, left in (("39.0", {"Contact", "Account"}), ("67.0", {"Account"})):
        content = zipped({"package.xml": manifest({"PermissionSet": ["Whole"]}, version), **old})
        assert result(responder, started(responder, content))["success"] is True
        rows = responder.rows("SELECT SobjectType FROM ObjectPermissions WHERE Parent.Name = 'Whole'")
        assert {one["SobjectType"] for one in rows} == left


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (_user("FlyToTheMoon"), "Unknown user permission: FlyToTheMoon"),
        (_field("Contact.Nowhere__c"), "In field: field - no CustomField named Contact.Nowhere__c found"),
        (_field("Contact.LastName"), "You cannot deploy to a required field: Contact.LastName"),
        (_object("Nothing__c"), "In field: field - no CustomObject named Nothing__c found"),
        (_object("Contact", allowRead="false", allowEdit="true"),
         "Permission Edit Contact depends on permission(s): Read Contact"),
    ],
)  # fmt: skip
def test_a_permission_that_does_not_exist_fails_in_salesforces_words(org: Served, part: str, words: str) -> None:
    assert deploy_one(org.responder(), "PermissionSet", "Wrong", _rights(part)) == [words]
    assert org.world.store.one("SELECT 1 AS x FROM PermissionSet WHERE Name = 'Wrong'") is None


def test_a_permission_set_that_nobody_holds_is_deleted(org: Served) -> None:
    responder = org.responder()
    deploy_one(responder, "PermissionSet", "Short_Lived", _rights())
    assert delete_one(responder, "PermissionSet", "Short_Lived") == []
    assert responder.rows("SELECT Id FROM PermissionSet WHERE Name = 'Short_Lived'") == []
    assert delete_one(responder, "PermissionSet", "Drift_Access") != []


def test_changes_of_permissions_are_in_the_audit_trail(org: Served) -> None:
    responder = org.responder()
    deploy_one(responder, "PermissionSet", "Trailed", _rights(_user("ExportReport")))
    rows = responder.rows("SELECT Action, Display, CreatedById FROM SetupAuditTrail")
    told = [one for one in rows if one["Action"] == "PermSetEnableUserPerm" and "ExportReport" in one["Display"]]
    assert len(told) == 1


def test_a_profile_changes_only_what_its_file_names(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    before = read_back(org.world, "Profile", "Integration User")
    assert deploy_one(responder, "Profile", "Integration User", _field("Contact.SSN__c", "false", "false")) == []
    after = read_back(org.world, "Profile", "Integration User")
    assert "<field>Contact.SSN__c</field>" in before
    assert "<field>Contact.SSN__c</field>" not in after
    assert "<field>Contact.Phone</field>" in after
    client = org.client("order.sync")
    assert client.query("SELECT SSN__c FROM Contact LIMIT 1")[0]["errorCode"] == "INVALID_FIELD"


def test_profiles_have_the_names_of_the_metadata_api(org: Served) -> None:
    names = {one["fullName"] for one in list_all(org.world, "Profile") or ()}
    assert {"Admin", "Standard", "Integration User"} <= names
    assert "<name>ModifyAllData</name>" in read_back(org.world, "Profile", "Admin")


def test_a_group_of_permission_sets_gives_what_its_sets_give(org: Served) -> None:
    responder = org.responder()
    deploy_one(responder, "PermissionSet", "Part", _rights(_user("ExportReport")))
    assert (
        deploy_one(responder, "PermissionSetGroup", "Both", "<label>Both</label><permissionSets>Part</permissionSets>")
        == []
    )
    held = responder.rows("SELECT PermissionsExportReport FROM PermissionSet WHERE Type = 'Group' AND Label = 'Both'")
    assert [one["PermissionsExportReport"] for one in held] == [True]
    assert "<permissionSets>Part</permissionSets>" in read_back(org.world, "PermissionSetGroup", "Both")


def test_what_a_group_mutes_its_sets_do_not_give(org: Served) -> None:
    responder = org.responder()
    deploy_one(responder, "PermissionSet", "Loud", _rights(_user("ExportReport"), _user("RunReports")))
    muted = "<label>Hush</label>" + _user("ExportReport") + _object("Contact")
    assert deploy_one(responder, "MutingPermissionSet", "Hush", muted) == []
    inside = (
        "<label>Quiet</label><mutingPermissionSets>Hush</mutingPermissionSets><permissionSets>Loud</permissionSets>"
    )
    assert deploy_one(responder, "PermissionSetGroup", "Quiet", inside) == []
    soql = "SELECT PermissionsExportReport, PermissionsRunReports FROM PermissionSet WHERE Label = 'Quiet'"
    held = [(one["PermissionsExportReport"], one["PermissionsRunReports"]) for one in responder.rows(soql)]
    assert held == [(False, True)]
    assert "<name>ExportReport</name>" in read_back(org.world, "MutingPermissionSet", "Hush")


def _new_object(*fields: str) -> str:
    return "".join((
        "<label>Visit</label><pluralLabel>Visits</pluralLabel><deploymentStatus>Deployed</deploymentStatus>",
        "<sharingModel>ReadWrite</sharingModel><nameField><label>Visit Name</label><type>Text</type></nameField>",
        *fields,
    ))  # fmt: skip


def _new_field(name: str, kind: str = "Text", more: str = "<length>40</length>") -> str:
    return f"<fields><fullName>{name}</fullName><label>{name[:-3]}</label><type>{kind}</type>{more}</fields>"


def test_a_custom_object_with_its_fields_is_there_at_once(org: Served) -> None:
    responder = org.responder()
    inside = _new_object(
        _new_field("Reason__c"), _new_field("Guest__c", "Lookup", "<referenceTo>Contact</referenceTo>")
    )
    assert deploy_one(responder, "CustomObject", "Visit__c", inside) == []
    shown = {
        one["name"]: one["type"]
        for one in org.world.store.all(
            "SELECT QualifiedApiName AS name, DataType AS type FROM FieldDefinition "
            "WHERE EntityDefinitionId = 'Visit__c'"
        )
    }
    assert (shown["Reason__c"], shown["Guest__c"]) == ("string", "reference")
    opened = _rights(_object("Visit__c", allowCreate="true"), _field("Visit__c.Reason__c", "true"))
    assert deploy_one(responder, "PermissionSet", "Visitors", opened) == []
    made = responder.call("POST", "/sobjects/Visit__c", json={"Name": "First", "Reason__c": "tea"})
    assert made.status_code == 201, made.text
    assert delete_one(responder, "CustomObject", "Visit__c") == []
    assert responder.call("GET", "/sobjects/Visit__c/describe").status_code == 404


def test_a_validated_object_leaves_no_trace(org: Served) -> None:
    responder = org.responder()
    assert deploy_one(responder, "CustomObject", "Ghost__c", _new_object(), checkOnly=True) == []
    assert org.world.store.schema.get("Ghost__c") is None
    assert org.world.store.one("SELECT 1 AS x FROM EntityDefinition WHERE QualifiedApiName = 'Ghost__c'") is None


def test_a_field_is_added_encrypted_classified_and_deleted(org: Served) -> None:
    responder = org.responder()
    more = (
        "<length>20</length><encryptionScheme>ProbabilisticEncryption</encryptionScheme>"
        "<securityClassification>Restricted</securityClassification><complianceGroup>PII;CCPA</complianceGroup>"
    )
    assert deploy_one(responder, "CustomObject", "Contact", _new_field("Badge__c", "Text", more)) == []
    one = org.world.store.schema["Contact"].fields["Badge__c"]
    assert (one.encryption, one.security, one.compliance) == ("ProbabilisticEncryption", "Restricted", ("PII", "CCPA"))
    text = read_back(org.world, "CustomObject", "Contact")
    assert "<encryptionScheme>ProbabilisticEncryption</encryptionScheme>" in text
    assert delete_one(responder, "CustomField", "Contact.Badge__c") == []
    assert "Badge__c" not in org.world.store.schema["Contact"].fields


def test_a_standard_field_is_encrypted_and_opened_again(org: Served) -> None:
    responder = org.responder()
    for scheme, kept in (
        ("CaseSensitiveDeterministicEncryption", "CaseSensitiveDeterministicEncryption"),
        ("None", ""),
    ):
        inside = f"<fields><fullName>Phone</fullName><encryptionScheme>{scheme}</encryptionScheme></fields>"
        assert deploy_one(responder, "CustomObject", "Contact", inside) == []
        assert org.world.store.schema["Contact"].fields["Phone"].encryption == kept


@pytest.mark.parametrize(
    "field",
    [
        "<fields><fullName>Phone</fullName><encryptionScheme>Rot13</encryptionScheme></fields>",
        _new_field("Short__c", more=""),
        _new_field("Odd__c", "Spell"),
        _new_field("Far__c", "Lookup", "<referenceTo>Nowhere__c</referenceTo>"),
        "<fields><fullName>Telepathy</fullName><type>Text</type></fields>",
    ],
)
def test_a_bad_field_fails_and_changes_nothing(org: Served, field: str) -> None:
    before = org.world.store.schema["Contact"]
    assert len(deploy_one(org.responder(), "CustomObject", "Contact", field)) == 1
    assert org.world.store.schema["Contact"].fields == before.fields


def test_a_second_file_of_an_object_adds_to_the_first(org: Served) -> None:
    responder = org.responder()
    deploy_one(responder, "CustomObject", "Lead", _new_field("First__c"))
    deploy_one(responder, "CustomObject", "Lead", _new_field("Second__c"))
    text = read_back(org.world, "CustomObject", "Lead")
    assert ("First__c" in text, "Second__c" in text) == (True, True)


def test_settings_with_a_made_up_element_are_refused(org: Served) -> None:
    responder = org.responder()
    for element, wrong in (("enableDeterministEncryption", 0), ("enableDeterministicEncryption", 1)):
        inside = f"<{element}>true</{element}>"
        found = deploy_one(responder, "Settings", "PlatformEncryption", inside, "PlatformEncryptionSettings")
        assert len(found) == wrong


def test_sandboxes_get_the_components_and_not_the_deploys() -> None:
    assert (_rows_of("sim_component", "DEVELOPER"), _rows_of("sim_schema", "DEVELOPER")) == (-1, -1)
    assert (_rows_of("sim_deploy", "FULL"), _rows_of("sim_retrieve", "FULL")) == (0, 0)


def test_a_named_credential_is_shut_by_its_callout_status(org: Served) -> None:
    responder = org.responder()
    inside = "<label>Shipper</label><endpoint>https://ship.example</endpoint><calloutStatus>Disabled</calloutStatus>"
    assert deploy_one(responder, "NamedCredential", "Shipper", inside) == []
    rows = responder.call(
        "GET",
        "/tooling/query",
        params={"q": "SELECT CalloutStatus FROM NamedCredential WHERE DeveloperName = 'Shipper'"},
    ).json()["records"]
    assert [one["CalloutStatus"] for one in rows] == ["Disabled"]


@pytest.mark.parametrize("kind", [one for one in KINDS.values() if one.names], ids=lambda one: one.name)
def test_whatever_is_listed_can_be_read(org: Served, kind: Kind) -> None:
    for one in list_all(org.world, kind.name) or ():
        assert content_of(org.world, kind, one["fullName"])[0], one["fullName"]


def test_permissions_that_the_org_does_not_enforce_come_back_all_the_same(org: Served) -> None:
    assert deploy_one(org.responder(), "PermissionSet", "Full", _rights(_user("EditTask"), _user("ExportReport"))) == []
    text = read_back(org.world, "PermissionSet", "Full")
    assert ("<name>EditTask</name>" in text, "<name>ExportReport</name>" in text) == (True, True)


def test_an_element_that_a_type_does_not_have_fails(org: Served) -> None:
    found = deploy_one(org.responder(), "PermissionSet", "Odd", "<label>Odd</label><masterLabel>Odd</masterLabel>")
    space = "{http://soap.sforce.com/2006/04/metadata}"
    assert found == [f"Error parsing file: Element {space}masterLabel invalid at this location in type PermissionSet"]


@pytest.mark.parametrize("name", ['Bad"Name__c', "1st__c", "Two__Two__c", "End___c"])
def test_names_that_salesforce_does_not_take(org: Served, name: str) -> None:
    responder = org.responder()
    assert "can only contain underscores" in deploy_one(responder, "CustomObject", name, _new_object())[0]
    assert "can only contain underscores" in deploy_one(responder, "CustomObject", "Lead", _new_field(name))[0]


def test_reports_lie_in_folders_that_the_manifest_names_too(org: Served) -> None:
    files = {
        "reports/Leads-meta.xml": component("ReportFolder", "<name>Leads</name>"),
        "reports/Leads/All.report": component("Report", "<name>All</name>"),
    }
    assert problems(deployed(org.responder(), {"Report": ["Leads", "Leads/All"]}, files)) == []
