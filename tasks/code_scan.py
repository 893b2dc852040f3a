"""Steps of the code scan: read a folder or a history, ask the vault and the orgs, say what is live. No value passes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakresponse.adapters.code_scan import scan_folder, scan_history
from leakresponse.core.code_secrets import CodeScan, Known, report_of
from leakresponse.core.errors import BadInput
from leakresponse.rotation.inventory import marks_of
from leakresponse.rotation.known import known_values
from tasks.support import org_block, step, vault_block

_MARK = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force now: values of the vault, and apps of the orgs by the fingerprint of their consumer key."""

    values: tuple[Known, ...] = field(default=(), repr=False)
    unread: tuple[str, ...] = ()
    apps: dict[str, str] = field(default_factory=dict)


@step("read the code")
def scan(path: str, history: bool) -> CodeScan:
    """Find the secrets of a folder, or of everything that its repository's refs reach."""
    return scan_history(Path(path)) if history else scan_folder(Path(path))


@step("ask what is in force")
def standing(vault: str, orgs: list[str]) -> Standing:
    """The vault's values by fingerprint, and the orgs' apps by the fingerprint of their consumer key."""
    known = known_values(vault_block(vault).secrets())
    apps: dict[str, str] = {}
    for name in orgs:
        marks = marks_of(org_block(name).client())
        apps |= {mark: marks.labels.get(place.app, place.app) for mark, place in marks.apps.items()}
    return Standing(known.values, tuple(sorted(one.name for one in known.unread)), apps)


@step("say what is live")
def match(found: CodeScan, in_force: Standing | None, allow_file: str) -> dict[str, Any]:
    """See `matched`."""
    return matched(found, in_force, allow_file)


def matched(found: CodeScan, in_force: Standing | None, allow_file: str) -> dict[str, Any]:
    """The report; without anything to compare with, nothing is called live and `compared` says so."""
    known = in_force or Standing()
    report = report_of(found, known.values, known.apps, _allowed(allow_file))
    return {**report, "compared": in_force is not None, "vault_unread": list(known.unread)}


def _allowed(path: str) -> frozenset[str]:
    """Fingerprints, one a line, with remarks behind `#`. Raises BadInput for anything else, so that nothing slips."""
    if not path:
        return frozenset()
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput("allow list: cannot be read as text") from None
    marks = {line.partition("#")[0].strip() for line in lines} - {""}
    if not all(_MARK.fullmatch(mark) for mark in marks):
        raise BadInput("allow list: a line is no fingerprint (16 hexadecimal digits)")
    return frozenset(marks)
