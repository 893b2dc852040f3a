"""Report definitions as the org describes them; what no query can repeat is said, and gone reports are left out."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.file_bodies import body
from leakresponse.adapters.salesforce.report_definitions import read_reports
from leakresponse.core.errors import BadInput
from leakresponse.core.exposure_views import ReportDefinition
from leakresponse.rehearsal.org.store import put
from tests.support.served_org import Served


def made(org: Served, **more: Any) -> str:
    columns = ["Contact.LastName", "Contact.Email"]
    metadata = {"name": "Contacts", "reportType": {"type": "Contact"}, "detailColumns": columns, **more}
    answer = org.responder().call("POST", "/analytics/reports", json={"reportMetadata": metadata})
    return str(answer.json()["reportMetadata"]["id"])


def read(client: SalesforceClient, report_id: str) -> ReportDefinition:
    return read_reports(client, [report_id])[report_id]


def test_columns_filters_and_their_types_are_read(org: Served, client: SalesforceClient) -> None:
    filters = [{"column": "Contact.Birthdate", "operator": "lessThan", "value": "1990-01-01"}]
    found = read(client, made(org, reportFilters=filters))
    assert (found.object, found.columns, found.exact) == ("Contact", ("Contact.LastName", "Contact.Email"), True)
    (condition,) = [one.where() for one in found.filters]
    assert condition is not None
    assert condition.text == "Birthdate < 1990-01-01"
    assert abs(found.changed_at - org.world.clock.now()) < timedelta(minutes=5)


def test_a_report_that_is_gone_is_left_out(client: SalesforceClient) -> None:
    assert read_reports(client, ["00O000000009999EAA"]) == {}


def test_the_bytes_of_a_file_come_back(org: Served, client: SalesforceClient) -> None:
    version, text = "068000000000009AAA", b"some text"
    row = {
        "Id": version, "ContentDocumentId": "069000000000009AAA", "Title": "list", "FileType": "TEXT",
        "ContentSize": len(text), "VersionData": base64.b64encode(text).decode(), "IsDeleted": 0,
    }  # fmt: skip
    with org.world.store.write() as db:
        put(db, "ContentVersion", row)
    assert b"".join(body(client, "ContentVersion", version)) == text


def test_an_object_without_bytes_is_refused(client: SalesforceClient) -> None:
    with pytest.raises(BadInput):
        body(client, "Contact", "003000000000001AAA")
