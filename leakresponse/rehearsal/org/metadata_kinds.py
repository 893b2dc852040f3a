"""What a component type is to the org: where its files lie, how a deploy applies it, how a retrieve reads it back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from leakresponse.core.errors import Refused
from leakresponse.rehearsal.org import metadata_components, setup_trail
from leakresponse.rehearsal.org.calls import Call, LogRow
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.events import logout_row
from leakresponse.rehearsal.org.metadata_xml import Element, parsed
from leakresponse.rehearsal.org.world import World


class ComponentRefused(Refused):
    """A component that the org does not take. `words` are the problem of its DeployMessage."""

    def __init__(self, words: str) -> None:
        super().__init__("COMPONENT_REFUSED", "COMPONENT_REFUSED")
        self.words = words


@dataclass(slots=True)
class Run:
    """A deploy at work inside its transaction: the call that ordered it, and the version of the files."""

    call: Call
    db: sqlite3.Connection
    version: float
    log: list[LogRow] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The org."""
        return self.call.world

    @property
    def user_id(self) -> str:
        """Who deploys."""
        return self.call.caller.user_id

    def stamps(self, created: bool = True) -> dict[str, Any]:
        """Audit fields of a row made or changed now."""
        at, by = iso(self.call.now), self.user_id
        changed = {"LastModifiedDate": at, "LastModifiedById": by, "SystemModstamp": at}
        return {"CreatedDate": at, "CreatedById": by, **changed} if created else changed

    def trail(self, action: str, section: str | None, display: str) -> None:
        """A row of the setup audit trail."""
        setup_trail.audit(self.call, self.db, action, section, display)

    def ended(self, sessions: Sequence[dict[str, Any]]) -> None:
        """Logout rows of sessions that the deploy ended."""
        keyed = [row for row in sessions if row["session_key"]]
        self.log += [
            logout_row(self.world, self.call.now, row["UsersId"], row["session_key"], row["login_key"]) for row in keyed
        ]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a component that has a message of its own: a field of an object."""

    kind: str
    name: str
    created: bool = False
    problem: str = ""
    component_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What applying a component came to. `warning` is Salesforce's word on something that went through all the same."""

    created: bool = False
    component_id: str = ""
    warning: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """One component in a package: its content, and the `-meta.xml` beside it where its type has one."""

    name: str
    path: str
    content: bytes
    meta: bytes | None = None


_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_WRONG_NAME = (
    "The {} Name field can only contain underscores and alphanumeric characters. It must be unique, begin with a "
    "letter, not include spaces, not end with an underscore, and not contain two consecutive underscores."
)


def check_name(what: str, name: str) -> None:
    """Raises ComponentRefused for an API name that Salesforce does not take; `__c` at the end does not count."""
    if not _NAME.fullmatch(name.removesuffix("__c")):
        raise ComponentRefused(_WRONG_NAME.format(what))


Apply = Callable[[Run, str, Element], Outcome]
Read = Callable[[World, str], Element | None]
Names = Callable[[World], list[str]]
Remove = Callable[[Run, str], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A component type. `root` is the tag of its files, `meta` true where content and description are two files.

    `apply`, `read`, `names` and `remove` are given where the type does something to the org's rows; without them the
    component is kept and returned as it came. `foldered` types lie in folders of their own names; files of types that
    `merges` add to what was there.
    """

    name: str
    folder: str
    suffix: str
    meta: bool = False
    foldered: bool = False
    merges: bool = False
    children: tuple[str, ...] = ()
    apply: Apply | None = None
    read: Read | None = None
    names: Names | None = None
    remove: Remove | None = None

    def path(self, name: str) -> str:
        """Where a component lies in a package."""
        return f"{self.folder}/{name}{f'.{self.suffix}' if self.suffix else ''}"

    def is_root(self, tag: str) -> bool:
        """Whether a file of this type may begin with this tag; settings are named after what they set."""
        return tag == self.name or (self.name == "Settings" and tag.endswith("Settings"))


def stored_tree(world: World, kind: str, name: str) -> Element | None:
    """A component as it was last deployed."""
    found = metadata_components.find(world.store.reader, kind, name)
    return None if found is None else parsed(found["content"])


def listed(world: World, kind: Kind) -> list[str]:
    """Every component of a type, by name."""
    kept = metadata_components.names(world.store.reader, kind.name)
    return sorted({*kept, *(kind.names(world) if kind.names else ())})
