"""SOAP 1.1 messages as Salesforce's APIs speak them: what a request asks, and answers and faults as XML.

Faults carry `sf:CODE` (SOAP API guide, "API
Fault Element") and come with HTTP 500.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.xml_reading import document

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MEDIA = "text/xml;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """One call: the operation's name without its namespace, its element, and the headers by name."""

    operation: str
    element: ElementTree.Element
    headers: dict[str, ElementTree.Element]

    @property
    def session_id(self) -> str:
        """SessionHeader.sessionId, empty where there is none."""
        found = self.headers.get("SessionHeader")
        return text_of(found, "sessionId") if found is not None else ""


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def text_of(element: ElementTree.Element, name: str) -> str:
    """The text of the first child of that name, whatever its namespace; empty where there is none."""
    return next(((one.text or "").strip() for one in element if local(one.tag) == name), "")


def texts_of(element: ElementTree.Element, name: str) -> list[str]:
    """The texts of all children of that name."""
    return [(one.text or "").strip() for one in element if local(one.tag) == name]


def children_of(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """All children of that name."""
    return [one for one in element if local(one.tag) == name]


def read(body: bytes) -> SoapRequest:
    """The call in an envelope. Raises BadInput for what is no SOAP."""
    try:
        root = document(body)
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    parts = {local(one.tag): one for one in root}
    inner = parts.get("Body")
    if local(root.tag) != "Envelope" or inner is None or len(inner) == 0:
        raise BadInput("the request is not a SOAP envelope with a body")
    headers = {local(one.tag): one for one in parts.get("Header", ())}
    return SoapRequest(local(inner[0].tag), inner[0], headers)


def answer(namespace: str, operation: str, inside: str, extra: str = "") -> bytes:
    """The envelope of `<operation>Response` around ready XML; `extra` are further namespace declarations."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns="{namespace}" '
        f'xmlns:xsi="{XSI}"{extra}><soapenv:Body><{operation}Response>{inside}</{operation}Response>'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault(namespace: str, code: str, words: str, kind: str = "") -> bytes:
    """A fault with Salesforce's code and words; `kind` (`LoginFault`) adds the detail that clients of login() read."""
    shown = f"{code}: {words}"
    inside = xml("sf:exceptionCode", code) + xml("sf:exceptionMessage", words)
    detail = f'<detail><sf:{kind} xsi:type="sf:{kind}">{inside}</sf:{kind}></detail>' if kind else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:sf="{namespace}" '
        f'xmlns:xsi="{XSI}"><soapenv:Body><soapenv:Fault><faultcode>sf:{escape(code)}</faultcode>'
        f"<faultstring>{escape(shown)}</faultstring>{detail}</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()


def xml(name: str, value: Any) -> str:
    """`<name>value</name>`; None is nil, lists repeat, mappings nest, booleans are words."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, list):
        return "".join(xml(name, one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(xml(key, one) for key, one in value.items())}</{name}>"
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(shown)}</{name}>"
