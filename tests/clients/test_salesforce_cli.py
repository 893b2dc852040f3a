"""The Salesforce CLI drives the org over http: logins, data, deploys, a sandbox, and what a containment does to it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.clients.running import Node
from tests.support.served_org import Served

pytestmark = pytest.mark.clients
ALIAS = "target"
PERMISSION_SET = """<?xml version="1.0" encoding="UTF-8"?>
<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">
    <description>Reads orders</description>
    <hasActivationRequired>false</hasActivationRequired>
    <label>Order Reader</label>
    <objectPermissions>
        <allowCreate>false</allowCreate>
        <allowDelete>false</allowDelete>
        <allowEdit>false</allowEdit>
        <allowRead>true</allowRead>
        <modifyAllRecords>false</modifyAllRecords>
        <object>Order</object>
        <viewAllRecords>false</viewAllRecords>
    </objectPermissions>
</PermissionSet>
"""


def login(node: Node, org: Served, username: str = "", key_file: str = "", key: str = "", alias: str = ALIAS) -> None:
    """`sf org login jwt` as the responder, or as somebody else with a key."""
    done = node.sf(
        "org", "login", "jwt", "--username", username or org.facts["username"], "--client-id",
        key or org.facts["consumer_key"], "--jwt-key-file", key_file or org.facts["private_key_file"],
        "--instance-url", org.url, "--alias", alias,
    )  # fmt: skip
    assert done.result["orgId"] == org.facts["org_id"]


@pytest.fixture(scope="module")
def sf(node: Node, org: Served) -> Node:
    """The CLI, logged in as the responder."""
    login(node, org)
    return node


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with a permission set."""
    folder = tmp_path_factory.mktemp("project")
    packages = [{"path": "force-app", "default": True}]
    (folder / "sfdx-project.json").write_text(json.dumps({"packageDirectories": packages, "sourceApiVersion": "67.0"}))
    sets = folder / "force-app" / "main" / "default" / "permissionsets"
    sets.mkdir(parents=True)
    (sets / "Order_Reader.permissionset-meta.xml").write_text(PERMISSION_SET)
    return folder


def test_a_query_brings_every_page(sf: Node, org: Served) -> None:
    found = sf.sf("data", "query", "--query", "SELECT Id, LastName FROM Contact", "--target-org", ALIAS).result
    ids = [one["Id"] for one in found["records"]]
    assert found["totalSize"] == len(ids) > 2_000
    assert sorted(ids) == sorted(one["Id"] for one in org.responder().rows("SELECT Id FROM Contact"))


def test_a_bulk_export_brings_every_page(sf: Node, org: Served, tmp_path: Path) -> None:
    out = tmp_path / "contacts.csv"
    soql = "SELECT Id, Email FROM Contact"
    done = sf.sf(
        "data", "export", "bulk", "--query", soql, "--output-file", str(out), "--wait", "2", "--target-org", ALIAS
    )
    assert done.code == 0, str(done)
    with out.open(newline="") as lines:
        ids = [row["Id"] for row in csv.DictReader(lines)]
    assert len(ids) == len(set(ids)) == len(org.responder().rows("SELECT Id FROM Contact"))


def test_a_record_is_updated(sf: Node, org: Served) -> None:
    record = org.responder().rows("SELECT Id FROM Contact LIMIT 1")[0]["Id"]
    change = ("--sobject", "Contact", "--record-id", record, "--values", "Title='Head of Tests'")
    assert sf.sf("data", "update", "record", *change, "--target-org", ALIAS).code == 0
    assert org.responder().rows(f"SELECT Title FROM Contact WHERE Id = '{record}'")[0]["Title"] == "Head of Tests"


