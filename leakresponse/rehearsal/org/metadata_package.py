"""A deploy's zip: `package.xml`, the files it names, and what is to be deleted before and after (Metadata API guide).

With `singlePackage` the package lies at the root of the zip; without it each folder at the root is one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from leakresponse.rehearsal.org.errors import ApiRefused, bad_request
from leakresponse.rehearsal.org.metadata_kinds import File, Kind
from leakresponse.rehearsal.org.metadata_xml import Element, parsed, said, texts

MAX_ZIP, MAX_UNPACKED, MAX_FILES = 39 << 20, 400 << 20, 10_000
MANIFEST = "package.xml"
PRE = ("destructiveChangesPre.xml", "destructiveChanges.xml")
POST = ("destructiveChangesPost.xml",)
_META = "-meta.xml"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A component that a manifest names; `manifest` is the file that does."""

    kind: str
    name: str
    manifest: str = MANIFEST


@dataclass(frozen=True, slots=True)
class Package:
    """One package of a zip: `root` is its folder with a slash at the end. `members` is None without a manifest."""

    root: str
    version: float
    members: tuple[Member, ...] | None
    before: tuple[Member, ...]
    after: tuple[Member, ...]
    files: Mapping[str, bytes]


def packages(content: bytes, single: bool) -> list[Package]:
    """The packages of a zip. Raises 400 for what is no zip, or beyond Salesforce's limits."""
    files = _files(content)
    roots = [""] if single or MANIFEST in files else sorted({f"{name.split('/')[0]}/" for name in files if "/" in name})
    return [_package(root, files) for root in roots or [""]]


def _files(content: bytes) -> dict[str, bytes]:
    if len(content) > MAX_ZIP:
        raise _too_large()
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise bad_request("INVALID_ZIP_FILE", "The zip file is not valid") from None
    with archive:
        listed = [one for one in archive.infolist() if not one.is_dir()]
        if len(listed) > MAX_FILES or sum(one.file_size for one in listed) > MAX_UNPACKED:
            raise _too_large()
        try:
            return {one.filename: _unpacked(archive, one) for one in listed}
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
            raise bad_request("INVALID_ZIP_FILE", "The zip file is not valid") from None


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """A file; one that is longer than its entry says is not read to its end."""
    with archive.open(one) as source:
        content = source.read(one.file_size)
        if source.read(1):
            raise zipfile.BadZipFile
        return content


def _too_large() -> ApiRefused:
    return bad_request("LIMIT_EXCEEDED", "Maximum size of request reached. Maximum size of request is 52428800 bytes.")


def _package(root: str, files: Mapping[str, bytes]) -> Package:
    inside = {name.removeprefix(root): content for name, content in files.items() if name.startswith(root)}
    manifest = parsed(inside[MANIFEST]) if MANIFEST in inside else None
    members = tuple(members_of(manifest)) if manifest is not None else None
    version = said(manifest, "version") if manifest is not None else None
    return Package(
        root, number(version), members, tuple(_destructive(inside, PRE)), tuple(_destructive(inside, POST)),
        {name: content for name, content in inside.items() if name not in {MANIFEST, *PRE, *POST}},
    )  # fmt: skip


def number(version: str | None) -> float:
    """The API version of a manifest, the newest where it names none."""
    try:
        return float(version or "")
    except ValueError:
        return 67.0


def members_of(manifest: Element, name: str = MANIFEST) -> Iterator[Member]:
    """What a manifest names, in its order."""
    for one in manifest.findall("types"):
        kind = said(one, "name") or ""
        for member in texts(one, "members"):
            yield Member(kind, member, name)


def _destructive(inside: Mapping[str, bytes], names: tuple[str, ...]) -> Iterator[Member]:
    for name in names:
        root = parsed(inside[name]) if name in inside else None
        if root is not None:
            yield from members_of(root, name)


def files_of(package: Package, kind: Kind) -> Iterator[File]:
    """The components of a type in a package, with the descriptions beside them."""
    for path, content in package.files.items():
        name = name_of(kind, path)
        if name:
            yield File(name, package.root + path, content, package.files.get(path + _META))


def name_of(kind: Kind, path: str) -> str:
    """The full name that a file's path gives; empty where the file is not of that type."""
    below = PurePosixPath(path)
    folder, *rest = below.parts
    if folder != kind.folder or not rest or path.endswith(_META):
        return ""
    ending = f".{kind.suffix}" if kind.suffix else ""
    if not below.name.endswith(ending) or (len(rest) > 1 and not kind.foldered):
        return ""
    return unquote("/".join(rest).removesuffix(ending))
