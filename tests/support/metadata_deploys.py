"""Packages for the Metadata API, and a client that deploys them over REST."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from leakresponse.rehearsal.org.metadata_registry import KINDS
from leakresponse.rehearsal.org.metadata_retrieve import content_of
from leakresponse.rehearsal.org.world import World
from tests.support.served_org import Client

PATH = "/metadata/deployRequest"
SPACE = "http://soap.sforce.com/2006/04/metadata"
Members = Mapping[str, Iterable[str]]


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def manifest(members: Members, version: str = "67.0") -> str:
    """A package.xml or destructiveChanges.xml."""
    types = "".join(
        f"<types>{''.join(f'<members>{one}</members>' for one in names)}<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    return f'<?xml version="1.0"?><Package xmlns="{SPACE}">{types}<version>{version}</version></Package>'


def package(members: Members, files: Mapping[str, str | bytes]) -> bytes:
    """A zip with its manifest."""
    return zipped({"package.xml": manifest(members), **files})


def component(kind: str, inside: str) -> str:
    """A file of metadata."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{kind} xmlns="{SPACE}">{inside}</{kind}>'


def post(client: Client, content: bytes, names: tuple[str, str] = ("json", "file"), **options: Any) -> Any:
    """The answer to a deploy's order; `names` are those of the parts, in their order."""
    said = (None, json.dumps({"deployOptions": {"singlePackage": True, **options}}), "application/json")
    sent = ("package.xml", content, "application/zip")
    return client.call("POST", PATH, files={one: sent if one == "file" else said for one in names})


def started(client: Client, content: bytes, **options: Any) -> str:
    """The id of a deploy that was taken."""
    answer = post(client, content, **options)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def result(client: Client, deploy_id: str, seconds: float = 15) -> dict[str, Any]:
    """The result of a deploy that is done."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = client.call("GET", f"{PATH}/{deploy_id}", params={"includeDetails": "true"}).json()["deployResult"]
        if found["done"]:
            return dict(found)
        time.sleep(0.02)
    raise AssertionError("the deploy did not end")


def deployed(client: Client, members: Members, files: Mapping[str, str | bytes], **options: Any) -> dict[str, Any]:
    """Deploy and wait; the result."""
    return result(client, started(client, package(members, files), **options))


def problems(found: Mapping[str, Any]) -> list[str]:
    """What is wrong, in words."""
    return [one["problem"] for one in found["details"]["componentFailures"]]


def deploy_one(client: Client, kind: str, name: str, inside: str, root: str = "", **options: object) -> list[str]:
    """Deploy one component; the answer is what is wrong with it."""
    files = {KINDS[kind].path(name): component(root or kind, inside)}
    return problems(deployed(client, {kind: [name]}, files, **options))


def delete_one(client: Client, kind: str, name: str) -> list[str]:
    """Delete one component by destructiveChanges.xml; the answer is what is wrong."""
    return problems(deployed(client, {}, {"destructiveChanges.xml": manifest({kind: [name]})}))


def read_back(world: World, kind: str, name: str) -> str:
    """The file of a component as a retrieve gives it, empty where there is none."""
    content, _ = content_of(world, KINDS[kind], name)
    return (content or b"").decode()