def test_records_are_imported_in_bulk(sf: Node, org: Served, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("FirstName,LastName\nAda,Importer\nBo,Importer\n")
    given = ("--sobject", "Contact", "--file", str(tmp_path / "new.csv"), "--wait", "2")
    done = sf.sf("data", "import", "bulk", *given, "--target-org", ALIAS)
    assert done.code == 0, str(done)
    assert len(org.responder().rows("SELECT Id FROM Contact WHERE LastName = 'Importer'")) == 2


def test_a_validation_changes_nothing_and_is_then_deployed_quickly(sf: Node, org: Served, project: Path) -> None:
    rest = {"SF_ORG_METADATA_REST_DEPLOY": "true"}
    made = "SELECT Id FROM PermissionSet WHERE Name = 'Order_Reader'"
    checked = sf.sf(
        "project", "deploy", "validate", "-d", "force-app", "--target-org", ALIAS, cwd=project, **rest
    ).result
    assert (checked["status"], checked["checkOnly"]) == ("Succeeded", True)
    assert org.responder().rows(made) == []
    quick = sf.sf(
        "project", "deploy", "quick", "--job-id", checked["id"], "--target-org", ALIAS, cwd=project, **rest
    ).result
    assert quick["status"] == "Succeeded"
    assert len(org.responder().rows(made)) == 1


def test_soap_deploys_and_brings_the_same_back(sf: Node, org: Served, project: Path) -> None:
    deployed = sf.sf("project", "deploy", "start", "-d", "force-app", "--target-org", ALIAS, cwd=project).result
    assert deployed["status"] == "Succeeded"
    got = sf.sf("project", "retrieve", "start", "-m", "PermissionSet:Order_Reader", "--target-org", ALIAS, cwd=project)
    assert got.result["success"] is True
    kept = (project / "force-app/main/default/permissionsets/Order_Reader.permissionset-meta.xml").read_text()
    assert "<object>Order</object>" in kept and "Reads orders" in kept


def test_limits_and_plain_rest_calls(sf: Node) -> None:
    limits = {one["name"]: one["max"] for one in sf.sf("org", "list", "limits", "--target-org", ALIAS).result}
    assert limits["DailyApiRequests"] > 0
    script = "/services/data/v67.0/sobjects/Contact/describe"
    done = sf.sf("api", "request", "rest", script, "--target-org", ALIAS)
    assert '"name":"Contact"' in done.out.replace(" ", ""), str(done)


def test_a_sandbox_is_made_and_logged_in_to(sf: Node, org: Served) -> None:
    asked = ("--name", "tiny", "--license-type", "Developer", "--alias", "tiny", "--wait", "2", "--poll-interval", "15")
    done = sf.sf("org", "create", "sandbox", *asked, "--target-org", ALIAS, "--no-prompt", longest=180)
    assert done.code == 0, str(done)
    found = sf.sf("data", "query", "--query", "SELECT Id, IsSandbox FROM Organization", "--target-org", "tiny").result
    assert found["records"][0]["IsSandbox"] is True
    assert found["records"][0]["Id"] != org.facts["org_id"]


def test_a_dead_token_is_silently_replaced_while_the_app_stays_approved(sf: Node, org: Served) -> None:
    shown = sf.sf("org", "display", "--target-org", ALIAS, "--verbose").result
    org.form("revoke", token=str(shown["accessToken"]))
    found = sf.sf("data", "query", "--query", "SELECT Id FROM Organization", "--target-org", ALIAS).result
    assert found["totalSize"] == 1


def test_after_containment_the_cli_neither_reads_nor_logs_in(node: Node, org: Served) -> None:
    """Revoking its tokens and taking its app's grant away: the key alone no longer opens the org."""
    facts = org.integration("drift.nightly")
    login(node, org, facts["username"], facts["private_key_file"], facts["consumer_key"], "nightly")
    query = ("data", "query", "--query", "SELECT Id FROM Contact LIMIT 1", "--target-org", "nightly")
    assert node.sf(*query).code == 0
    responder = org.responder()
    app = responder.rows("SELECT Id FROM ConnectedApplication WHERE Name = 'Drift'")[0]["Id"]
    for grant in responder.rows(f"SELECT Id FROM SetupEntityAccess WHERE SetupEntityId = '{app}'"):
        assert responder.call("DELETE", f"/sobjects/SetupEntityAccess/{grant['Id']}").status_code == 204
    user = responder.rows(f"SELECT Id FROM User WHERE Username = '{facts['username']}'")[0]["Id"]
    for session in responder.rows(f"SELECT Id FROM AuthSession WHERE UsersId = '{user}'"):
        responder.call("DELETE", f"/sobjects/AuthSession/{session['Id']}")
    refused = node.sf(*query)
    assert refused.code != 0
    again = node.sf(
        "org", "login", "jwt", "--username", facts["username"], "--client-id", facts["consumer_key"], "--jwt-key-file",
        facts["private_key_file"], "--instance-url", org.url, "--alias", "again",
    )  # fmt: skip
    assert again.code != 0 and "user is not admin approved to access this app" in again.out, str(again)
