"""Data Loader's way of reading: SOAP query and queryMore, 2,000 records a page, everything received remembered."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pandas as pd

from leakresponse.rehearsal.client import OrgClient

PAGE = 2_000
_SOAP, _PARTNER = "http://schemas.xmlsoap.org/soap/envelope/", "urn:partner.soap.sforce.com"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def soap_query(client: OrgClient, soql: str, caller: str = "DataLoaderPartnerUI/60.0.2", page: int = PAGE) -> int:
    """Run a query and fetch every page; the answer is how many records came. Raises Denied."""
    asked = f"<query><queryString>{escape(soql)}</queryString></query>"
    rows = 0
    while asked:
        answer = _call(client, asked, caller, page)
        rows += _keep(client, answer)
        locator = _text(answer, "queryLocator")
        asked = f"<queryMore><queryLocator>{locator}</queryLocator></queryMore>" if locator else ""
    return rows


def _call(client: OrgClient, inside: str, caller: str, page: int) -> ElementTree.Element:
    body = (
        f'<e:Envelope xmlns:e="{_SOAP}" xmlns="{_PARTNER}"><e:Header>'
        f"<SessionHeader><sessionId>{client.access_tokens[-1]}</sessionId></SessionHeader>"
        f"<CallOptions><client>{caller}</client></CallOptions>"
        f"<QueryOptions><batchSize>{page}</batchSize></QueryOptions></e:Header><e:Body>{inside}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    answer = client.call("POST", "/services/Soap/u/60.0", data=body.encode(), headers=headers)
    return ElementTree.fromstring(answer.text)


def _keep(client: OrgClient, answer: ElementTree.Element) -> int:
    found: dict[str, list[dict[str, str]]] = {}
    for one in (element for element in answer.iter() if _local(element.tag) == "records"):
        row = {_local(part.tag): "" if part.get(_NIL) == "true" else part.text or "" for part in one}
        found.setdefault(row.pop("type"), []).append(row)
    for name, rows in found.items():
        client.received.add(name, pd.DataFrame(rows))
    return sum(map(len, found.values()))


def _text(answer: ElementTree.Element, name: str) -> str:
    return next((one.text or "" for one in answer.iter() if _local(one.tag) == name), "")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
