"""Reading components back: the zip of a retrieve, and what listMetadata says of them.

Without `singlePackage` the files lie below `unpackaged/`. A profile's object and field permissions come back only for
objects and fields that the same request names (Metadata API guide, Profile).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.org import metadata_components
from leakresponse.rehearsal.org.metadata_apps import PROFILE_NAMES
from leakresponse.rehearsal.org.metadata_kinds import Kind, listed
from leakresponse.rehearsal.org.metadata_objects import field_names, only_fields
from leakresponse.rehearsal.org.metadata_package import MANIFEST, Member
from leakresponse.rehearsal.org.metadata_registry import KINDS, PARENT_OF
from leakresponse.rehearsal.org.metadata_xml import Element, said, tree, written
from leakresponse.rehearsal.org.store import first_row
from leakresponse.rehearsal.org.world import World

UNPACKAGED = "unpackaged/"
_FIELD = "CustomField"
#: Where the id of a component that no deploy made stands.
_IDS = {
    "PermissionSet": 'SELECT Id AS id, CreatedDate AS at FROM PermissionSet WHERE Name = ? AND IsOwnedByProfile = 0',
    "Profile": "SELECT Id AS id, CreatedDate AS at FROM Profile WHERE Name = ?",
    "ConnectedApp": "SELECT app_id AS id, '' AS at FROM sim_app WHERE developer_name = ? AND kind = 'connected'",
    "ExternalClientApplication": "SELECT app_id AS id, '' AS at FROM sim_app WHERE developer_name = ? AND kind = 'eca'",
    "RemoteSiteSetting": "SELECT Id AS id, CreatedDate AS at FROM RemoteProxy WHERE SiteName = ?",
    "CspTrustedSite": "SELECT Id AS id, CreatedDate AS at FROM CspTrustedSite WHERE DeveloperName = ?",
    "NamedCredential": "SELECT Id AS id, CreatedDate AS at FROM NamedCredential WHERE DeveloperName = ?",
    "ExternalCredential": "SELECT Id AS id, CreatedDate AS at FROM ExternalCredential WHERE DeveloperName = ?",
    "PermissionSetGroup": "SELECT Id AS id, CreatedDate AS at FROM PermissionSetGroup WHERE DeveloperName = ?",
    "MutingPermissionSet": "SELECT Id AS id, CreatedDate AS at FROM MutingPermissionSet WHERE DeveloperName = ?",
}  # fmt: skip


@dataclass(slots=True)
class Retrieved:
    """What a retrieve has gathered."""

    files: dict[str, bytes] = field(default_factory=dict)
    properties: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    found: dict[str, list[str]] = field(default_factory=dict)

    def miss(self, root: str, words: str) -> None:
        """Something that was asked for and is not there."""
        self.messages.append({"fileName": root + MANIFEST, "problem": words})


def retrieve(world: World, members: Sequence[Member], version: str, single: bool) -> Retrieved:
    """The files of the members; `*` stands for all of a type."""
    root = "" if single else UNPACKAGED
    got = Retrieved()
    for member in members:
        if member.kind in KINDS:
            _gather(world, got, root, KINDS[member.kind], member, members)
        elif member.kind != _FIELD and member.kind not in PARENT_OF:
            got.miss(root, f"Entity type: '{member.kind}' is unknown")
    _fields(world, got, root, [one.name for one in members if one.kind == _FIELD])
    got.files[root + MANIFEST] = _manifest(got, version)
    got.properties.append(_package_file(world, root))
    return got


def _gather(world: World, got: Retrieved, root: str, kind: Kind, member: Member, asked: Sequence[Member]) -> None:
    names = listed(world, kind) if member.name == "*" else [member.name]
    if member.name == "*" and kind.name == "CustomObject":
        names = [one for one in names if one.endswith("__c")]
    for name in names:
        path = root + kind.path(name)
        content, meta = content_of(world, kind, name, asked)
        if content is None:
            got.miss(root, f"Entity of type '{kind.name}' named '{name}' cannot be found")
        elif path not in got.files:
            got.files[path] = content
            if meta is not None:
                got.files[f"{path}-meta.xml"] = meta
            got.found.setdefault(kind.name, []).append(name)
            got.properties.append(properties(world, kind, name, path))


def content_of(
    world: World, kind: Kind, name: str, asked: Sequence[Member] | None = None
) -> tuple[bytes | None, bytes | None]:  # fmt: skip
    """A component's file and the description beside it, None where there is none."""
    shown = tree_of(world, kind, name, asked)
    if shown is not None:
        return written(shown), None
    kept = None if kind.read else metadata_components.find(world.store.reader, kind.name, name)
    return (kept["content"], kept["meta"]) if kept else (None, None)


