"""The SOAP API: queries over several pages, writes, faults, and the rows of each call."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
import requests

from leakresponse.rehearsal.org.soap_envelope import SOAP
from tests.support.served_org import Client, Served, log_rows

PARTNER = "urn:partner.soap.sforce.com"


def call(client: Client, inside: str, token: str = "", batch: int = 0) -> requests.Response:
    options = f"<QueryOptions><batchSize>{batch}</batchSize></QueryOptions>" if batch else ""
    body = (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns="{PARTNER}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<e:Header><SessionHeader><sessionId>{token or client.token}</sessionId></SessionHeader>"
        f"<CallOptions><client>Loader/67</client></CallOptions>{options}</e:Header><e:Body>{inside}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    return requests.post(f"{client.url}/services/Soap/u/67.0", data=body.encode(), headers=headers, timeout=30)


def result(answer: requests.Response) -> ElementTree.Element:
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.text)


def texts(root: ElementTree.Element, name: str) -> list[str]:
    return [one.text or "" for one in root.iter() if one.tag.rpartition("}")[2] == name]


def query(client: Client, soql: str, batch: int = 0) -> ElementTree.Element:
    return result(call(client, f"<query><queryString>{escape(soql)}</queryString></query>", batch=batch))


def test_query_more_gives_the_other_pages(org: Served) -> None:
    responder = org.responder()
    page = query(responder, "SELECT Id FROM Contact", batch=200)
    found = texts(page, "Id")[::2]
    locator = texts(page, "queryLocator")[0]
    assert texts(page, "done") == ["false"] and len(found) == 200
    page = result(call(responder, f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>", batch=200))
    found += texts(page, "Id")[::2]
    assert sorted(found) == sorted(one["Id"] for one in responder.rows("SELECT Id FROM Contact"))


def test_each_call_leaves_an_api_row_with_its_method_and_rows(org: Served) -> None:
    client = org.client("drift.integration", "203.0.113.9")
    query(client, "SELECT Id FROM Case LIMIT 3")
    row = log_rows(org, "API").iloc[-1]
    assert (row["METHOD_NAME"], row["ENTITY_NAME"], row["ROWS_PROCESSED"]) == ("query", "Case", "3")
    assert (row["API_TYPE"], row["CLIENT_NAME"], row["URI"]) == ("P", "Loader/67", "Api")
    soql = "SELECT ApiType, Query, RowsReturned FROM ApiEvent WHERE EventDate > 2020-01-01T00:00:00Z"
    told = {(one["ApiType"], one["Query"], one["RowsReturned"]) for one in org.responder().rows(soql)}
    assert ("SOAP Partner", "SELECT Id FROM Case LIMIT 3", 3.0) in told


def test_a_record_is_made_changed_read_and_deleted(org: Served) -> None:
    responder = org.responder()
    made = result(
        call(responder, "<create><sObjects><type>Contact</type><LastName>Quill</LastName></sObjects></create>")
    )
    record = texts(made, "id")[0]
    changed = f"<update><sObjects><type>Contact</type><Id>{record}</Id><FirstName>Ada</FirstName></sObjects></update>"
    assert texts(result(call(responder, changed)), "success") == ["true"]
    asked = f"<retrieve><fieldList>Id, Name</fieldList><sObjectType>Contact</sObjectType><ids>{record}</ids></retrieve>"
    assert texts(result(call(responder, asked)), "Name") == ["Ada Quill"]
    assert texts(result(call(responder, f"<delete><ids>{record}</ids></delete>")), "success") == ["true"]


def test_one_bad_record_does_not_spoil_the_others(org: Served) -> None:
    bad, good = "<type>Contact</type>", "<type>Contact</type><LastName>Vale</LastName>"
    both = f"<create><sObjects>{bad}</sObjects><sObjects>{good}</sObjects></create>"
    found = result(call(org.responder(), both))
    assert texts(found, "success") == ["false", "true"]
    assert texts(found, "statusCode") == ["REQUIRED_FIELD_MISSING"]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<query><queryString>SELECT Nothing FROM Contact</queryString></query>", "INVALID_FIELD"),
        ("<query><queryString>nonsense</queryString></query>", "MALFORMED_QUERY"),
        ("<emptyRecycleBin/>", "UNKNOWN_EXCEPTION"),
        ("<describeSObject><sObjectType>Nothing</sObjectType></describeSObject>", "INVALID_TYPE"),
    ],
)
def test_refusals_are_faults(org: Served, inside: str, code: str) -> None:
    answer = call(org.responder(), inside)
    assert answer.status_code == 500
    assert texts(ElementTree.fromstring(answer.text), "faultcode") == [f"sf:{code}"]


def test_a_dead_session_is_a_fault(org: Served) -> None:
    answer = call(org.responder(), "<getUserInfo/>", token="dead")
    assert answer.status_code == 500 and "sf:INVALID_SESSION_ID" in answer.text


def test_no_document_type_is_read(org: Served) -> None:
    body = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    answer = requests.post(f"{org.url}/services/Soap/u/67.0", data=body, timeout=20)
    assert answer.status_code == 500 and "document types" in answer.text


def test_who_is_asking(org: Served) -> None:
    assert texts(result(call(org.responder(), "<getUserInfo/>")), "userName") == [org.facts["username"]]


def test_describe_tells_what_the_caller_sees(org: Served) -> None:
    asked = "<describeSObject><sObjectType>Contact</sObjectType></describeSObject>"
    everything = texts(result(call(org.responder(), asked)), "name")
    support = texts(result(call(org.client("support.lead"), asked)), "name")
    assert "SSN__c" in everything and "SSN__c" not in support and "LastName" in support


def test_describe_global_lists_the_objects_of_the_caller(org: Served) -> None:
    listed = texts(result(call(org.client("support.lead"), "<describeGlobal/>")), "name")
    assert "Contact" in listed and "Loyalty_Member__c" not in listed


def test_a_version_that_does_not_exist_is_a_fault(org: Served) -> None:
    client = org.responder()
    body = (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Header><SessionHeader><sessionId>{client.token}</sessionId></SessionHeader>'
    )
    body += "</e:Header><e:Body><getUserInfo/></e:Body></e:Envelope>"
    answer = requests.post(f"{org.url}/services/Soap/u/99.0", data=body, timeout=20)
    assert answer.status_code == 500 and "sf:NOT_FOUND" in answer.text
