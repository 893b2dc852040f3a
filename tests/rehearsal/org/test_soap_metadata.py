"""The Metadata API over SOAP: a component goes in and comes back, and what is refused."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
import requests

from leakresponse.rehearsal.org import metadata_runs
from tests.support.metadata_deploys import SPACE, component, manifest, package
from tests.support.served_org import Client, Served, log_rows

ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Header xmlns="{space}"><SessionHeader>'
    "<sessionId>{token}</sessionId></SessionHeader><CallOptions><client>test</client></CallOptions></soapenv:Header>"
    '<soapenv:Body xmlns="{space}">{body}</soapenv:Body></soapenv:Envelope>'
)
SITE = component("RemoteSiteSetting", "<isActive>true</isActive><url>https://round.example</url>")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys end as soon as anybody looks."""
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)


def _send(client: Client, body: str, ending: str = "") -> requests.Response:
    content = ENVELOPE.format(space=SPACE, token=escape(client.token), body=body)
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    return requests.post(f"{client.url}/services/Soap/m/67.0{ending}", content.encode(), headers=headers, timeout=30)


def _call(client: Client, body: str, ending: str = "") -> ElementTree.Element:
    """The first result of an answer that is no fault."""
    answer = _send(client, body, ending)
    assert answer.status_code == 200, answer.text
    found = ElementTree.fromstring(answer.content).find(f".//{{{SPACE}}}result")
    assert found is not None
    return found


def _text(found: ElementTree.Element, path: str) -> str:
    return found.findtext("/".join(f"{{{SPACE}}}{one}" for one in path.split("/"))) or ""


def _deploy(client: Client, content: bytes, options: str = "", ending: str = "") -> ElementTree.Element:
    told = f"<ZipFile>{base64.b64encode(content).decode()}</ZipFile><DeployOptions>{options}</DeployOptions>"
    started = _call(client, f"<deploy>{told}</deploy>", ending)
    assert (_text(started, "done"), _text(started, "state")) == ("false", "Queued")
    return _status(client, _text(started, "id"), ending)


def _status(client: Client, deploy_id: str, ending: str = "") -> ElementTree.Element:
    body = f"<checkDeployStatus><asyncProcessId>{deploy_id}</asyncProcessId><includeDetails>true</includeDetails>"
    below = f"{ending}/{deploy_id}" if ending else ""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found = _call(client, f"{body}</checkDeployStatus>", below)
        if _text(found, "done") == "true":
            return found
        time.sleep(0.02)
    raise AssertionError("the deploy did not end")


def _retrieve(client: Client, members: str, more: str = "", outer: str = "request") -> dict[str, bytes]:
    """The files of a retrieve, and under the empty name its messages."""
    body = f"<retrieve><{outer}><apiVersion>67.0</apiVersion>{more}<unpackaged>{members}<version>67.0</version>"
    started = _call(client, f"{body}</unpackaged></{outer}></retrieve>")
    wanted = f"<checkRetrieveStatus><asyncProcessId>{_text(started, 'id')}</asyncProcessId></checkRetrieveStatus>"
    found = _call(client, wanted)
    assert (_text(found, "done"), _text(found, "success")) == ("true", "true")
    problems = "\n".join(one.text or "" for one in found.iter(f"{{{SPACE}}}problem"))
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(_text(found, "zipFile")))) as archive:
        return {"": problems.encode(), **{name: archive.read(name) for name in archive.namelist()}}


def _types(kind: str, *names: str) -> str:
    return f"<types>{''.join(f'<members>{one}</members>' for one in names)}<name>{kind}</name></types>"


@pytest.mark.parametrize("ending", ["", "/deployRequest"])
def test_what_is_deployed_comes_back_the_same(org: Served, ending: str) -> None:
    responder = org.responder()
    content = package({"RemoteSiteSetting": ["Round"]}, {"remoteSiteSettings/Round.remoteSite": SITE})
    found = _deploy(responder, content, "<rollbackOnError>true</rollbackOnError>", ending)
    assert (_text(found, "status"), _text(found, "details/componentSuccesses/fullName")) == ("Succeeded", "Round")
    back = _retrieve(responder, _types("RemoteSiteSetting", "Round"))
    root = ElementTree.fromstring(back["unpackaged/remoteSiteSettings/Round.remoteSite"])
    assert _text(root, "url") == "https://round.example"
    assert b"<members>Round</members>" in back["unpackaged/package.xml"]
    again = package(
        {"RemoteSiteSetting": ["Round"]},
        {"remoteSiteSettings/Round.remoteSite": back["unpackaged/remoteSiteSettings/Round.remoteSite"]},
    )
    assert _text(_deploy(responder, again), "status") == "Succeeded"
    assert _retrieve(responder, _types("RemoteSiteSetting", "Round")) == back


def test_a_kept_type_comes_back_byte_by_byte(org: Served) -> None:
    responder = org.responder()
    files = {
        "classes/Cut.cls": "public class Cut {}",
        "classes/Cut.cls-meta.xml": component("ApexClass", ""),
        "transactionSecurityPolicies/Big.transactionSecurityPolicy": component(
            "TransactionSecurityPolicy", "<active>true</active>"
        ),
        "roles/Desk.role": component("Role", "<name>Desk</name>"),
    }
    members = {"ApexClass": ["Cut"], "TransactionSecurityPolicy": ["Big"], "Role": ["Desk"]}
    assert _text(_deploy(responder, package(members, files)), "status") == "Succeeded"
    asked = "".join(_types(kind, *names) for kind, names in members.items())
    back = _retrieve(responder, asked, "<singlePackage>true</singlePackage>", "retrieveRequest")
    assert {name: back[name].decode() for name in files} == files


