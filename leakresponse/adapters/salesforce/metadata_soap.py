"""Reading an org's metadata. A deploy goes over REST, a look at what is there goes over SOAP alone.

Metadata API guide, `readMetadata` (up to 10 names a call, nil where there is no such component) and `listMetadata`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.metadata import NAMESPACE, element
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import batches

_NAMES_A_CALL = 10
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_HEADERS = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}


def read_components(client: SalesforceClient, kind: str, names: Sequence[str]) -> dict[str, Element]:
    """Components by full name, without those that are not there; tags have no namespace."""
    found: dict[str, Element] = {}
    for some in batches(names, _NAMES_A_CALL):
        asked = element("type", kind) + "".join(element("fullNames", one) for one in some)
        for record in _call(client, "readMetadata", asked).iter("records"):
            name = record.findtext("fullName")
            if name:
                found[name] = record
    return found


def list_components(client: SalesforceClient, kind: str) -> list[str]:
    """Full names of all components of a type."""
    answer = _call(client, "listMetadata", f"<queries>{element('type', kind)}</queries>")
    return [name for one in answer.iter("result") if (name := one.findtext("fullName"))]


def is_true(text: str | None) -> bool:
    """A boolean of XML."""
    return (text or "").strip().lower() == "true"


def rewritten(record: Element, changes: Mapping[str, object]) -> str:
    """The elements of a component as a file has them, in the order of their names, with these texts instead."""
    kept = [(one.tag, ElementTree.tostring(one, encoding="unicode")) for one in record if one.tag not in changes]
    made = [(tag, element(tag, value)) for tag, value in changes.items()]
    return "".join(xml for tag, xml in sorted(kept + made, key=lambda one: one[0]) if tag != "fullName")


def _call(client: SalesforceClient, operation: str, inside: str) -> Element:
    """One call; the answer's body without namespaces. Raises Refused for an answer that is no XML."""
    path = f"/services/Soap/m/{client.access.api_version}"

    def envelope(token: str) -> bytes:
        head = f"<SessionHeader>{element('sessionId', token)}</SessionHeader>"
        body = f"<{operation}>{inside}</{operation}>"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}" xmlns="{NAMESPACE}">'
            f"<e:Header>{head}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
        ).encode()

    answer = client.call_soap(path, envelope, _HEADERS)
    try:
        root = ElementTree.fromstring(answer.content)
    except ElementTree.ParseError:
        raise Refused("the org's answer is no XML", "NO_XML") from None
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    return root
