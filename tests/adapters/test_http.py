"""What the org's answers mean: codes of every API, dead sessions in three dialects, what may be tried again."""

from __future__ import annotations

import threading

import pytest
import requests

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.http import Wire, error_code, is_busy, refusal
from leakresponse.adapters.salesforce.metadata_soap import list_components, read_components
from leakresponse.core.errors import Refused, SessionRevoked, Unavailable
from tests.support.org_faults import order
from tests.support.served_org import Served

FAULT = "<e:Fault><faultcode>sf:{}</faultcode><faultstring>words</faultstring></e:Fault>"


def _answer(status: int, text: str) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content = status, text.encode()
    return made


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (400, '[{"errorCode":"MALFORMED_ID","message":"m"}]', "MALFORMED_ID"),
        (400, '{"error":"invalid_grant","error_description":"d"}', "invalid_grant"),
        (400, '{"exceptionCode":"InvalidJobState","exceptionMessage":"m"}', "InvalidJobState"),
        (500, FAULT.format("INVALID_TYPE"), "INVALID_TYPE"),
        (503, "<html>busy</html>", "HTTP_503"),
    ],
)
def test_every_dialect_names_its_code(status: int, text: str, code: str) -> None:
    assert error_code(_answer(status, text)) == code


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (401, '[{"errorCode":"INVALID_SESSION_ID","message":"m"}]'),
        (400, '{"exceptionCode":"InvalidSessionId","exceptionMessage":"m"}'),
        (500, FAULT.format("INVALID_SESSION_ID")),
    ],
)
def test_a_dead_session_is_one_whatever_the_dialect(status: int, text: str) -> None:
    assert not is_busy(_answer(status, text))
    assert isinstance(refusal(_answer(status, text)), SessionRevoked)


@pytest.mark.parametrize(
    ("status", "text", "busy"),
    [(500, FAULT.format("INVALID_TYPE"), False), (500, FAULT.format("SERVER_UNAVAILABLE"), True), (500, "", True)],
)
def test_a_refusal_over_soap_is_not_a_busy_org(status: int, text: str, busy: bool) -> None:
    assert is_busy(_answer(status, text)) is busy
    assert isinstance(refusal(_answer(status, text)), Unavailable if busy else Refused)


def test_metadata_is_read_with_a_fresh_session(org: Served, client: SalesforceClient) -> None:
    order(org, {"match": {"path": "/services/Soap/*", "count": 1}, "fault": "expire_session"})
    assert "Drift" in list_components(client, "ConnectedApp")


def test_what_is_not_there_is_left_out_and_an_unknown_type_is_refused(client: SalesforceClient) -> None:
    assert set(read_components(client, "ConnectedApp", ["Drift", "Nobody"])) == {"Drift"}
    with pytest.raises(Refused) as refused:
        list_components(client, "NoSuchType")
    assert refused.value.code == "INVALID_TYPE"


def test_threads_share_connections_and_not_sessions() -> None:
    wire, seen = Wire(None), []
    thread = threading.Thread(target=lambda: seen.append(wire.session))
    thread.start()
    thread.join(5)
    assert seen[0] is not wire.session
    assert seen[0].get_adapter("https://x.example") is wire.session.get_adapter("https://x.example")