def test_a_failed_deploy_tells_what_is_wrong(org: Served) -> None:
    content = package(
        {"RemoteSiteSetting": ["Bad"]}, {"remoteSiteSettings/Bad.remoteSite": component("RemoteSiteSetting", "")}
    )
    found = _deploy(org.responder(), content)
    assert (_text(found, "status"), _text(found, "numberComponentErrors")) == ("Failed", "1")
    assert "Required fields are missing" in _text(found, "details/componentFailures/problem")


def test_a_validation_is_deployed_quickly(org: Served) -> None:
    responder = org.responder()
    content = package({"RemoteSiteSetting": ["Quick"]}, {"remoteSiteSettings/Quick.remoteSite": SITE})
    checked = _deploy(responder, content, "<checkOnly>true</checkOnly><testLevel>RunLocalTests</testLevel>")
    assert b"named 'Quick' cannot be found" in _retrieve(responder, _types("RemoteSiteSetting", "Quick"))[""].replace(
        b"&apos;", b"'"
    )
    body = f"<deployRecentValidation><validationId>{_text(checked, 'id')}</validationId></deployRecentValidation>"
    answer = _call(responder, body)
    assert _text(_status(responder, answer.text or ""), "status") == "Succeeded"
    assert "unpackaged/remoteSiteSettings/Quick.remoteSite" in _retrieve(responder, _types("RemoteSiteSetting", "*"))


def test_a_deploy_is_canceled(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 60.0)
    responder = org.responder()
    content = base64.b64encode(package({}, {})).decode()
    started = _call(responder, f"<deploy><ZipFile>{content}</ZipFile></deploy>")
    assert _text(_call(responder, f"<cancelDeploy><id>{_text(started, 'id')}</id></cancelDeploy>"), "id")
    assert _text(_status(responder, _text(started, "id")), "status") == "Canceled"


def test_the_org_tells_its_types_and_components(org: Served) -> None:
    responder = org.responder()
    described = _call(responder, "<describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata>")
    named = {_text(one, "xmlName"): _text(one, "directoryName") for one in described}
    assert named["PermissionSet"] == "permissionsets"
    listed = _send(responder, "<listMetadata><queries><type>ConnectedApp</type></queries></listMetadata>")
    names = [one.text for one in ElementTree.fromstring(listed.content).iter(f"{{{SPACE}}}fullName")]
    assert {"Drift", "Order_Sync"} <= set(names)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<listMetadata><queries><type>Spell</type></queries></listMetadata>", "sf:INVALID_TYPE"),
        ("<checkDeployStatus><asyncProcessId>0Af000000000001AAA</asyncProcessId></checkDeployStatus>",
         "sf:INVALID_CROSS_REFERENCE_KEY"),
        ("<checkRetrieveStatus><asyncProcessId>09S000000000001AAA</asyncProcessId></checkRetrieveStatus>",
         "sf:INVALID_CROSS_REFERENCE_KEY"),
        ("<deploy><ZipFile>!</ZipFile></deploy>", "sf:INVALID_ZIP_FILE"),
        ("<makeCoffee/>", "sf:UNKNOWN_EXCEPTION"),
    ],
)  # fmt: skip
def test_faults(org: Served, body: str, code: str) -> None:
    answer = _send(org.responder(), body)
    assert (answer.status_code, f"<faultcode>{code}</faultcode>" in answer.text) == (500, True)


def test_a_dead_session_and_a_caller_without_permission_are_refused(org: Served) -> None:
    dead = Client(org.url, "00D!dead")
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in _send(dead, "<describeMetadata/>").text
    other = org.client("migration")
    assert "<faultcode>sf:INSUFFICIENT_ACCESS</faultcode>" in _send(other, "<describeMetadata/>").text


def test_document_types_are_refused(org: Served) -> None:
    content = b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'
    answer = requests.post(f"{org.url}/services/Soap/m/67.0", content, timeout=20)
    assert (answer.status_code, "sf:UNKNOWN_EXCEPTION" in answer.text) == (500, True)


def test_components_are_read_and_written_one_by_one(org: Served) -> None:
    responder = org.responder()
    inside = "<fullName>Single</fullName><isActive>true</isActive><url>{}</url>"
    one = f'<metadata xsi:type="RemoteSiteSetting">{inside}</metadata>'
    made = _call(responder, f"<createMetadata>{one.format('https://one.example')}</createMetadata>")
    assert (_text(made, "fullName"), _text(made, "success")) == ("Single", "true")
    twice = _call(responder, f"<createMetadata>{one.format('https://one.example')}</createMetadata>")
    assert _text(twice, "success") == "false"
    upserted = _call(responder, f"<upsertMetadata>{one.format('https://two.example')}</upsertMetadata>")
    assert (_text(upserted, "created"), _text(upserted, "success")) == ("false", "true")
    read = "<readMetadata><type>RemoteSiteSetting</type><fullNames>Single</fullNames></readMetadata>"
    assert _text(_call(responder, read), "records/url") == "https://two.example"
    gone = "<deleteMetadata><type>RemoteSiteSetting</type><fullNames>Single</fullNames></deleteMetadata>"
    assert _text(_call(responder, gone), "success") == "true"
    assert _text(_call(responder, read), "records/url") == ""


def test_calls_leave_rows_of_the_metadata_api(another: Callable[..., Served]) -> None:
    org = another()
    _deploy(org.responder(), package({}, {"destructiveChanges.xml": manifest({})}))
    operations = set(log_rows(org, "MetadataApiOperation")["OPERATION"])
    api = log_rows(org, "API")
    assert operations == {"deploy"}
    assert {"deploy", "check_deploy_status"} <= set(api["METHOD_NAME"])
    assert set(api["API_TYPE"]) == {"M"}
