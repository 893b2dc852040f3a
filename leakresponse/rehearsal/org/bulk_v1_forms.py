"""What the older bulk API says and is told, as XML or JSON (Bulk API guide, "Sample Client Requests", "Errors").

The namespace and the element names are the guide's; a client that sends or asks for JSON is answered in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.soap_envelope import XSI, children_of, local, xml
from leakresponse.rehearsal.org.xml_reading import document

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
XML, JSON, CSV = "application/xml", "application/json", "text/csv"
MEDIA = {"XML": XML, "JSON": JSON, "CSV": CSV}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
#: How this API writes the codes of the other ones.
_CODES = {
    "INVALID_SESSION_ID": "InvalidSessionId", "REQUEST_LIMIT_EXCEEDED": "RequestLimitExceeded",
    "INSUFFICIENT_ACCESS": "FeatureNotEnabled", "NOT_FOUND": "InvalidJob", "INVALIDJOB": "InvalidJob",
    "INVALIDENTITY": "InvalidEntity", "INVALIDJOBSTATE": "InvalidJobState", "FEATURENOTENABLED": "FeatureNotEnabled",
    "METHOD_NOT_ALLOWED": "InvalidUrl", "UNSUPPORTED_API_VERSION": "InvalidVersion",
}  # fmt: skip


def wants_json(headers: Mapping[str, str]) -> bool:
    """Whether a client speaks JSON."""
    return any("json" in headers.get(name, "") for name in ("content-type", "accept"))


def shown(name: str, body: Any, as_json: bool, status: int = 200) -> Answer:
    """One object of this API: `jobInfo`, `batchInfo`, a list of them."""
    if as_json:
        return Answer(status, content=json.dumps(body).encode(), media=JSON)
    inside = "".join(xml(key, value) for key, value in body.items())
    text = f'{_HEAD}<{name} xmlns="{NAMESPACE}">{inside}</{name}>'
    return Answer(status, content=text.encode(), media=XML)


def refusal(refused: ApiRefused, as_json: bool) -> Answer:
    """An error: code and words. A dead session is 400 here, not 401."""
    code = _CODES.get(refused.code, refused.code)
    status = 400 if refused.status in {401, 404} else refused.status
    return shown("error", {"exceptionCode": code, "exceptionMessage": refused.words}, as_json, status)


def asked(body: bytes) -> dict[str, str]:
    """A jobInfo from XML or JSON. Raises 400 InvalidJob."""
    try:
        if body.lstrip()[:1] == b"{":
            return {str(key): str(value) for key, value in json.loads(body).items() if value is not None}
        return {local(one.tag): (one.text or "").strip() for one in document(body)}
    except ValueError:
        raise bad_request("InvalidJob", "Unable to parse Job") from None


def rows_of(body: bytes, content: str) -> list[dict[str, Any]]:
    """Records of a batch in JSON or XML. Raises ValueError."""
    if content == "JSON":
        found = json.loads(body)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ValueError("not a list of records")
        return found
    return [_record(one) for one in children_of(document(body), "sObject")]


def _record(element: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in element:
        nil = one.get(f"{{{XSI}}}nil") == "true"
        inner = children_of(one, "sObject")
        found[local(one.tag)] = _record(inner[0]) if inner else None if nil else (one.text or "")
    found.pop("type", None)
    return found


def json_rows(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Records as one JSON list, piece by piece."""
    start = b"["
    for one in records:
        yield start + json.dumps(one, separators=(",", ":")).encode()
        start = b","
    yield b"[]" if start == b"[" else b"]"


def xml_rows(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Records as `queryResult`, piece by piece; the Id stands twice, as in Salesforce's own answers."""
    yield f'{_HEAD}<queryResult xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">'.encode()
    for one in records:
        yield f'<records xsi:type="sObject">{_xml_record(one)}</records>'.encode()
    yield b"</queryResult>"


def _xml_record(record: Mapping[str, Any]) -> str:
    parts = [xml("type", (record.get("attributes") or {}).get("type", ""))]
    if "Id" in record:
        parts.append(xml("Id", record["Id"]))
    for name, value in record.items():
        if name == "attributes":
            continue
        nested = isinstance(value, Mapping)
        parts.append(f'<{name} xsi:type="sObject">{_xml_record(value)}</{name}>' if nested else xml(name, value))
    return "".join(parts)
