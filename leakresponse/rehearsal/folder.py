"""A rehearsal's own folder: new, unfinished, or finished, and never anybody else's."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput

_NOTE = "rehearsal.json"
#: What folders say that were written before there was a choice.
_USUAL = {"reading": "attacker", "only": ""}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One rehearsal on disk."""

    folder: Path
    scenario: str
    people: int
    seed: int
    plain: bool = True
    #: How the org reads disputed facts, and the part of the pipeline that is played; empty for all of it.
    reading: str = "attacker"
    only: str = ""

    @property
    def org(self) -> Path:
        """State of the simulated org."""
        return self.folder / "org"

    @property
    def case(self) -> Path:
        """The case folder."""
        return self.folder / "case"

    @property
    def doubles(self) -> Path:
        """What the AWS double and the mail sink keep."""
        return self.folder / "doubles"

    @property
    def desk_alert(self) -> Path:
        """The alert of the retailer's security desk, where the scenario writes one."""
        return self.org / "alert.json"

    @property
    def idp_sessions(self) -> Path:
        """What the identity provider knows, where the scenario has one."""
        return self.org / "idp.json"

    @property
    def repository(self) -> Path:
        """The code that a scenario is about, where it has any."""
        return self.org / "middleware.git"

    @property
    def job_journal(self) -> Path:
        """What the real job of a scenario has done, run by run."""
        return self.doubles / "job.jsonl"

    @property
    def logs(self) -> Path:
        """Output of the processes started."""
        return self.folder / "logs"

    def result(self) -> dict[str, Any] | None:
        """The result of a finished rehearsal, else None."""
        found: dict[str, Any] | None = json.loads((self.folder / _NOTE).read_text(encoding="utf-8")).get("result")
        return found

    def finish(self, result: dict[str, Any]) -> None:
        """Write the result, atomically."""
        _write(self.folder / _NOTE, {**_identity(self), "plain": self.plain, "result": result})

    def clear_half_built_org(self) -> None:
        """Throw away an org that was killed before its scenario was over; a complete one is kept."""
        complete = (self.org / "connection.json").exists() or (self.folder / "org-ready").exists()
        if self.org.exists() and not complete:
            shutil.rmtree(self.org)


def open_rehearsal(
    folder: Path, scenario: str, people: int, seed: int, plain: bool | None = None, reading: str = "attacker",
    only: str = "",
) -> Rehearsal:  # fmt: skip
    """Make the folder or go on in it. One that goes on keeps its choice between plain and encrypted files.

    Raises BadInput where it cannot be written, or holds anything but the same rehearsal; nothing is made then.
    """
    rehearsal = Rehearsal(folder, scenario, people, seed, plain is not False, reading, only)
    note = folder / _NOTE
    if note.exists():
        try:
            held = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadInput(f"{folder}: its {_NOTE} cannot be read") from None
        if {k: held.get(k, _USUAL.get(k)) for k in _identity(rehearsal)} != _identity(rehearsal):
            raise BadInput(f"{folder}: holds another rehearsal (scenario, people, seed, reading or part differ)")
        begun = bool(held.get("plain", True))
        if plain not in (None, begun):
            raise BadInput(f"{folder}: this rehearsal was begun with {'--plain' if begun else '--no-plain'}")
        return replace(rehearsal, plain=begun)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder}: exists and is not an empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(note, {**_identity(rehearsal), "plain": rehearsal.plain})
    except OSError:
        raise BadInput(f"{folder}: cannot be written") from None
    return rehearsal


def _identity(rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "scenario": rehearsal.scenario, "people": rehearsal.people, "seed": rehearsal.seed,
        "reading": rehearsal.reading, "only": rehearsal.only,
    }  # fmt: skip


def _write(path: Path, content: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
    fresh.replace(path)