def tree_of(world: World, kind: Kind, name: str, asked: Sequence[Member] | None = None) -> Element | None:
    """A component of an acting type as the org's rows have it."""
    found = kind.read(world, name) if kind.read else None
    if found is None or kind.name != "Profile" or asked is None:
        return found
    objects = {one.name for one in asked if one.kind == "CustomObject"}
    fields = {one.name for one in asked if one.kind == _FIELD}
    found[:] = [one for one in found if _belongs(one, objects, fields)]
    return found


def _belongs(one: Element, objects: set[str], fields: set[str]) -> bool:
    if one.tag == "objectPermissions":
        name = said(one, "object") or ""
    elif one.tag == "fieldPermissions":
        name = (said(one, "field") or "").partition(".")[0]
    else:
        return True
    return name in objects or ("*" in objects and name.endswith("__c")) or said(one, "field") in fields


def _fields(world: World, got: Retrieved, root: str, asked: list[str]) -> None:
    """Fields that were asked for one by one, in the files of their objects."""
    names = field_names(world) if "*" in asked else asked
    kind = KINDS["CustomObject"]
    for name in dict.fromkeys(one.partition(".")[0] for one in names):
        wanted = {one.partition(".")[2] for one in names if one.partition(".")[0] == name}
        whole = kind.read(world, name) if kind.read else None
        there = {said(one, "fullName") for one in whole.findall("fields")} if whole is not None else set()
        for lost in sorted(wanted - there):
            got.miss(root, f"Entity of type '{_FIELD}' named '{name}.{lost}' cannot be found")
        path = root + kind.path(name)
        if whole is not None and wanted & there and path not in got.files:
            got.files[path] = written(only_fields(whole, wanted))
            got.properties.append(properties(world, kind, name, path))
        for one in sorted(wanted & {text for text in there if text}):
            got.found.setdefault(_FIELD, []).append(f"{name}.{one}")
            got.properties.append({**properties(world, kind, name, path), "fullName": f"{name}.{one}", "type": _FIELD})


def _manifest(got: Retrieved, version: str) -> bytes:
    parts: list[tuple[str, object]] = []
    for kind, names in got.found.items():
        parts.append(("types", tree("types", [*(("members", one) for one in sorted(names)), ("name", kind)])))
    return written(tree("Package", [*parts, ("version", version)]))


def properties(world: World, kind: Kind, name: str, path: str) -> dict[str, Any]:
    """FileProperties of a component."""
    kept = metadata_components.find(world.store.reader, kind.name, name)
    row = _row(world, kind.name, name) if kept is None else None
    made = kept or {}
    at = made.get("created") or (row or {}).get("at") or _org_made(world)
    by, last = made.get("created_by") or world.system_user, made.get("modified_by") or world.system_user
    return {
        "createdById": by, "createdByName": _person(world, by), "createdDate": at, "fileName": path, "fullName": name,
        "id": made.get("component_id") or (row or {}).get("id") or "", "lastModifiedById": last,
        "lastModifiedByName": _person(world, last), "lastModifiedDate": made.get("modified") or at,
        "manageableState": "unmanaged", "type": kind.name,
    }  # fmt: skip


def _row(world: World, kind: str, name: str) -> dict[str, Any] | None:
    sql = _IDS.get(kind)
    shown = PROFILE_NAMES.get(name, name) if kind == "Profile" else name
    return first_row(world.store.reader, sql, shown) if sql else None


def _org_made(world: World) -> str:
    row = world.store.one("SELECT CreatedDate FROM Organization")
    return str(row["CreatedDate"]) if row else ""


def _person(world: World, user_id: str) -> str:
    row = world.store.one('SELECT Name FROM "User" WHERE Id = ?', user_id)
    return str(row["Name"]) if row else ""


def _package_file(world: World, root: str) -> dict[str, Any]:
    by, at = world.system_user, _org_made(world)
    return {
        "createdById": by, "createdByName": _person(world, by), "createdDate": at, "fileName": root + MANIFEST,
        "fullName": root + MANIFEST, "id": "", "lastModifiedById": by, "lastModifiedByName": _person(world, by),
        "lastModifiedDate": at, "manageableState": "unmanaged", "type": "Package",
    }  # fmt: skip


def zipped(files: dict[str, bytes]) -> bytes:
    """The zip of a retrieve."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def list_all(world: World, kind_name: str, folder: str = "") -> Iterator[dict[str, Any]] | None:
    """FileProperties of every component of a type; None for a type that is not known."""
    if kind_name == _FIELD:
        return _list_fields(world)
    kind = KINDS.get(kind_name)
    if kind is None:
        return iter(()) if kind_name in PARENT_OF else None
    names = [one for one in listed(world, kind) if not folder or one.startswith(f"{folder}/")]
    return (properties(world, kind, one, kind.path(one)) for one in names)


def _list_fields(world: World) -> Iterator[dict[str, Any]]:
    kind = KINDS["CustomObject"]
    for full in field_names(world):
        name = full.partition(".")[0]
        yield {**properties(world, kind, name, kind.path(name)), "fullName": full, "type": _FIELD}
