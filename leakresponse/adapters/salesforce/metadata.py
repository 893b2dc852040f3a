"""Changing an org's metadata by a deploy over REST: any components and deletions.

Multipart parts and polling: REST guide "Deploy Metadata with REST API".
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.errors import Refused, Unavailable

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
DEPLOY_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Component:
    """One file of metadata: its type, its full name, where it lies in a package, and its XML."""

    kind: str
    name: str
    path: str
    xml: str


def component(kind: str, name: str, path: str, inside: str, root: str = "") -> Component:
    """A component around ready XML; `root` is the tag where it is not the type's name, as for Settings."""
    tag = root or kind
    return Component(kind, name, path, f'{_HEAD}<{tag} xmlns="{NAMESPACE}">{inside}</{tag}>\n')


def element(tag: str, value: object) -> str:
    """One element with its text; booleans as XML writes them."""
    text = ("true" if value else "false") if isinstance(value, bool) else escape(str(value))
    return f"<{tag}>{text}</{tag}>"


def deploy(
    client: SalesforceClient,
    components: Iterable[Component] = (),
    deletions: Mapping[str, Iterable[str]] | None = None,
    wait_seconds: float = DEPLOY_SECONDS,
) -> str:
    """Deploy components and deletions (type to names), all or nothing, and wait; the answer is the deploy's id.

    Doing it twice harms nothing, so a lost connection is tried again. Raises Refused where the org refused it and
    Unavailable where it did not end in time: what it did has to be looked at then.
    """
    content = _zipped(list(components), deletions or {}, client.access.api_version)
    options = {
        "deployOptions": {"checkOnly": False, "singlePackage": True, "rollbackOnError": True, "testLevel": "NoTestRun"}
    }
    parts = {
        "json": (None, json.dumps(options), "application/json"),
        "file": ("deploy.zip", content, "application/zip"),
    }
    started = client.call("POST", "/metadata/deployRequest", files=parts, repeatable=True).json()
    return _wait(client, str(started["id"]), wait_seconds)


def _wait(client: SalesforceClient, deploy_id: str, wait_seconds: float) -> str:
    deadline = time.monotonic() + wait_seconds
    pause = 0.05
    while time.monotonic() < deadline:
        body = client.call("GET", f"/metadata/deployRequest/{deploy_id}", params={"includeDetails": "true"}).json()
        result: dict[str, Any] = body["deployResult"]
        if result["done"]:
            if result["success"] and result["status"] == "Succeeded":
                return deploy_id
            raise Refused("the org refused the deploy", f"DEPLOY_{result['status'].upper()}")
        time.sleep(pause)
        pause = min(pause * 2, 5)
    raise Unavailable("metadata deploy did not end in time")


def _zipped(components: list[Component], deletions: Mapping[str, Iterable[str]], version: str) -> bytes:
    members: dict[str, list[str]] = {}
    for one in components:
        members.setdefault(one.kind, []).append(one.name)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package.xml", _manifest(members, version))
        for one in components:
            archive.writestr(one.path, one.xml)
        if deletions:
            archive.writestr("destructiveChanges.xml", _manifest(deletions, version))
    return buffer.getvalue()


def _manifest(members: Mapping[str, Iterable[str]], version: str) -> str:
    types = "".join(
        f"<types>{''.join(element('members', name) for name in names)}{element('name', kind)}</types>"
        for kind, names in members.items()
    )
    return f'{_HEAD}<Package xmlns="{NAMESPACE}">{types}{element("version", version)}</Package>\n'
