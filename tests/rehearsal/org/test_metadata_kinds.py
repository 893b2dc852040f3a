"""What deploying a component does to the org, type by type, and that it is read back from what the org then is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leakresponse.adapters.keypair import make_key_pair
from leakresponse.rehearsal.org import metadata_runs
from leakresponse.rehearsal.org.metadata_kinds import Kind
from leakresponse.rehearsal.org.metadata_registry import KINDS
from leakresponse.rehearsal.org.metadata_retrieve import content_of, list_all
from leakresponse.rehearsal.org.sandbox_copy import _rows_of
from leakresponse.rehearsal.org.world import World
from tests.support.metadata_deploys import component, deployed, manifest, problems
from tests.support.served_org import Client, Served


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys end as soon as anybody looks."""
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)


def _deploy(client: Client, kind: str, name: str, inside: str, root: str = "", **options: object) -> list[str]:
    """Deploy one component; the answer is what is wrong with it."""
    files = {KINDS[kind].path(name): component(root or kind, inside)}
    return problems(deployed(client, {kind: [name]}, files, **options))


def _delete(client: Client, kind: str, name: str) -> list[str]:
    return problems(deployed(client, {}, {"destructiveChanges.xml": manifest({kind: [name]})}))


def _read(world: World, kind: str, name: str) -> str:
    content, _ = content_of(world, KINDS[kind], name)
    return (content or b"").decode()


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
    assert _deploy(responder, "PermissionSet", "Night_Desk", inside) == []
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
    text = _read(org.world, "PermissionSet", "Night_Desk")
    assert "<field>Contact.Phone</field>" in text
    assert "<name>ApiEnabled</name>" in text


def test_from_version_40_a_permission_set_is_replaced_whole(org: Served) -> None:
    responder = org.responder()
    full = _rights(_user("ApiEnabled"), _object("Contact"), _field("Contact.Phone"))
    _deploy(responder, "PermissionSet", "Whole", full)
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
    assert _deploy(org.responder(), "PermissionSet", "Wrong", _rights(part)) == [words]
    assert org.world.store.one("SELECT 1 AS x FROM PermissionSet WHERE Name = 'Wrong'") is None


def test_a_permission_set_that_nobody_holds_is_deleted(org: Served) -> None:
    responder = org.responder()
    _deploy(responder, "PermissionSet", "Short_Lived", _rights())
    assert _delete(responder, "PermissionSet", "Short_Lived") == []
    assert responder.rows("SELECT Id FROM PermissionSet WHERE Name = 'Short_Lived'") == []
    assert _delete(responder, "PermissionSet", "Drift_Access") != []


def test_changes_of_permissions_are_in_the_audit_trail(org: Served) -> None:
    responder = org.responder()
    _deploy(responder, "PermissionSet", "Trailed", _rights(_user("ExportReport")))
    rows = responder.rows("SELECT Action, Display, CreatedById FROM SetupAuditTrail")
    told = [one for one in rows if one["Action"] == "PermSetEnableUserPerm" and "ExportReport" in one["Display"]]
    assert len(told) == 1


