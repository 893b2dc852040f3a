"""Carrying out a deploy: deletions, components in order, what the manifest promised; one message each, one transaction.

`checkOnly` does all of it and undoes it. With `rollbackOnError` an error undoes everything, without it the components
that are well stay (`SucceededPartial`). Words of problems are those of published deploys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.org import metadata_components
from leakresponse.rehearsal.org.calls import Call, LogRow
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.metadata_elements import ELEMENTS
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, File, Kind, Outcome, Part, Run, stored_tree
from leakresponse.rehearsal.org.metadata_objects import remove_field
from leakresponse.rehearsal.org.metadata_package import MANIFEST, Member, Package, files_of, packages
from leakresponse.rehearsal.org.metadata_registry import KINDS, PARENT_OF
from leakresponse.rehearsal.org.metadata_xml import Element, merged, parsed, said, written

_FIELD = "CustomField"
_ELEMENT = (
    "Error parsing file: Element {{http://soap.sforce.com/2006/04/metadata}}{} invalid at this location in type {}"
)
_ABSENT = "An object '{}' of type {} was named in package.xml, but was not found in zipped directory"


class _Undone(Exception):
    """Undoes what was tried."""


@dataclass(frozen=True, slots=True)
class Options:
    """deployOptions. Booleans may come as words."""

    check_only: bool = False
    rollback: bool = True
    ignore_warnings: bool = False
    allow_missing: bool = False
    auto_update: bool = False
    single: bool = True
    test_level: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(raw: Mapping[str, Any]) -> Options:
        """From JSON or from the texts of XML. Without a word on rollback an error undoes everything."""

        def truth(name: str, default: bool = False) -> bool:
            return str(raw.get(name, default)).lower() == "true"

        return Options(
            truth("checkOnly"), truth("rollbackOnError", True), truth("ignoreWarnings"), truth("allowMissingFiles"),
            truth("autoUpdatePackage"), truth("singlePackage", True), str(raw.get("testLevel") or ""), raw,
        )  # fmt: skip


@dataclass(slots=True)
class Work:
    """What a deploy has come to so far."""

    run: Run
    options: Options
    messages: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, kind: str, name: str, path: str, **facts: Any) -> None:
        """A DeployMessage (Metadata API guide, DeployMessage)."""
        problem = facts.pop("problem", "")
        bad = bool(problem) and not facts.pop("warning", False)
        self.messages.append({
            "changed": not bad, "componentType": kind, "created": False, "createdDate": iso(self.run.call.now),
            "deleted": False, "fileName": path, "fullName": name, "id": None, "problem": problem or None,
            "problemType": ("Error" if bad else "Warning") if problem else None, "success": not bad,
            "lineNumber": None, "columnNumber": None, **facts,
        })  # fmt: skip


def failed(messages: list[dict[str, Any]]) -> bool:
    """Whether anything went wrong; nothing at all to deploy is no error."""
    return any(not one["success"] for one in messages)


def perform(call: Call, content: bytes, options: Options) -> tuple[list[dict[str, Any]], list[LogRow]]:
    """Deploy a zip inside the caller's transaction or one of its own: the messages, and log rows of what followed.

    Raises ApiRefused where the zip is none.
    """
    listed = packages(content, options.single)
    messages: list[dict[str, Any]] = []
    log: list[LogRow] = []
    try:
        with call.world.store.savepoint() as db:
            for package in listed:
                _package(Work(Run(call, db, package.version, log), options, messages), package)
            if options.check_only or (failed(messages) and options.rollback):
                raise _Undone
    except _Undone:
        log.clear()
    return messages, log


def _package(work: Work, package: Package) -> None:
    manifest = package.root + MANIFEST
    if package.members is None:
        work.tell("", MANIFEST, manifest, problem="No package.xml found")
        return
    unknown = {one.kind for one in package.members if one.kind not in KINDS and one.kind not in PARENT_OF}
    for name in sorted(unknown):
        work.tell("", MANIFEST, manifest, problem=f"Unknown type name '{name}' specified in package.xml")
    for member in package.before:
        _delete(work, package, member)
    for kind in KINDS.values():
        for file in files_of(package, kind):
            _component(work, package, kind, file)
    _missing(work, package)
    for member in package.after:
        _delete(work, package, member)
    work.tell("", MANIFEST, manifest, changed=False)


def _named(package: Package, kind: Kind, file: File, root: Element | None) -> bool:
    """Whether the manifest names a file, by name, by `*`, or by one of the parts inside."""
    members = package.members or ()
    if any(one.kind == kind.name and one.name.lower() in {file.name.lower(), "*"} for one in members):
        return True
    wanted = {one.name for one in members if one.kind in kind.children}
    return root is not None and any(f"{file.name}.{said(one, 'fullName')}" in wanted for one in root)


def _component(work: Work, package: Package, kind: Kind, file: File) -> None:
    """Apply one file; a refusal undoes it alone."""
    root = None if kind.meta else parsed(file.content)
    if not work.options.auto_update and not _named(package, kind, file, root):
        work.tell(kind.name, file.name, file.path, problem="Not in package.xml")
        return
    try:
        with work.run.world.store.savepoint():
            outcome, new, given = applied(work.run, kind, file, root)
            if outcome.warning and not work.options.ignore_warnings:
                raise ComponentRefused(outcome.warning)
            if any(part.problem for part in outcome.parts):
                _parts(work, outcome.parts, file)
                raise _Undone
    except ComponentRefused as refused:
        work.tell(kind.name, file.name, file.path, problem=refused.words)
    except ApiRefused as refused:
        work.tell(kind.name, file.name, file.path, problem=refused.words)
    except _Undone:
        return
    else:
        _parts(work, outcome.parts, file)
        work.tell(kind.name, file.name, file.path, created=new, id=given, problem=outcome.warning, warning=True)


def _parts(work: Work, parts: tuple[Part, ...], file: File) -> None:
    bad = any(part.problem for part in parts)
    for part in parts:
        if part.problem or not bad:
            work.tell(part.kind, part.name, file.path, created=part.created, problem=part.problem)


def applied(run: Run, kind: Kind, file: File, root: Element | None) -> tuple[Outcome, bool, str]:
    """Let a file act and keep it: what came of it, whether it is new, its id. Raises ComponentRefused, ApiRefused."""
    outcome, kept = Outcome(), file.content
    if not kind.meta:
        root = _checked(kind, root)
        outcome = kind.apply(run, file.name, root) if kind.apply else outcome
        before = stored_tree(run.world, kind.name, file.name) if kind.merges else None
        kept = _without_secrets(kept if before is None else written(merged(before, root)))
    elif file.meta is None and kind.name != "Document":
        raise ComponentRefused(f"{file.path.rpartition('/')[2]}-meta.xml: required metadata file not found")
    at, by = iso(run.call.now), run.user_id
    new, given = metadata_components.keep(run.db, kind.name, file.name, kept, file.meta, at, by, outcome.component_id)
    return outcome, outcome.created if kind.names else new, given


def _checked(kind: Kind, root: Element | None) -> Element:
    if root is None:
        raise ComponentRefused("Error parsing file: Content is not allowed in prolog.")
    if not kind.is_root(root.tag):
        raise ComponentRefused(_ELEMENT.format(root.tag, kind.name))
    allowed = ELEMENTS.get(root.tag)
    for one in root if allowed else ():
        if one.tag not in (allowed or ()):
            raise ComponentRefused(_ELEMENT.format(one.tag, root.tag))
    return root


def _without_secrets(content: bytes) -> bytes:
    """Secrets are never returned, so they are not kept either."""
    if b"<consumerSecret>" not in content:
        return content
    head, _, rest = content.partition(b"<consumerSecret>")
    return head + rest.partition(b"</consumerSecret>")[2]


def _missing(work: Work, package: Package) -> None:
    """What the manifest names and the zip lacks."""
    there = {(kind.name, file.name.lower()) for kind in KINDS.values() for file in files_of(package, kind)}
    there |= {(part, name.lower()) for part, name in _inside(package)} | set(_folders(package))
    for one in package.members or ():
        known = one.kind in KINDS or one.kind in PARENT_OF
        if known and one.name != "*" and (one.kind, one.name.lower()) not in there:
            work.tell("", one.name, package.root + MANIFEST, problem=_ABSENT.format(one.name, one.kind),
                      warning=work.options.allow_missing)  # fmt: skip


def _folders(package: Package) -> Iterator[tuple[str, str]]:
    """Folders of reports, dashboards and the like, which manifests name as members of these types."""
    for kind in KINDS.values():
        for path in package.files if kind.foldered else ():
            if path.startswith(f"{kind.folder}/") and path.endswith("-meta.xml"):
                yield kind.name, path.removeprefix(f"{kind.folder}/").removesuffix("-meta.xml").lower()


def _inside(package: Package) -> Iterator[tuple[str, str]]:
    """Parts of objects in a package: (CustomField, Contact.Score__c) ..."""
    tags = {"fields": _FIELD, "validationRules": "ValidationRule", "listViews": "ListView", "recordTypes": "RecordType",
            "fieldSets": "FieldSet", "webLinks": "WebLink", "compactLayouts": "CompactLayout",
            "businessProcesses": "BusinessProcess", "indexes": "Index", "sharingReasons": "SharingReason"}  # fmt: skip
    for file in files_of(package, KINDS["CustomObject"]):
        root = parsed(file.content)
        for one in () if root is None else root:
            if one.tag in tags:
                yield tags[one.tag], f"{file.name}.{said(one, 'fullName')}"


def _delete(work: Work, package: Package, member: Member) -> None:
    """Delete a component; one that is not there is told by a warning and nothing else (Metadata API guide)."""
    path, kind = package.root + member.manifest, KINDS.get(member.kind)
    if kind is None and member.kind != _FIELD:
        work.tell("", member.manifest, path, problem=f"Unknown type name '{member.kind}' specified in package.xml")
        return
    try:
        with work.run.world.store.savepoint():
            done = removed(work.run, kind, member.name)
    except ComponentRefused as refused:
        work.tell(member.kind, member.name, path, problem=refused.words)
    except ApiRefused as refused:
        work.tell(member.kind, member.name, path, problem=refused.words)
    else:
        words = "" if done else f"No {member.kind} named: {member.name} found"
        work.tell(member.kind, member.name, path, deleted=done, changed=done, problem=words, warning=True)


def removed(run: Run, kind: Kind | None, name: str) -> bool:
    """Delete a component, a field where there is no type; false where it is not there. Raises like `applied`."""
    if kind is None:
        return remove_field(run, name)
    acted = kind.remove(run, name) if kind.remove else False
    return metadata_components.forget(run.db, kind.name, name) or acted