def test_a_profile_changes_only_what_its_file_names(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    before = _read(org.world, "Profile", "Integration User")
    assert _deploy(responder, "Profile", "Integration User", _field("Contact.SSN__c", "false", "false")) == []
    after = _read(org.world, "Profile", "Integration User")
    assert "<field>Contact.SSN__c</field>" in before
    assert "<field>Contact.SSN__c</field>" not in after
    assert "<field>Contact.Phone</field>" in after
    client = org.client("order.sync")
    assert client.query("SELECT SSN__c FROM Contact LIMIT 1")[0]["errorCode"] == "INVALID_FIELD"


def test_profiles_have_the_names_of_the_metadata_api(org: Served) -> None:
    names = {one["fullName"] for one in list_all(org.world, "Profile") or ()}
    assert {"Admin", "Standard", "Integration User"} <= names
    assert "<name>ModifyAllData</name>" in _read(org.world, "Profile", "Admin")


def test_a_group_of_permission_sets_gives_what_its_sets_give(org: Served) -> None:
    responder = org.responder()
    _deploy(responder, "PermissionSet", "Part", _rights(_user("ExportReport")))
    assert (
        _deploy(responder, "PermissionSetGroup", "Both", "<label>Both</label><permissionSets>Part</permissionSets>")
        == []
    )
    held = responder.rows("SELECT PermissionsExportReport FROM PermissionSet WHERE Type = 'Group' AND Label = 'Both'")
    assert [one["PermissionsExportReport"] for one in held] == [True]
    assert "<permissionSets>Part</permissionSets>" in _read(org.world, "PermissionSetGroup", "Both")


def test_what_a_group_mutes_its_sets_do_not_give(org: Served) -> None:
    responder = org.responder()
    _deploy(responder, "PermissionSet", "Loud", _rights(_user("ExportReport"), _user("RunReports")))
    muted = "<label>Hush</label>" + _user("ExportReport") + _object("Contact")
    assert _deploy(responder, "MutingPermissionSet", "Hush", muted) == []
    inside = (
        "<label>Quiet</label><mutingPermissionSets>Hush</mutingPermissionSets><permissionSets>Loud</permissionSets>"
    )
    assert _deploy(responder, "PermissionSetGroup", "Quiet", inside) == []
    soql = "SELECT PermissionsExportReport, PermissionsRunReports FROM PermissionSet WHERE Label = 'Quiet'"
    held = [(one["PermissionsExportReport"], one["PermissionsRunReports"]) for one in responder.rows(soql)]
    assert held == [(False, True)]
    assert "<name>ExportReport</name>" in _read(org.world, "MutingPermissionSet", "Hush")


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
    assert _deploy(responder, "CustomObject", "Visit__c", inside) == []
    shown = {
        one["name"]: one["type"]
        for one in org.world.store.all(
            "SELECT QualifiedApiName AS name, DataType AS type FROM FieldDefinition "
            "WHERE EntityDefinitionId = 'Visit__c'"
        )
    }
    assert (shown["Reason__c"], shown["Guest__c"]) == ("string", "reference")
    opened = _rights(_object("Visit__c", allowCreate="true"), _field("Visit__c.Reason__c", "true"))
    assert _deploy(responder, "PermissionSet", "Visitors", opened) == []
    made = responder.call("POST", "/sobjects/Visit__c", json={"Name": "First", "Reason__c": "tea"})
    assert made.status_code == 201, made.text
    assert _delete(responder, "CustomObject", "Visit__c") == []
    assert responder.call("GET", "/sobjects/Visit__c/describe").status_code == 404


def test_a_validated_object_leaves_no_trace(org: Served) -> None:
    responder = org.responder()
    assert _deploy(responder, "CustomObject", "Ghost__c", _new_object(), checkOnly=True) == []
    assert org.world.store.schema.get("Ghost__c") is None
    assert org.world.store.one("SELECT 1 AS x FROM EntityDefinition WHERE QualifiedApiName = 'Ghost__c'") is None


def test_a_field_is_added_encrypted_classified_and_deleted(org: Served) -> None:
    responder = org.responder()
    more = (
        "<length>20</length><encryptionScheme>ProbabilisticEncryption</encryptionScheme>"
        "<securityClassification>Restricted</securityClassification><complianceGroup>PII;CCPA</complianceGroup>"
    )
    assert _deploy(responder, "CustomObject", "Contact", _new_field("Badge__c", "Text", more)) == []
    one = org.world.store.schema["Contact"].fields["Badge__c"]
    assert (one.encryption, one.security, one.compliance) == ("ProbabilisticEncryption", "Restricted", ("PII", "CCPA"))
    text = _read(org.world, "CustomObject", "Contact")
    assert "<encryptionScheme>ProbabilisticEncryption</encryptionScheme>" in text
    assert _delete(responder, "CustomField", "Contact.Badge__c") == []
    assert "Badge__c" not in org.world.store.schema["Contact"].fields


def test_a_standard_field_is_encrypted_and_opened_again(org: Served) -> None:
    responder = org.responder()
    for scheme, kept in (
        ("CaseSensitiveDeterministicEncryption", "CaseSensitiveDeterministicEncryption"),
        ("None", ""),
    ):
        inside = f"<fields><fullName>Phone</fullName><encryptionScheme>{scheme}</encryptionScheme></fields>"
        assert _deploy(responder, "CustomObject", "Contact", inside) == []
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
    assert len(_deploy(org.responder(), "CustomObject", "Contact", field)) == 1
    assert org.world.store.schema["Contact"].fields == before.fields


def test_a_second_file_of_an_object_adds_to_the_first(org: Served) -> None:
    responder = org.responder()
    _deploy(responder, "CustomObject", "Lead", _new_field("First__c"))
    _deploy(responder, "CustomObject", "Lead", _new_field("Second__c"))
    text = _read(org.world, "CustomObject", "Lead")
    assert ("First__c" in text, "Second__c" in text) == (True, True)


def test_settings_with_a_made_up_element_are_refused(org: Served) -> None:
    responder = org.responder()
    for element, wrong in (("enableDeterministEncryption", 0), ("enableDeterministicEncryption", 1)):
        inside = f"<{element}>true</{element}>"
        found = _deploy(responder, "Settings", "PlatformEncryption", inside, "PlatformEncryptionSettings")
        assert len(found) == wrong


@pytest.mark.parametrize("reading", ["attacker", "lenient"])
def test_a_block_refuses_logins_until_it_is_lifted(another: Callable[..., Served], reading: str) -> None:
    org = another(reading)
    responder, facts = org.responder(), org.integration("drift.integration")
    live, refreshing = org.client("drift.nightly"), org.integration("drift.nightly")
    names = "<consumerName>Drift</consumerName><masterLabel>Drift</masterLabel>"
    inside = f"<consumerKey>{facts['consumer_key']}</consumerKey>{names}"
    assert _deploy(responder, "BlacklistedConsumer", "Drift", inside) == []
    refused = org.refresh_login(facts).json()
    assert (refused["error"], refused["error_description"]) == ("app_blocked", "this app is blocked by admin")
    assert org.key_login(refreshing).json()["error"] == "app_blocked"
    ended = live.call("GET", "/sobjects").status_code
    assert ended == (401 if reading == "lenient" else 200)
    assert _delete(responder, "BlacklistedConsumer", "Drift") == []
    assert org.key_login(refreshing).status_code == 200


def test_a_connected_app_grants_and_takes_by_its_file(another: Callable[..., Served]) -> None:
    org = another()
    responder, facts = org.responder(), org.integration("drift.nightly")
    assert org.key_login(facts).status_code == 200
    inside = (
        "<label>Drift</label><oauthConfig><isAdminApproved>true</isAdminApproved></oauthConfig><permissionSetName/>"
    )
    assert _deploy(responder, "ConnectedApp", "Drift", inside) == []
    assert org.key_login(facts).json()["error"] == "invalid_app_access"
    assert "permissionSetName" not in _read(org.world, "ConnectedApp", "Drift")
    back = inside.replace("<permissionSetName/>", "<permissionSetName>Drift_Access</permissionSetName>")
    assert _deploy(responder, "ConnectedApp", "Drift", back) == []
    assert org.key_login(facts).status_code == 200


def test_sandboxes_get_the_components_and_not_the_deploys() -> None:
    assert (_rows_of("sim_component", "DEVELOPER"), _rows_of("sim_schema", "DEVELOPER")) == (-1, -1)
    assert (_rows_of("sim_deploy", "FULL"), _rows_of("sim_retrieve", "FULL")) == (0, 0)


def test_a_connected_app_is_read_with_its_key_and_without_its_secret(org: Served) -> None:
    text = _read(org.world, "ConnectedApp", "Drift")
    app = org.world.store.one("SELECT * FROM sim_app WHERE developer_name = 'Drift'") or {}
    assert app["consumer_key"] in text
    assert app["consumer_secret"] not in text


def test_an_external_client_app_is_made_used_and_switched_off(another: Callable[..., Served]) -> None:
    org = another()
    responder, pair = org.responder(), make_key_pair("desk")
    key = "3MVG9desk.key"
    of = "<externalClientApplication>Desk</externalClientApplication><label>Desk</label>"
    assert _deploy(responder, "ExternalClientApplication", "Desk",
                   "<contactEmail>it@harborpine.example</contactEmail><label>Desk</label>") == []  # fmt: skip
    keys = f"{of}<consumerKey>{key}</consumerKey><certificate>{pair.certificate_pem}</certificate>"
    assert _deploy(responder, "ExtlClntAppGlobalOauthSettings", "Desk_glbloauth", keys) == []
    set_id = org.world.store.one("SELECT Id FROM PermissionSet WHERE Name = 'Drift_Access'") or {}
    policy = (
        f"{of}<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>"
        f"<commaSeparatedPermissionSet>{set_id['Id']}</commaSeparatedPermissionSet>"
    )
    assert _deploy(responder, "ExtlClntAppOauthConfigurablePolicies", "Desk_oauthPlcy", policy) == []
    facts = {**org.integration("drift.nightly"), "consumer_key": key}
    assert org.key_login(facts, key=pair.private_pem).status_code == 200
    off = f"{of}<isEnabled>false</isEnabled>"
    assert _deploy(responder, "ExtlClntAppConfigurablePolicies", "Desk_plcy", off) == []
    assert org.key_login(facts, key=pair.private_pem).json()["error"] == "app_not_found"
    assert "<isEnabled>false</isEnabled>" in _read(org.world, "ExtlClntAppConfigurablePolicies", "Desk_plcy")


def test_rotating_a_key_by_flag_needs_ignore_warnings(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    _deploy(
        responder, "ExternalClientApplication", "Turn", "<contactEmail>a@b.example</contactEmail><label>Turn</label>"
    )
    sql = "SELECT consumer_key FROM sim_app WHERE developer_name = 'Turn'"
    before = org.world.store.one(sql)
    of = "<externalClientApplication>Turn</externalClientApplication>"
    inside = f"{of}<shouldRotateConsumerKey>true</shouldRotateConsumerKey>"
    assert len(_deploy(responder, "ExtlClntAppGlobalOauthSettings", "Turn_glbloauth", inside)) == 1
    assert org.world.store.one(sql) == before
    assert _deploy(responder, "ExtlClntAppGlobalOauthSettings", "Turn_glbloauth", inside, ignoreWarnings=True) == []
    assert org.world.store.one(sql) != before


def test_a_named_credential_is_shut_by_its_callout_status(org: Served) -> None:
    responder = org.responder()
    inside = "<label>Shipper</label><endpoint>https://ship.example</endpoint><calloutStatus>Disabled</calloutStatus>"
    assert _deploy(responder, "NamedCredential", "Shipper", inside) == []
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
    assert _deploy(org.responder(), "PermissionSet", "Full", _rights(_user("EditTask"), _user("ExportReport"))) == []
    text = _read(org.world, "PermissionSet", "Full")
    assert ("<name>EditTask</name>" in text, "<name>ExportReport</name>" in text) == (True, True)


def test_an_element_that_a_type_does_not_have_fails(org: Served) -> None:
    found = _deploy(org.responder(), "PermissionSet", "Odd", "<label>Odd</label><masterLabel>Odd</masterLabel>")
    space = "{http://soap.sforce.com/2006/04/metadata}"
    assert found == [f"Error parsing file: Element {space}masterLabel invalid at this location in type PermissionSet"]


def test_a_refresh_policy_of_zero_ends_refreshes_and_spares_live_tokens(another: Callable[..., Served]) -> None:
    org = another()
    responder, facts = org.responder(), org.integration("drift.integration")
    live = org.client("drift.integration")
    inside = "<label>Drift</label><oauthPolicy><refreshTokenPolicy>zero</refreshTokenPolicy></oauthPolicy>"
    assert _deploy(responder, "ConnectedApp", "Drift", inside) == []
    assert org.refresh_login(facts).json()["error"] == "invalid_grant"
    assert live.call("GET", "/sobjects").status_code == 200


def test_client_credentials_of_an_external_app_are_given_and_taken(another: Callable[..., Served]) -> None:
    org = another()
    responder, user = org.responder(), org.integration("drift.integration")["username"]
    of = "<externalClientApplication>Returns_Portal</externalClientApplication><label>R</label>"
    told = f"{of}<isClientCredentialsFlowEnabled>%s</isClientCredentialsFlowEnabled>"
    sql = 'SELECT u.Username FROM sim_app a LEFT JOIN "User" u ON u.Id = a.run_as WHERE a.developer_name = ?'
    given = told % "true" + f"<clientCredentialsFlowUser>{user}</clientCredentialsFlowUser>"
    for inside, who in ((given, user), (told % "false", None)):
        assert _deploy(responder, "ExtlClntAppOauthConfigurablePolicies", "Returns_Portal_oauthPlcy", inside) == []
        assert (org.world.store.one(sql, "Returns_Portal") or {})["Username"] == who


@pytest.mark.parametrize("name", ['Bad"Name__c', "1st__c", "Two__Two__c", "End___c"])
def test_names_that_salesforce_does_not_take(org: Served, name: str) -> None:
    responder = org.responder()
    assert "can only contain underscores" in _deploy(responder, "CustomObject", name, _new_object())[0]
    assert "can only contain underscores" in _deploy(responder, "CustomObject", "Lead", _new_field(name))[0]


def test_reports_lie_in_folders_that_the_manifest_names_too(org: Served) -> None:
    files = {
        "reports/Leads-meta.xml": component("ReportFolder", "<name>Leads</name>"),
        "reports/Leads/All.report": component("Report", "<name>All</name>"),
    }
    assert problems(deployed(org.responder(), {"Report": ["Leads", "Leads/All"]}, files)) == []
